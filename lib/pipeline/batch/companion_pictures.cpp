// SPDX-License-Identifier: MIT
#include "pipeline/batch/companion_pictures.h"

#include <fmt/format.h>

#include <system_error>
#include <utility>

#include "base/memory_refusal.h"
#include "pipeline/batch/batch_inputs.h"
#include "tessera/error.h"

namespace tessera::pipeline {

namespace fs = std::filesystem;

CompanionPictures::CompanionPictures(std::string what, fs::path path, const ReadOptions& options)
    : what_(std::move(what)), path_(std::move(path)), options_(options) {
  if (path_.empty()) return;
  std::error_code ignored;
  if (fs::is_directory(path_, ignored))
    list_folder();
  else
    single_ = read_image(path_, options_);
}

void CompanionPictures::list_folder() {
  for (const BatchInput& picture : pictures_in_folder(path_, true))
    by_name_[fs::path(picture.relative).replace_extension()].push_back(picture.file);
}

std::vector<fs::path> CompanionPictures::candidates_for(const fs::path& input) const {
  const fs::path whole = input.lexically_normal().replace_extension();
  // The end of the input's name, ever fewer folders of it.
  for (auto first = whole.begin(); first != whole.end(); ++first) {
    fs::path end;
    for (auto part = first; part != whole.end(); ++part) end /= *part;
    if (const auto found = by_name_.find(end); found != by_name_.end()) return found->second;
  }
  return {};
}

fs::path CompanionPictures::companion_of(const fs::path& input) const {
  const std::vector<fs::path> candidates = candidates_for(input);
  if (candidates.empty())
    throw Error(ErrorCode::NotFound, fmt::format("no {} named {}.* in the folder {}", what_,
                                                 input.stem().string(), printable_name(path_)));
  const fs::path chosen = file_for(input);
  if (candidates.size() == 1 || chosen.extension() == input.extension()) return chosen;
  throw Error(ErrorCode::InvalidArgument,
              fmt::format("two {}s of one name: {} and {}", what_, printable_name(candidates[0]),
                          printable_name(candidates[1])));
}

fs::path CompanionPictures::file_for(const fs::path& input) const {
  if (single_) return path_;
  const std::vector<fs::path> candidates = candidates_for(input);
  for (const fs::path& candidate : candidates)
    if (candidate.extension() == input.extension()) return candidate;
  return candidates.empty() ? fs::path() : candidates.front();
}

Image CompanionPictures::with_companion(const fs::path& input,
                                        const std::function<Image(const Image&)>& use) const {
  const fs::path file = single_ ? path_ : companion_of(input);
  const std::optional<Image> read =
      single_ ? std::nullopt : std::optional(read_image(file, options_));
  // Say which one, when there are many.
  const auto named = [&](const Error& error) {
    return fmt::format("{} ({} {})", error.what(), what_, printable_name(file));
  };
  try {
    return use(single_ ? *single_ : *read);
  } catch (const base::MemoryRefusal& refusal) {
    throw base::MemoryRefusal(named(refusal));
  } catch (const Error& error) {
    throw Error(error.code(), named(error));
  }
}

std::vector<fs::path> CompanionPictures::files() const {
  std::vector<fs::path> files;
  if (single_) files.push_back(path_);
  for (const auto& [name, candidates] : by_name_)
    files.insert(files.end(), candidates.begin(), candidates.end());
  return files;
}

}  // namespace tessera::pipeline
