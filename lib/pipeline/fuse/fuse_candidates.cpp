// SPDX-License-Identifier: MIT
#include "pipeline/fuse/fuse_candidates.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "checkpoint/safetensors.h"
#include "fusion/average.h"
#include "pipeline/fuse/fuse_alignment.h"
#include "pipeline/fuse/fuse_quality.h"

namespace tessera::pipeline {
namespace {

// dB by which what is more elaborate must be better.
constexpr double kWorthIt = 0.01;
// Mean square of what rounding to 8 bits adds: a step squared over 12.
constexpr double kRoundingSquare = 1.0 / (255.0 * 255.0 * 12.0);

std::string text_of(fusion::Correction correction) {
  switch (correction) {
    case fusion::Correction::None:
      return "none";
    case fusion::Correction::Statistics:
      return "stats";
    case fusion::Correction::Repair:
      return "repair";
    case fusion::Correction::Refit:
      break;
  }
  return "refit";
}

bool same_values(const fusion::TensorMap& a, const fusion::TensorMap& b) {
  return std::all_of(a.begin(), a.end(), [&](const auto& entry) {
    return entry.second.values == b.at(entry.first).values;
  });
}

/// Whether the mean is what every parent is: there is nothing to correct.
bool all_are(const std::vector<fusion::WeightedNetwork>& parents, const fusion::TensorMap& mean) {
  return std::all_of(parents.begin(), parents.end(), [&](const fusion::WeightedNetwork& parent) {
    return same_values(parent.tensors, mean);
  });
}

}  // namespace

fusion::Correction correction_of(const FuseOptions& options, bool by_default) {
  switch (options.correction) {
    case FuseCorrection::Auto:
      return by_default && !options.calibration.empty() ? fusion::Correction::Refit
                                                        : fusion::Correction::None;
    case FuseCorrection::None:
      return fusion::Correction::None;
    case FuseCorrection::Statistics:
      return fusion::Correction::Statistics;
    case FuseCorrection::Repair:
      return fusion::Correction::Repair;
    case FuseCorrection::Refit:
      return fusion::Correction::Refit;
  }
  return fusion::Correction::None;
}

std::string FusionCandidate::name() const {
  const std::string made = (soft ? "soft " : "") + text_of(method);
  return correction == fusion::Correction::None ? made : made + " + " + text_of(correction);
}

fusion::TensorMap weighted_mean(const std::vector<fusion::TensorMap>& networks,
                                const std::vector<double>& weights,
                                std::size_t anchor,
                                const fusion::SpaceTable& table) {
  const double sum = std::accumulate(weights.begin(), weights.end(), 0.0);
  std::vector<fusion::TensorMap> others;
  std::vector<double> normalised;
  for (std::size_t k = 0; k < networks.size(); ++k) {
    if (k == anchor) continue;
    others.push_back(networks[k]);
    normalised.push_back(weights[k] / sum);
  }
  return fusion::average_tensors(networks[anchor], others, normalised, table);
}

void FusionCandidates::add(FuseMethod method,
                           fusion::TensorMap mean,
                           const std::vector<fusion::WeightedNetwork>& parents,
                           fusion::Correction correction,
                           bool eligible) {
  FusionCandidate plain;
  plain.method = method;
  plain.eligible = eligible;
  plain.tensors = mean;
  judge(std::move(plain));
  if (correction == fusion::Correction::None || all_are(parents, mean)) return;
  FusionCandidate corrected;
  corrected.method = method;
  corrected.eligible = eligible;
  corrected.tensors = std::move(mean);
  correct(corrected, parents, correction);
  judge(std::move(corrected));
}

void FusionCandidates::add_soft(FuseMethod method,
                                fusion::TensorMap mean,
                                const std::vector<fusion::WeightedNetwork>& parents,
                                fusion::Correction correction) {
  if (all_are(parents, mean)) return;
  FusionCandidate candidate;
  candidate.method = method;
  candidate.soft = true;
  candidate.tensors = std::move(mean);
  correct(candidate, parents, correction);
  judge(std::move(candidate));
}

void FusionCandidates::correct(FusionCandidate& candidate,
                               const std::vector<fusion::WeightedNetwork>& parents,
                               fusion::Correction correction) {
  candidate.correction = correction;
  candidate.layers =
      fusion::correct({anchor_.graph, anchor_.metadata, calibration_.pictures, kept_},
                      candidate.tensors, parents, correction, pool_);
}

void FusionCandidates::judge(FusionCandidate candidate) {
  for (auto& [name, tensor] : candidate.tensors) {
    if (!data_type_.empty() && !tensor.shape.empty()) tensor.data_type = data_type_;
    checkpoint::round_as_stored(tensor);
  }
  candidate.network = network_of(candidate.tensors, anchor_.metadata, "the fused network");
  candidate.judged = judged_psnr(*candidate.network, calibration_.judges);
  candidates_.push_back(std::move(candidate));
}

const FusionCandidate& FusionCandidates::best() const {
  const FusionCandidate* best = nullptr;
  for (const FusionCandidate& candidate : candidates_)
    if (candidate.eligible && (best == nullptr || candidate.judged > best->judged + kWorthIt))
      best = &candidate;
  return *best;
}

void describe_choice(const FusionCandidates& candidates,
                     const FuseOptions& options,
                     int judging_pictures,
                     FuseReport& report) {
  const FusionCandidate& best = candidates.best();
  // The plain mean of models of one ancestor is often the best; nobody need hear of it.
  const bool expected =
      options.correction != FuseCorrection::Auto || best.method != FuseMethod::Linear;
  report.judging_pictures = judging_pictures;
  for (const FusionCandidate& candidate : candidates.all()) {
    const bool taken = &candidate == &best;
    report.candidates.push_back({candidate.name(), candidate.judged, taken});
    if (expected && candidate.correction != fusion::Correction::None && candidate.eligible &&
        !candidate.soft && best.correction == fusion::Correction::None &&
        candidate.method == best.method)
      report.warnings.push_back(text_of(candidate.correction) +
                                " is no better on the crops kept out: left out");
    if (!candidate.eligible && candidate.judged > best.judged)
      report.warnings.push_back(
          fmt::format("the plain mean (--method linear) is {:.2f} dB better on the crops kept out",
                      candidate.judged - best.judged));
  }
  const std::string method = text_of(best.method);
  if (method != report.method)
    for (FuseInput& input : report.inputs)
      if (!input.anchor) input.method = method;
  report.method = method;
  report.correction = text_of(best.correction);
  for (const fusion::CorrectedLayer& layer : best.layers)
    report.layers.push_back({layer.name, layer.before, layer.after, layer.kept});
}

Error results_not_finite() {
  return {ErrorCode::BadCheckpoint,
          "the fused network gives results that are not finite (look for extreme weights in the "
          "models, or give other --weights)"};
}

double judged_psnr(const model::Network& network, const std::vector<JudgingPicture>& pictures) {
  if (pictures.empty()) return std::numeric_limits<double>::quiet_NaN();
  ExecutionOptions execution;
  execution.threads = 1;
  double sum = 0.0;
  for (const JudgingPicture& picture : pictures) {
    const Tensor result = restored(network, picture.observed, execution);
    double square = 0.0;
    for (std::size_t i = 0; i < result.shape().count(); ++i) {
      const double value = std::clamp(static_cast<double>(result.data()[i]), 0.0, 1.0);
      square += (value - picture.clean.data()[i]) * (value - picture.clean.data()[i]);
    }
    if (!std::isfinite(square)) throw results_not_finite();
    sum -=
        10.0 * std::log10(square / static_cast<double>(result.shape().count()) + kRoundingSquare);
  }
  return sum / static_cast<double>(pictures.size());
}

}  // namespace tessera::pipeline
