// SPDX-License-Identifier: MIT
#include "pipeline/evaluate/evaluation_summary.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "tessera/error.h"

namespace tessera::pipeline {
namespace {

/// Of the bootstrap; any fixed number makes runs agree.
constexpr std::uint64_t kBootstrapSeed = 1;

MeanScore mean_of(const std::vector<double>& values) {
  MeanScore score;
  score.count = static_cast<int>(values.size());
  if (values.empty()) return score;
  score.mean = std::accumulate(values.begin(), values.end(), 0.0) / score.count;
  if (score.count > 1) score.interval = bootstrap_interval_of_mean(values, kBootstrapSeed);
  return score;
}

void summarise_method(MethodScores& method) {
  std::vector<double> psnr, ssim, ms_ssim;
  double pixels = 0.0;
  for (const MeasuredPicture& picture : method.pictures) {
    if (!picture.scores) continue;
    const PictureScores& scores = *picture.scores;
    if (scores.identical())
      ++method.identical;
    else
      psnr.push_back(scores.psnr);
    if (scores.ssim) ssim.push_back(*scores.ssim);
    if (scores.ms_ssim) ms_ssim.push_back(*scores.ms_ssim);
    method.cost.seconds += picture.cost.seconds;
    method.cost.processor_seconds += picture.cost.processor_seconds;
    method.cost.peak_memory = std::max(method.cost.peak_memory, picture.cost.peak_memory);
    pixels += static_cast<double>(picture.width) * picture.height;
  }
  method.psnr = mean_of(psnr);
  method.ssim = mean_of(ssim);
  method.ms_ssim = mean_of(ms_ssim);
  if (pixels > 0.0) method.ns_per_pixel = 1e9 * method.cost.seconds / pixels;
}

PairedDifference difference_of(const MethodScores& first, const MethodScores& second) {
  PairedDifference difference{first.method, second.method, first.sigma};
  std::vector<double> psnr, ssim;
  for (std::size_t i = 0; i < std::min(first.pictures.size(), second.pictures.size()); ++i) {
    const auto &a = first.pictures[i].scores, &b = second.pictures[i].scores;
    if (!a || !b) continue;
    ++difference.compared;
    if (a->psnr > b->psnr) ++difference.first_better;
    if (std::isfinite(a->psnr) && std::isfinite(b->psnr)) psnr.push_back(a->psnr - b->psnr);
    if (a->ssim && b->ssim) ssim.push_back(*a->ssim - *b->ssim);
  }
  difference.psnr = mean_of(psnr);
  difference.ssim = mean_of(ssim);
  return difference;
}

constexpr const char* kNotFinite =
    "holds samples that are not finite numbers, which no metric can compare (restore or mask them)";

}  // namespace

void check_finite(const Image& picture, const MetricProtocol& protocol) {
  // Infinity less itself is not a number either.
  if (picture.type() == SampleType::F32 && std::isnan(psnr(picture, picture, protocol)))
    throw Error(ErrorCode::BadImage, kNotFinite);
}

PictureScores score_picture(const Image& reference,
                            const Image& restored,
                            const MetricProtocol& protocol) {
  PictureScores scores;
  scores.psnr = psnr(reference, restored, protocol);
  if (!std::isfinite(scores.psnr) && !scores.identical())
    throw Error(ErrorCode::BadImage, kNotFinite);
  scores.worst = worst_pixel(reference, restored, protocol);
  const int side = std::min(reference.width(), reference.height()) - 2 * protocol.border;
  if (side >= kSmallestSsimSide) scores.ssim = ssim(reference, restored, protocol);
  if (side >= kSmallestMsSsimSide) scores.ms_ssim = ms_ssim(reference, restored, protocol);
  return scores;
}

void summarise(Evaluation& evaluation) {
  for (MethodScores& method : evaluation.methods) summarise_method(method);
  const auto& methods = evaluation.methods;
  for (std::size_t i = 0; i < methods.size(); ++i)
    for (std::size_t j = i + 1; j < methods.size(); ++j)
      if (methods[i].sigma == methods[j].sigma)
        evaluation.differences.push_back(difference_of(methods[i], methods[j]));
}

}  // namespace tessera::pipeline
