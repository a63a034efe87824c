// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <map>
#include <optional>
#include <system_error>

#include "pipeline/batch.h"
#include "pipeline/interpolation_request.h"
#include "tessera/error.h"
#include "tessera/interpolate.h"

namespace tessera {
namespace {

namespace fs = std::filesystem;

/// The mask of each picture: one file for all, or the file of equal stem in a folder.
class Masks {
 public:
  Masks(const MaskSource& source, const ReadOptions& options)
      : path_(source.path), options_(options) {
    if (path_.empty()) return;
    std::error_code ignored;
    if (fs::is_directory(path_, ignored))
      list_folder();
    else
      single_ = read_image(path_, options_);
  }

  bool any() const { return !path_.empty(); }
  /// Calls use(mask) with the mask for `input`.
  /// Errors  NotFound when the folder has none.
  template <typename Use>
  Image with_mask(const fs::path& input, const Use& use) const {
    if (single_) return use(*single_, path_);
    const auto found = by_stem_.find(input.stem().native());
    if (found == by_stem_.end())
      throw Error(ErrorCode::NotFound, fmt::format("no mask named {}.* in the folder {}",
                                                   input.stem().string(), path_.string()));
    return use(read_image(found->second, options_), found->second);
  }
  std::vector<fs::path> files() const {
    std::vector<fs::path> files;
    if (single_) files.push_back(path_);
    for (const auto& [stem, file] : by_stem_) files.push_back(file);
    return files;
  }

 private:
  void list_folder() {
    for (const auto& entry : fs::directory_iterator(path_)) {
      if (!entry.is_regular_file() || !pipeline::has_picture_suffix(entry.path())) continue;
      const auto [other, is_new] = by_stem_.emplace(entry.path().stem().native(), entry.path());
      if (!is_new)
        throw Error(ErrorCode::InvalidArgument,
                    fmt::format("two masks of one name: {} and {}", other->second.string(),
                                entry.path().string()));
    }
  }

  fs::path path_;
  ReadOptions options_;
  std::optional<Image> single_;
  std::map<std::string, fs::path> by_stem_;
};

std::vector<std::string> facts_of(const InterpolateOptions& options) {
  if (options.missing == MissingPixels::Bayer) return {"layout " + name_of(options.pattern)};
  return {};
}

ImageSize result_size(ImageSize picture, const InterpolateOptions& options) {
  if (options.missing == MissingPixels::Bayer) picture.channels = 3;
  if (options.missing == MissingPixels::UpscaleGrid) {
    picture.width *= options.scale;
    picture.height *= options.scale;
  }
  return picture;
}

}  // namespace

BatchSummary interpolate_files(const BatchOptions& batch,
                               const MaskSource& mask,
                               const Model* network,
                               const InterpolateOptions& options,
                               const BatchObserver& observer) {
  pipeline::check_request(network, options);
  const Masks masks(mask, batch.read);

  pipeline::FileWork work;
  work.rules.makes_colour = options.missing == MissingPixels::Bayer;
  work.rules.protected_files = masks.files();
  work.result_size = [&options](ImageSize picture) { return result_size(picture, options); };
  work.restore = [&](const pipeline::BatchItem& item, const Image& picture,
                     const ExecutionOptions& execution, FileOutcome& outcome) {
    InterpolateOptions file_options = options;
    file_options.execution = execution;
    outcome.notes = facts_of(options);
    if (!masks.any()) return interpolate(picture, nullptr, network, file_options);
    return masks.with_mask(item.input, [&](const Image& holes, const fs::path& file) {
      try {
        return interpolate(picture, &holes, network, file_options);
      } catch (const Error& error) {
        // Say which mask, when there are many.
        throw Error(error.code(), fmt::format("{} (mask {})", error.what(), file.string()));
      }
    });
  };
  return pipeline::run_batch(batch, work, options.execution, observer);
}

}  // namespace tessera
