// SPDX-License-Identifier: MIT
#include "pipeline/batch.h"
#include "pipeline/companion_pictures.h"
#include "pipeline/interpolation_request.h"
#include "tessera/interpolate.h"

namespace tessera {
namespace {

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
  const pipeline::CompanionPictures masks("mask", mask.path, batch.read);

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
    return masks.with_companion(item.input, [&](const Image& holes) {
      return interpolate(picture, &holes, network, file_options);
    });
  };
  return pipeline::run_batch(batch, work, options.execution, observer);
}

}  // namespace tessera
