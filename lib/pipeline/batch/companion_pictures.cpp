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
  for (const BatchInput& picture : pictures_in_folder(path_, false)) {
    const auto [other, is_new] = by_stem_.emplace(picture.file.stem().native(), picture.file);
    if (!is_new)
      throw Error(ErrorCode::InvalidArgument,
                  fmt::format("two {}s of one name: {} and {}", what_, other->second.string(),
                              picture.file.string()));
  }
}

Image CompanionPictures::with_companion(const fs::path& input,
                                        const std::function<Image(const Image&)>& use) const {
  fs::path file = path_;
  if (!single_) {
    const auto found = by_stem_.find(input.stem().native());
    if (found == by_stem_.end())
      throw Error(ErrorCode::NotFound, fmt::format("no {} named {}.* in the folder {}", what_,
                                                   input.stem().string(), path_.string()));
    file = found->second;
  }
  const std::optional<Image> read =
      single_ ? std::nullopt : std::optional(read_image(file, options_));
  // Say which one, when there are many.
  const auto named = [&](const Error& error) {
    return fmt::format("{} ({} {})", error.what(), what_, file.string());
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
  for (const auto& [stem, file] : by_stem_) files.push_back(file);
  return files;
}

}  // namespace tessera::pipeline
