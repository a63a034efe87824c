// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include "pipeline/batch/batch.h"
#include "pipeline/batch/companion_pictures.h"
#include "pipeline/denoise/denoise_request.h"
#include "tessera/denoise.h"

namespace tessera {

BatchSummary denoise_files(const BatchOptions& batch,
                           const SigmaMapSource& sigma_maps,
                           const DenoiseModels& models,
                           const DenoiseOptions& options,
                           const BatchObserver& observer) {
  for (const Model* model : {models.colour, models.grey})
    pipeline::check_request(model, options, !sigma_maps.path.empty());
  const pipeline::CompanionPictures maps("sigma map", sigma_maps.path, batch.read);

  pipeline::FileWork work;
  work.rules.protected_files = maps.files();
  work.rules.companion = [&maps](const std::filesystem::path& input) {
    return maps.file_for(input);
  };
  for (const Model* model : {models.colour, models.grey})
    if (model != nullptr) work.rules.protected_files.push_back(model->file());
  work.result_size = [](ImageSize picture) { return picture; };
  work.restore = [&](const pipeline::BatchItem& item, const Image& picture,
                     const ExecutionOptions& execution, FileOutcome& outcome) {
    const Model* model = picture.channels() == 1 ? models.grey : models.colour;
    DenoiseOptions file_options = options;
    file_options.execution = execution;
    if (!options.method) outcome.model = model->file();
    if (maps.any())
      return maps.with_companion(item.input, [&](const Image& map) {
        return denoise(picture, &map, model, file_options);
      });
    if (!options.sigma) {
      pipeline::check_picture(picture);
      file_options.sigma = estimate_noise(picture);
      outcome.noise_sigma = file_options.sigma;
      outcome.notes.push_back(fmt::format("sigma {:.2f}, estimated", *file_options.sigma));
    }
    return denoise(picture, nullptr, model, file_options);
  };
  return pipeline::run_batch(batch, work, options.execution, observer);
}

}  // namespace tessera
