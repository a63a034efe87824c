// SPDX-License-Identifier: MIT
#include "pipeline/denoise/denoise_request.h"

#include <fmt/format.h>

#include "model/network.h"
#include "pipeline/sources/measured_map.h"
#include "tessera/error.h"

namespace tessera::pipeline {
namespace {

constexpr double kFixedLevelSlack = 0.1;

void check_model(const Model& model, bool has_map) {
  if (model.task() != Task::Denoise ||
      model.network().observation() != model::ObservationKind::Noise)
    throw Error(ErrorCode::BadCheckpoint,
                fmt::format("the model \"{}\" was trained for the task {}; denoising needs one for "
                            "denoise (such as the model denoise-color)",
                            model.title(), tessera::name_of(model.task())));
  if (has_map && !model.network().reads_sigma())
    throw Error(
        ErrorCode::InvalidArgument,
        fmt::format("the model \"{}\" was trained for a fixed noise level and cannot follow "
                    "a sigma map (give --sigma, or another model)",
                    model.title()));
}

}  // namespace

void check_request(const Model* network, const DenoiseOptions& options, bool has_map) {
  if (options.sigma) require_sigma(*options.sigma);
  if (options.method) return;
  if (network == nullptr)
    throw Error(ErrorCode::InvalidArgument, "neither a model nor a classical method is given");
  check_model(*network, has_map);
}

void check_picture(const Image& noisy) {
  if (noisy.empty()) throw Error(ErrorCode::BadImage, "the picture is empty");
  check_numbers(noisy);
}

std::string range_warning(const Model& network, const NoiseLevel& level) {
  const auto range = network.sigma_range();
  if (!range) return {};
  // A model for one level serves its neighbours, too.
  const double slack = range->low == range->high ? kFixedLevelSlack * range->low : 0.0;
  if (level.lowest() >= range->low - slack && level.highest() <= range->high + slack) return {};
  const std::string found = level.lowest() == level.highest()
                                ? fmt::format("{:.4g}", level.lowest())
                                : fmt::format("{:.4g} to {:.4g}", level.lowest(), level.highest());
  const std::string known = range->low == range->high
                                ? fmt::format("{:.4g} only", range->low)
                                : fmt::format("{:.4g} to {:.4g}", range->low, range->high);
  return fmt::format("sigma {} lies beyond what the model was trained for ({})", found, known);
}

}  // namespace tessera::pipeline
