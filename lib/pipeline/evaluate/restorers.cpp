// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <array>

#include "pipeline/denoise/denoise_request.h"
#include "pipeline/interpolate/interpolation_request.h"
#include "tessera/denoise.h"
#include "tessera/error.h"
#include "tessera/evaluate.h"
#include "tessera/interpolate.h"

namespace tessera {
namespace {

InterpolateOptions options_for(const Degradation& degradation, bool self_ensemble) {
  InterpolateOptions options;
  options.pattern = degradation.pattern;
  options.self_ensemble = self_ensemble;
  if (degradation.task == Task::Upscale2) options.missing = MissingPixels::UpscaleGrid;
  if (degradation.task == Task::Inpaint) options.missing = MissingPixels::MaskFile;
  return options;
}

/// Runs `interpolate` on what was observed.
Restorer interpolator(const std::string& name,
                      const std::optional<Model>& model,
                      const InterpolateOptions& options) {
  InterpolateOptions with_sigma = options;
  // A model for noisy mosaics is told the strength of each picture's noise.
  const bool told = pipeline::expects_noise(model ? &*model : nullptr);
  if (told) with_sigma.sigma = 0.0;
  pipeline::check_request(model ? &*model : nullptr, with_sigma);
  return {name,
          [model, options, told](const Observation& observed, const ExecutionOptions& execution) {
            InterpolateOptions with_execution = options;
            with_execution.execution = execution;
            if (told) with_execution.sigma = observed.sigma;
            return interpolate(observed.picture, observed.mask ? &*observed.mask : nullptr,
                               model ? &*model : nullptr, with_execution);
          }};
}

/// Runs `denoise` on what was observed, told the strength of its noise.
Restorer denoiser(const std::string& name,
                  const std::optional<Model>& model,
                  const DenoiseOptions& options) {
  pipeline::check_request(model ? &*model : nullptr, options, false);
  return {name, [model, options](const Observation& observed, const ExecutionOptions& execution) {
            DenoiseOptions told = options;
            told.sigma = observed.sigma;
            told.execution = execution;
            return denoise(observed.picture, nullptr, model ? &*model : nullptr, told);
          }};
}

Error no_such_method(const std::string& method, Task task) {
  return {ErrorCode::InvalidArgument,
          fmt::format("there is no method \"{}\" for the task {}; expected {}", method,
                      name_of(task), pipeline::methods_for(task))};
}

std::optional<ClassicalMethod> classical_method(const std::string& name) {
  constexpr std::array kAll{ClassicalMethod::Bilinear, ClassicalMethod::Bicubic,
                            ClassicalMethod::Malvar, ClassicalMethod::Menon, ClassicalMethod::Tv};
  for (const ClassicalMethod method : kAll)
    if (pipeline::name_of(method) == name) return method;
  return std::nullopt;
}

}  // namespace

Restorer restorer_from_model(const std::string& name,
                             const Model& model,
                             const Degradation& degradation,
                             bool self_ensemble) {
  if (degradation.task == Task::Denoise)
    return denoiser(name, model, {.sigma = 0.0, .self_ensemble = self_ensemble});
  return interpolator(name, model, options_for(degradation, self_ensemble));
}

Restorer restorer_from_method(const std::string& method,
                              const Degradation& degradation,
                              bool self_ensemble) {
  if (degradation.task == Task::Denoise) {
    if (method != "nlm") throw no_such_method(method, degradation.task);
    return denoiser(
        method, std::nullopt,
        {.sigma = 0.0, .method = DenoiseMethod::NonlocalMeans, .self_ensemble = self_ensemble});
  }
  InterpolateOptions options = options_for(degradation, self_ensemble);
  options.method = classical_method(method);
  if (!options.method) throw no_such_method(method, degradation.task);
  return interpolator(method, std::nullopt, options);
}

}  // namespace tessera
