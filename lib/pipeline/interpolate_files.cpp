// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <limits>

#include "pipeline/batch/batch.h"
#include "pipeline/batch/companion_pictures.h"
#include "pipeline/interpolate/develop.h"
#include "pipeline/interpolate/interpolation_request.h"
#include "tessera/error.h"
#include "tessera/interpolate.h"

namespace tessera {
namespace {

std::vector<std::string> facts_of(const InterpolateOptions& options) {
  std::vector<std::string> facts;
  if (options.missing == MissingPixels::Bayer)
    facts.push_back("layout " + name_of(options.pattern));
  if (options.sigma.value_or(0.0) > 0.0) facts.push_back(fmt::format("sigma {:g}", *options.sigma));
  return facts;
}

/// No more than there is: a picture of such a size is refused by its own check.
int enlarged(int side, int scale) {
  return static_cast<int>(
      std::min(std::int64_t{side} * scale, std::int64_t{std::numeric_limits<int>::max()}));
}

ImageSize result_size(ImageSize picture, const InterpolateOptions& options) {
  if (options.missing == MissingPixels::Bayer) pipeline::check_mosaic_channels(picture.channels);
  if (pipeline::task_for(options.missing) == Task::Demosaic) picture.channels = 3;
  if (options.missing == MissingPixels::UpscaleGrid) {
    picture.width = enlarged(picture.width, options.scale);
    picture.height = enlarged(picture.height, options.scale);
  }
  return picture;
}

/// Whether someone has forgotten to say what is missing of pictures. Folders, streams, and what
/// cannot be opened, get their own answers later.
bool only_pictures_named(const std::vector<std::filesystem::path>& inputs) {
  bool any = false;
  for (const auto& input : inputs) {
    std::error_code ignored;
    if (!std::filesystem::is_regular_file(input, ignored)) return false;
    try {
      const auto source = image::ByteSource::open_file(input);
      if (source.kind() == image::FileKind::Unknown || image::is_camera_raw(source)) return false;
    } catch (const Error&) {
      return false;
    }
    any = true;
  }
  return any;
}

/// The work on camera raw files.
void set_development(const Model* network,
                     const InterpolateOptions& options,
                     pipeline::FileWork& work) {
  work.rules.makes_colour = true;
  work.rules.type = SampleType::U16;
  work.develop = [network, &options](image::RawPhoto photo, const ExecutionOptions& execution,
                                     FileOutcome& outcome) {
    InterpolateOptions file_options = options;
    file_options.execution = execution;
    pipeline::Development result = pipeline::develop(std::move(photo), network, file_options);
    if (!options.method) outcome.model = network->file();
    outcome.notes = std::move(result.notes);
    outcome.noise_sigma = result.noise_sigma;
    return std::move(result.picture);
  };
}

}  // namespace

BatchSummary interpolate_files(const BatchOptions& batch,
                               const MaskSource& mask,
                               const Model* network,
                               const InterpolateOptions& options,
                               const BatchObserver& observer) {
  pipeline::check_request(network, options);
  const bool camera_raw = options.missing == MissingPixels::CameraRaw;
  if (camera_raw && only_pictures_named(batch.inputs)) throw pipeline::nothing_said();
  const pipeline::CompanionPictures masks("mask", mask.path, batch.read);

  pipeline::FileWork work;
  work.rules.makes_colour = options.missing == MissingPixels::Bayer;
  work.rules.protected_files = masks.files();
  work.rules.companion = [&masks](const std::filesystem::path& input) {
    return masks.file_for(input);
  };
  if (network != nullptr) work.rules.protected_files.push_back(network->file());
  // Holes of alpha are filled in, and seen.
  work.keeps_opacity = options.missing != MissingPixels::MaskAlpha;
  work.result_size = [&options](ImageSize picture) { return result_size(picture, options); };
  work.restore = [&](const pipeline::BatchItem& item, const Image& picture,
                     const ExecutionOptions& execution, FileOutcome& outcome) {
    InterpolateOptions file_options = options;
    file_options.execution = execution;
    if (!options.method) outcome.model = network->file();
    outcome.notes = facts_of(options);
    if (!masks.any()) return interpolate(picture, nullptr, network, file_options);
    return masks.with_companion(item.input, [&](const Image& holes) {
      return interpolate(picture, &holes, network, file_options);
    });
  };
  if (camera_raw) set_development(network, options, work);
  return pipeline::run_batch(batch, work, options.execution, observer);
}

}  // namespace tessera
