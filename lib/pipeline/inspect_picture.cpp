// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <cstdint>
#include <nlohmann/json.hpp>

#include "analysis/inspection.h"
#include "base/threads/threads_inside.h"
#include "pipeline/inspect/inspection_json.h"
#include "pipeline/inspect/inspection_pictures.h"
#include "pipeline/inspect/inspection_scene.h"
#include "pipeline/sources/noise_level.h"
#include "tessera/error.h"
#include "tessera/inspect.h"

namespace tessera {
namespace {

/// Pixels that a chosen point keeps from the border, so that its pictures are whole.
constexpr int kPointMargin = 20;
/// 8-bit levels of the noise that is injected unless told otherwise.
constexpr double kInjectedSigma = 25.0;

/// The points asked for, in the scene's own pixels; telling ones when nothing was said.
std::vector<analysis::Point> points_of(const pipeline::InspectionScene& part,
                                       const PictureInspectionOptions& options,
                                       TensorView<const float> estimate) {
  if (!options.points) return analysis::telling_points(estimate, kPointMargin);
  std::vector<analysis::Point> points;
  const Shape shape = part.scene.shape();
  for (const auto& [row, column] : *options.points) {
    // Any two numbers may be asked for.
    const std::int64_t y = std::int64_t{row} - part.top, x = std::int64_t{column} - part.left;
    if (y < 0 || x < 0 || y >= shape.height || x >= shape.width)
      throw Error(ErrorCode::InvalidArgument,
                  fmt::format("the point {},{} is outside the part that is looked at, rows {} to "
                              "{}, columns {} to {} (--crop 0: the whole picture)",
                              row, column, part.top, part.top + shape.height - 1, part.left,
                              part.left + shape.width - 1));
    points.push_back({fmt::format("{},{}", row, column), static_cast<int>(y), static_cast<int>(x)});
  }
  return points;
}

/// Points come back in the picture's own coordinates.
void shift_points(analysis::Inspection& inspection, int top, int left, nlohmann::json& json) {
  for (std::size_t i = 0; i < inspection.influences.size(); ++i) {
    json["influences"][i]["y"] = inspection.influences[i].point.y + top;
    json["influences"][i]["x"] = inspection.influences[i].point.x + left;
  }
}

nlohmann::json settings_of(const pipeline::InspectionScene& part,
                           const PictureInspectionOptions& options) {
  return {{"top", part.top},
          {"left", part.left},
          {"height", part.scene.shape().height},
          {"width", part.scene.shape().width},
          {"probes", options.probes},
          {"seed", options.seed},
          {"pde", options.pde},
          {"information_sigma_8bit",
           options.information ? nlohmann::json(options.sigma_8bit.value_or(kInjectedSigma))
                               : nlohmann::json()},
          {"noise_sigma_8bit",
           part.sigma ? nlohmann::json(*part.sigma * pipeline::kWhite8bit) : nlohmann::json()}};
}

}  // namespace

ReferenceMismatch::ReferenceMismatch(const std::string& problem)
    : Error(ErrorCode::BadImage, problem) {}
ReferenceMismatch::~ReferenceMismatch() = default;

PictureInspection inspect_picture(const Model& network,
                                  const Image& picture,
                                  const Image* mask,
                                  const Image* reference,
                                  const PictureInspectionOptions& options) {
  if (options.crop < 0 || options.probes < 1 || options.threads < 1)
    throw Error(ErrorCode::InvalidArgument, "crop must be 0 or more, probes and threads 1 or more");
  if (options.sigma_8bit) pipeline::require_sigma(*options.sigma_8bit);
  const base::ThreadsInsideScope inside(options.threads);
  pipeline::InspectionScene part =
      pipeline::inspection_scene(network, picture, mask, reference, options);
  analysis::InspectionRequest request;
  request.effort = {.probes = options.probes, .seed = options.seed};
  request.pde = options.pde;
  request.information = options.information;
  request.information_sigma = options.sigma_8bit.value_or(kInjectedSigma) / pipeline::kWhite8bit;
  request.sure_sigma = part.sigma;
  if (part.reference.shape().count() > 0) request.reference = part.reference;
  request.points = points_of(part, options, part.scene.estimate(part.scene.samples()));

  analysis::Inspection inspection = analysis::inspect_scene(part.scene, request);
  nlohmann::json json = pipeline::json_from_inspection(inspection);
  shift_points(inspection, part.top, part.left, json);
  json["settings"] = settings_of(part, options);
  const bool finite = inspection.network.finite;
  if (!finite) part.notes.push_back("the network's result is not finite: nothing is drawn");
  json["notes"] = part.notes;
  std::vector<NamedPicture> pictures;
  if (finite) pictures = pipeline::inspection_pictures(inspection, part.top, part.left);
  return {json.dump(2), std::move(pictures), std::move(part.notes)};
}

}  // namespace tessera
