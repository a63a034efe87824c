// SPDX-License-Identifier: MIT
#include "pipeline/batch/batch_inputs.h"

#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <map>
#include <set>
#include <system_error>
#include <utility>

#include "tessera/error.h"
#include "tessera/image_io.h"

namespace tessera::pipeline {
namespace {

namespace fs = std::filesystem;

bool is_ignored(const fs::path& name) {
  const std::string text = name.string();
  return text.empty() || text.front() == '.' || text == "Thumbs.db" || text == "desktop.ini";
}

[[noreturn]] void refuse_folder(const fs::path& folder, const std::error_code& error) {
  throw Error(ErrorCode::IoFailure,
              printable_name(folder) + ": cannot read the folder (" + error.message() + ")");
}

/// Device and inode of a folder.
using FolderIdentity = std::pair<dev_t, ino_t>;

FolderIdentity identity_of(const fs::path& folder) {
  struct stat status {};
  if (stat(folder.c_str(), &status) != 0)
    refuse_folder(folder, std::error_code(errno, std::generic_category()));
  return {status.st_dev, status.st_ino};
}

/// A walk through the folders of one operand.
class FolderScan {
 public:
  FolderScan(const BatchOptions& options,
             InputKind kind,
             BatchInputs& inputs,
             std::vector<UnreadableFolder>* unreadable)
      : options_(options), kind_(kind), inputs_(inputs), unreadable_(unreadable) {}

  void scan(const fs::path& operand) {
    std::error_code ignored;
    std::vector<FolderIdentity> closed;
    // Results that lie within the inputs are none.
    const bool apart = !fs::equivalent(operand, options_.output, ignored);
    if (apart && fs::is_directory(options_.output, ignored))
      closed.push_back(identity_of(options_.output));
    enter(operand, {}, std::move(closed));
  }

 private:
  /// `closed`: folders that are not entered, those on the way here among them: a link back to one
  /// of these is a loop.
  void enter(const fs::path& folder, const fs::path& relative, std::vector<FolderIdentity> closed) {
    const FolderIdentity identity = identity_of(folder);
    if (std::find(closed.begin(), closed.end(), identity) != closed.end()) return;
    closed.push_back(identity);
    std::error_code error;
    fs::directory_iterator entry(folder, error);
    if (error) refuse_folder(folder, error);
    for (; entry != fs::directory_iterator(); entry.increment(error)) {
      const fs::path name = entry->path().filename();
      if (is_ignored(name)) continue;
      std::error_code ignored;
      if (entry->is_directory(ignored)) {
        if (options_.recursive && (options_.follow_links || !entry->is_symlink(ignored)))
          enter_nested(entry->path(), relative / name, closed);
      } else if (entry->is_regular_file(ignored) || !entry->exists(ignored)) {
        take_file(entry->path(), relative / name);  // a link that leads nowhere fails by its name
      } else {
        inputs_.other.push_back(entry->path());
      }
    }
    if (error) refuse_folder(folder, error);
  }

  void enter_nested(const fs::path& folder,
                    const fs::path& relative,
                    const std::vector<FolderIdentity>& closed) {
    try {
      enter(folder, relative, closed);
    } catch (const Error& error) {
      if (unreadable_ == nullptr) throw;
      unreadable_->push_back({folder, error.what()});
    }
  }

  void take_file(const fs::path& file, const fs::path& relative) {
    if (kind_ == InputKind::CameraRaw ? has_raw_suffix(file) : has_picture_suffix(file))
      inputs_.pictures.push_back({file, relative});
    else
      inputs_.other.push_back(file);
  }

  const BatchOptions& options_;
  InputKind kind_;
  BatchInputs& inputs_;
  std::vector<UnreadableFolder>* unreadable_;
};

bool is_folder(const fs::path& operand) {
  std::error_code ignored;
  return fs::is_directory(operand, ignored);
}

bool in_byte_order(const BatchInput& a, const BatchInput& b) {
  return a.file.native() < b.file.native();
}

/// A file named twice is processed once, by whatever ways through folders; links and hard links are
/// files of their own.
void drop_repeated(std::vector<BatchInput>& pictures) {
  std::map<fs::path, fs::path> real_folders;
  std::set<std::pair<bool, fs::path>> seen;
  std::erase_if(pictures, [&](const BatchInput& picture) {
    const bool is_stdin = is_standard_stream(picture.file);
    const auto [folder, is_new] = real_folders.try_emplace(picture.file.parent_path());
    std::error_code error;
    if (is_new) folder->second = fs::canonical(folder->first.empty() ? "." : folder->first, error);
    if (error) folder->second = folder->first;
    const fs::path place = is_stdin ? picture.file : folder->second / picture.file.filename();
    return !seen.emplace(is_stdin, place).second;
  });
}

}  // namespace

bool is_standard_stream(const fs::path& operand) { return operand == "-"; }

BatchInputs find_inputs(const BatchOptions& options,
                        InputKind kind,
                        std::vector<UnreadableFolder>* unreadable) {
  if (options.inputs.empty() && !options.allow_empty)
    throw Error(ErrorCode::InvalidArgument,
                "no input is given (name pictures or folders; - is stdin)");
  BatchInputs inputs;
  FolderScan folders(options, kind, inputs, unreadable);
  for (const fs::path& operand : options.inputs) {
    if (operand.empty()) throw Error(ErrorCode::InvalidArgument, "an input has an empty name");
    if (!is_standard_stream(operand) && is_folder(operand))
      folders.scan(operand);
    else
      inputs.pictures.push_back({operand, operand.filename()});
  }
  inputs.one_file = options.inputs.size() == 1 && !is_folder(options.inputs.front());
  drop_repeated(inputs.pictures);
  std::sort(inputs.pictures.begin(), inputs.pictures.end(), in_byte_order);
  std::sort(inputs.other.begin(), inputs.other.end());
  const bool all_read = unreadable == nullptr || unreadable->empty();
  if (inputs.pictures.empty() && !options.allow_empty && all_read)
    throw Error(ErrorCode::NothingToDo,
                printable_name(options.inputs.front()) + ": no " +
                    (kind == InputKind::CameraRaw ? "camera raw file" : "picture") +
                    (options.recursive ? " in the folder and its folders"
                                       : " in the folder (-r enters its folders)"));
  return inputs;
}

std::vector<BatchInput> pictures_in_folder(const fs::path& folder, bool recursive) {
  BatchOptions options;
  options.inputs = {folder};
  options.recursive = recursive;
  options.allow_empty = true;
  return find_inputs(options).pictures;
}

std::pair<std::ptrdiff_t, std::ptrdiff_t> shard_bounds(std::size_t size, int index, int count) {
  if (count < 1 || index < 1 || index > count)
    throw Error(ErrorCode::InvalidArgument, "a shard is K/N with K from 1 to N, found " +
                                                std::to_string(index) + "/" +
                                                std::to_string(count));
  const auto bound = [&](int part) {
    return static_cast<std::ptrdiff_t>(size * static_cast<std::size_t>(part) /
                                       static_cast<std::size_t>(count));
  };
  return {bound(index - 1), bound(index)};
}

}  // namespace tessera::pipeline
