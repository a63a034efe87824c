// SPDX-License-Identifier: MIT
#include "pipeline/batch/output_checks.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <map>
#include <optional>
#include <set>
#include <system_error>
#include <utility>

#include "base/files/open_or_special.h"
#include "tessera/error.h"

namespace tessera::pipeline {
namespace {

namespace fs = std::filesystem;

/// What makes two names the same file.
using FileIdentity = std::pair<dev_t, ino_t>;

std::optional<FileIdentity> identity_of(const fs::path& file) {
  struct stat status {};
  if (stat(file.c_str(), &status) != 0 || !S_ISREG(status.st_mode)) return std::nullopt;
  return FileIdentity(status.st_dev, status.st_ino);
}

/// The name with links followed and with ".." taken away even behind folders yet to be made.
fs::path resolved(const fs::path& file) {
  std::error_code error;
  // A name that does not exist at all would stay relative.
  const fs::path whole = fs::absolute(file, error);
  const fs::path path = error ? file : fs::weakly_canonical(whole, error);
  return error ? file : path;
}

/// The file that an input or output is; stdin and stdout, written "-", are none, whatever lies in
/// the working folder under that name.
std::optional<FileIdentity> identity_named(const fs::path& file) {
  return is_standard_stream(file) ? std::nullopt : identity_of(resolved(file));
}

bool is_there(const fs::path& file) {
  struct stat status {};
  return stat(file.c_str(), &status) == 0;
}

/// A file that is written beside the pictures.
class BesideFile {
 public:
  BesideFile(const char* what, const fs::path& file)
      : what_(what), file_(file), place_(resolved(file)), identity_(identity_named(file)) {}

  /// Whether `other` is this file, there or yet to be made; never so for pipes and devices.
  bool is(const fs::path& other) const {
    const auto is_nothing = [](const fs::path& name) {
      return name.empty() || is_standard_stream(name);
    };
    if (is_nothing(file_) || is_nothing(other)) return false;
    if (identity_) return identity_of(other) == identity_;
    return !is_there(place_) && resolved(other) == place_;
  }
  [[noreturn]] void refuse(const std::string& other) const {
    throw Error(ErrorCode::InvalidArgument,
                fmt::format("{}: {} of this run and its {} (give the {} another name)",
                            printable_name(file_), other, what_, what_));
  }
  const fs::path& file() const { return file_; }

 private:
  const char* what_;
  const fs::path& file_;
  fs::path place_;
  std::optional<FileIdentity> identity_;
};

/// The descriptor that is written under this name, if it names one.
std::optional<int> descriptor_of(const fs::path& output) {
  return is_standard_stream(output) ? STDOUT_FILENO : base::descriptor_named(output);
}

/// A descriptor of this process that one thing goes to, as a picture, gets nothing else.
void require_streams_apart(const std::vector<BatchItem>& items, const BatchOptions& options) {
  std::map<int, const char*> owners;
  const auto take = [&](const char* what, const fs::path& output) {
    const auto descriptor = descriptor_of(output);
    if (!descriptor) return;
    const auto [owner, is_new] = owners.emplace(*descriptor, what);
    if (!is_new && owner->second != what)
      throw Error(
          ErrorCode::InvalidArgument,
          fmt::format("{} and {} cannot both go to {} (give one a file)", owner->second, what,
                      *descriptor == STDOUT_FILENO ? "stdout" : printable_name(output)));
  };
  for (const BatchItem& item : items) take("a picture", item.output);
  take("the report", options.report);
  take("the list of failures", options.failed_list);
}

/// Modification time of the output is that of what was read for it or later.
bool is_up_to_date(const BatchItem& item, const OutputRules& rules) {
  std::error_code error;
  const auto made = fs::last_write_time(item.output, error);
  if (error) return false;
  const auto is_no_newer = [&](const fs::path& file) {
    const auto changed = fs::last_write_time(file, error);
    return !error && made >= changed;
  };
  const fs::path companion = rules.companion ? rules.companion(item.input) : fs::path();
  return is_no_newer(item.input) && (companion.empty() || is_no_newer(companion));
}

/// The folder itself, or the nearest one above it that exists.
fs::path nearest_existing(fs::path folder) {
  if (folder.empty()) return ".";
  while (!is_there(folder)) {
    const fs::path above = folder.parent_path();
    if (above.empty() || above == folder) return ".";
    folder = above;
  }
  return folder;
}

/// Why nothing can be written into this folder; empty: something can.
std::string obstacle_to_writing(const fs::path& folder) {
  const fs::path nearest = nearest_existing(folder);
  std::error_code ignored;
  if (!fs::is_directory(nearest, ignored))
    return fmt::format("here ({} is not a folder)", printable_name(nearest));
  if (access(nearest.c_str(), W_OK | X_OK) == 0) return {};
  return fmt::format("into the folder {} ({})", printable_name(nearest),
                     std::generic_category().message(errno));
}

}  // namespace

bool is_stream(const fs::path& path) {
  return is_standard_stream(path) || base::is_open_or_special(path);
}

void require_distinct_outputs(const std::vector<BatchItem>& items) {
  std::map<std::string, const BatchItem*> owners;
  for (const BatchItem& item : items) {
    const auto [owner, is_new] = owners.emplace(resolved(item.output).native(), &item);
    if (!is_new)
      throw Error(ErrorCode::InvalidArgument,
                  fmt::format("{}: the result of both {} and {} (give them different names or "
                              "folders)",
                              printable_name(item.output), printable_name(owner->second->input),
                              printable_name(item.input)));
  }
}

void require_outputs_not_inputs(const std::vector<BatchItem>& items,
                                bool in_place,
                                const std::vector<fs::path>& protected_files) {
  std::map<FileIdentity, const BatchItem*> inputs;
  for (const BatchItem& item : items)
    if (const auto identity = identity_named(item.input)) inputs.emplace(*identity, &item);
  std::set<FileIdentity> kept;
  for (const fs::path& file : protected_files)
    if (const auto identity = identity_of(file)) kept.insert(*identity);

  for (const BatchItem& item : items) {
    const auto identity = identity_named(item.output);
    if (!identity) continue;
    const auto found = inputs.find(*identity);
    if (found != inputs.end() && !(in_place && found->second == &item))
      throw Error(ErrorCode::InvalidArgument,
                  fmt::format("{}: the output is the input {}{}", printable_name(item.output),
                              printable_name(found->second->input),
                              found->second == &item ? " (--in-place replaces it)" : ""));
    if (kept.count(*identity) > 0)
      throw Error(
          ErrorCode::InvalidArgument,
          fmt::format("{}: the output is a file that this run reads", printable_name(item.output)));
  }
}

void require_reports_apart(const std::vector<BatchItem>& items,
                           const BatchOptions& options,
                           const std::vector<fs::path>& protected_files) {
  require_streams_apart(items, options);
  const BesideFile report("report", options.report), list("list of failures", options.failed_list);
  // In one pipe or device they follow each other.
  if (!is_stream(list.file()) && report.is(list.file())) report.refuse("the list of failures");
  for (const fs::path& file : options.lists)
    if (report.is(file)) report.refuse("a list of inputs");
  for (const BesideFile& beside : {report, list}) {
    for (const fs::path& file : protected_files)
      if (beside.is(file)) beside.refuse("a file that is read");
    for (const BatchItem& item : items) {
      if (beside.is(item.output)) beside.refuse("a result");
      if (beside.is(item.input)) beside.refuse("an input");
    }
  }
}

void require_files_apart(const std::vector<fs::path>& written, const std::vector<fs::path>& read) {
  std::map<FileIdentity, fs::path> inputs;
  for (const fs::path& file : read)
    if (const auto identity = identity_of(file)) inputs.emplace(*identity, file);
  std::set<FileIdentity> existing;
  std::set<fs::path> places;
  for (const fs::path& file : written) {
    if (file.empty() || is_stream(file)) continue;
    const fs::path place = resolved(file);
    const auto identity = identity_of(place);
    if (const auto found = identity ? inputs.find(*identity) : inputs.end(); found != inputs.end())
      throw Error(ErrorCode::InvalidArgument,
                  fmt::format("{}: a file that this run reads would be replaced{} (give the "
                              "result another name)",
                              printable_name(file),
                              found->second == file ? "" : ", " + printable_name(found->second)));
    const bool twice = identity ? !existing.insert(*identity).second : !places.insert(place).second;
    if (twice)
      throw Error(ErrorCode::InvalidArgument,
                  fmt::format("{}: two results of this run would be this file (give them "
                              "different names)",
                              printable_name(file)));
  }
}

void require_possible_folder(const fs::path& folder) {
  if (const std::string obstacle = obstacle_to_writing(folder); !obstacle.empty())
    throw Error(ErrorCode::IoFailure, fmt::format("{}: cannot write {}; choose another folder",
                                                  printable_name(folder), obstacle));
}

void require_folder(const fs::path& output) {
  std::error_code ignored;
  if (output.empty() || !is_there(output) || fs::is_directory(output, ignored)) return;
  throw Error(
      ErrorCode::InvalidArgument,
      fmt::format("{}: several results need a folder; this is not one", printable_name(output)));
}

void mark_existing(std::vector<BatchItem>& items, ExistingOutput policy, const OutputRules& rules) {
  if (policy == ExistingOutput::Overwrite) return;
  const BatchItem* first = nullptr;
  int existing = 0;
  for (BatchItem& item : items) {
    // A stream is always there, and never done.
    if (is_stream(item.output) || !is_there(resolved(item.output))) continue;
    if (first == nullptr) first = &item;
    ++existing;
    if (policy == ExistingOutput::Skip) item.skip_reason = "the output exists";
    if (policy == ExistingOutput::UpdateOlder && is_up_to_date(item, rules))
      item.skip_reason = "the output is up to date";
  }
  if (policy == ExistingOutput::Refuse && existing > 0)
    throw Error(
        ErrorCode::InvalidArgument,
        fmt::format("{}: exists already{} (--overwrite, --skip-existing or --update says "
                    "what to do)",
                    printable_name(first->output),
                    existing == 1 ? "" : fmt::format(", one of {} results that do", existing)));
}

void require_writable(const std::vector<BatchItem>& items) {
  std::set<fs::path> seen;
  std::string first;
  for (const BatchItem& item : items) {
    if (!item.skip_reason.empty()) continue;
    if (is_stream(item.output)) return;
    const fs::path folder = item.output.parent_path();
    if (!seen.insert(folder).second) continue;
    const std::string obstacle = obstacle_to_writing(folder);
    if (obstacle.empty()) return;
    if (first.empty()) first = printable_name(item.output) + ": cannot write " + obstacle;
  }
  if (!first.empty()) throw Error(ErrorCode::IoFailure, first);
}

}  // namespace tessera::pipeline
