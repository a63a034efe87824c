// SPDX-License-Identifier: MIT
#include <nlohmann/json.hpp>

#include "pipeline/evaluate/display_picture.h"
#include "tessera/evaluate.h"
#include "tessera/version.h"

namespace tessera {
namespace {

using nlohmann::json;

json json_from(const std::optional<double>& value) { return value ? json(*value) : json(nullptr); }

json json_from(const MeanScore& score) {
  const auto& interval = score.interval;
  return {{"count", score.count},
          {"mean", score.count > 0 ? json(score.mean) : json(nullptr)},
          {"ci95", interval ? json{interval->low, interval->high} : json(nullptr)}};
}

/// Null where nothing was measured.
json json_from(const RunCost& cost, bool measured = true) {
  const auto known = [=](double number) { return measured ? json(number) : json(nullptr); };
  return {{"seconds", known(cost.seconds)},
          {"processor_seconds", known(cost.processor_seconds)},
          {"peak_memory_bytes", cost.peak_memory > 0 ? json(cost.peak_memory) : json(nullptr)}};
}

json json_from(const WorstPixel& worst) {
  return {{"x", worst.x},
          {"y", worst.y},
          {"channel", worst.channel},
          {"reference", worst.reference},
          {"restored", worst.restored},
          {"difference", worst.difference()}};
}

json json_from(const MeasuredPicture& picture, bool timed) {
  json object{{"name", picture.name},
              {"reference", picture.reference.string()},
              {"missing", picture.missing},
              {"problem", picture.problem.empty() ? json(nullptr) : json(picture.problem)},
              {"notes", picture.notes}};
  if (!picture.restored.empty()) object["restored"] = picture.restored.string();
  if (!picture.scores) {
    for (const char* figure : {"psnr_db", "ssim", "ms_ssim"}) object[figure] = nullptr;
    return object;
  }
  const PictureScores& scores = *picture.scores;
  const bool identical = scores.identical();
  object["psnr_db"] = identical ? json(nullptr) : json(scores.psnr);
  object["identical"] = identical;
  object["ssim"] = json_from(scores.ssim);
  object["ms_ssim"] = json_from(scores.ms_ssim);
  object["worst_pixel"] = json_from(scores.worst);
  object["width"] = picture.width;
  object["height"] = picture.height;
  if (timed) object["cost"] = json_from(picture.cost);
  return object;
}

json json_from(const MethodScores& method, bool timed) {
  json object{{"method", method.method},        {"sigma", method.sigma},
              {"identical", method.identical},  {"psnr_db", json_from(method.psnr)},
              {"ssim", json_from(method.ssim)}, {"ms_ssim", json_from(method.ms_ssim)},
              {"extra", json::array()},         {"images", json::array()}};
  if (timed) {
    const bool measured = method.psnr.count + method.identical > 0;
    object["cost"] = json_from(method.cost, measured);
    object["ns_per_pixel"] = measured ? json(method.ns_per_pixel) : json(nullptr);
  }
  for (const auto& file : method.extra) object["extra"].push_back(file.string());
  for (const auto& picture : method.pictures) object["images"].push_back(json_from(picture, timed));
  return object;
}

json json_from(const PairedDifference& difference) {
  return {{"first", difference.first},
          {"second", difference.second},
          {"sigma", difference.sigma},
          {"compared", difference.compared},
          {"first_better", difference.first_better},
          {"psnr_db", json_from(difference.psnr)},
          {"ssim", json_from(difference.ssim)}};
}

json json_from(const std::optional<Degradation>& degradation) {
  if (!degradation) return nullptr;
  return {{"task", name_of(degradation->task)},
          {"pattern", name_of(degradation->pattern)},
          {"missing", degradation->missing},
          {"sigmas", degradation->sigmas},
          {"told_sigma", json_from(degradation->told_sigma)},
          {"seed", degradation->seed},
          {"text", text_from_degradation(*degradation)}};
}

json json_from(const MetricProtocol& protocol) {
  return {{"channels", name_of(protocol.channels)},
          {"border", protocol.border},
          {"white", protocol.white > 0.0 ? json(protocol.white) : json("own of each file")},
          {"alpha", name_of(protocol.alpha)},
          {"ssim", "gaussian 11x11, sigma 1.5, K1 0.01, K2 0.03, valid region"},
          {"ms_ssim", "5 scales, 2x2 mean"},
          {"mean", "of per-image values; identical images are counted, not in the mean of psnr_db"},
          {"text", text_from_protocol(protocol)}};
}

}  // namespace

std::string json_from_evaluation(const Evaluation& evaluation) {
  const bool timed = evaluation.degradation.has_value();
  json object{{"program", "evaluate"},
              {"version", TESSERA_VERSION},
              {"protocol", json_from(evaluation.protocol)},
              {"degradation", json_from(evaluation.degradation)},
              {"methods", json::array()},
              {"differences", json::array()}};
  for (const auto& method : evaluation.methods)
    object["methods"].push_back(json_from(method, timed));
  for (const auto& difference : evaluation.differences)
    object["differences"].push_back(json_from(difference));
  // File names need not be UTF-8; JSON must.
  return object.dump(2, ' ', false, json::error_handler_t::replace) + "\n";
}

}  // namespace tessera
