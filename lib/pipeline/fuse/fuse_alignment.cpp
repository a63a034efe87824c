// SPDX-License-Identifier: MIT
#include "pipeline/fuse/fuse_alignment.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/files/sha256.h"
#include "base/random.h"
#include "pipeline/fuse/fuse_quality.h"
#include "tessera/error.h"

namespace tessera::pipeline {

using fusion::CalibrationSample;

namespace {

// Weights break the ties of activations, such as those of dead units.
constexpr double kTieBreak = 1e-4;
constexpr int kProbeSide = 48;
constexpr double kProbeSigma = 25.0;

std::string hash_of(const fusion::SpaceMap& map) {
  base::Sha256 hash;
  if (map.permutes) {
    hash.add(std::as_bytes(std::span(map.source)));
    hash.add(std::as_bytes(std::span(map.factor)));
  } else {
    hash.add(std::as_bytes(std::span(map.pull.data(), static_cast<std::size_t>(map.pull.size()))));
  }
  return hash.digest().substr(0, 16);
}

/// The pictures, each in the place of one half the list away: units see unrelated contents.
std::vector<CalibrationSample> shuffled(const std::vector<CalibrationSample>& pictures) {
  for (const CalibrationSample& picture : pictures)
    if (pictures.size() < 2 || picture.estimate.shape() != pictures.front().estimate.shape())
      throw Error(ErrorCode::InvalidArgument,
                  "--metric shuffled needs two crops or more, all of one size: take larger "
                  "pictures, or a smaller --calib-size");
  std::vector<CalibrationSample> turned;
  for (std::size_t p = 0; p < pictures.size(); ++p) {
    const CalibrationSample& from = pictures[(p + pictures.size() / 2) % pictures.size()];
    turned.push_back(
        {from.samples.clone(), from.mask.clone(), from.estimate.clone(), from.sigma.clone()});
  }
  return turned;
}

fusion::Correlations random_correlations(const fusion::SpaceTable& table, std::uint64_t seed) {
  fusion::Correlations correlations;
  std::uint64_t index = 0;
  for (const fusion::ChannelSpace& space : table.spaces)
    correlations.push_back(fusion::Matrix::NullaryExpr(
        space.widths[0], space.widths[1], [&] { return base::random_uniform(seed, index++); }));
  return correlations;
}

fusion::Correlations correlations_of(const fusion::RunnableNetwork& network,
                                     const fusion::RunnableNetwork& target,
                                     const fusion::SpaceTable& table,
                                     const std::vector<CalibrationSample>& pictures,
                                     const AlignmentSettings& settings,
                                     base::ThreadPool& pool) {
  switch (settings.metric) {
    case FuseMetric::Activations:
    case FuseMetric::Both:
      return activation_correlations(network, target, table, pictures, pictures, pool);
    case FuseMetric::Shuffled:
      return activation_correlations(network, target, table, shuffled(pictures), pictures, pool);
    case FuseMetric::Random:
      return random_correlations(table, settings.seed);
    case FuseMetric::Auto:
    case FuseMetric::Weights:
      break;
  }
  return {};
}

std::string text_of(FuseMetric metric) {
  switch (metric) {
    case FuseMetric::Auto:
      return "auto";
    case FuseMetric::Activations:
      return "acts";
    case FuseMetric::Weights:
      return "weights";
    case FuseMetric::Both:
      return "both";
    case FuseMetric::Shuffled:
      return "shuffled";
    case FuseMetric::Random:
      break;
  }
  return "random";
}

std::string text_of(FuseHeads heads) {
  switch (heads) {
    case FuseHeads::TwoLevel:
      return "two-level";
    case FuseHeads::Rotate:
      return "rotate";
    case FuseHeads::Flat:
      break;
  }
  return "flat";
}

std::string text_of(FuseResidual residual) {
  switch (residual) {
    case FuseResidual::Shared:
      return "shared";
    case FuseResidual::Mean:
      return "mean";
    case FuseResidual::Scalar:
      return "scalar";
    case FuseResidual::Matrix:
      break;
  }
  return "matrix";
}

fusion::Residual residual_of(FuseResidual residual) {
  switch (residual) {
    case FuseResidual::Shared:
      return fusion::Residual::Shared;
    case FuseResidual::Mean:
      return fusion::Residual::Mean;
    case FuseResidual::Scalar:
      return fusion::Residual::Scalar;
    case FuseResidual::Matrix:
      break;
  }
  return fusion::Residual::PerChannel;
}

}  // namespace

AlignmentSettings alignment_settings(const FuseOptions& options) {
  AlignmentSettings settings;
  FuseMetric metric = options.metric;
  // Activations alone take units for one another that correlate but are read differently.
  if (metric == FuseMetric::Auto)
    metric = options.calibration.empty() ? FuseMetric::Weights : FuseMetric::Both;
  if (options.method == FuseMethod::Match) metric = FuseMetric::Weights;
  fusion::MatchOptions& match = settings.match;
  if (metric == FuseMetric::Both) {
    match.costs = {0.5, 0.5};
  } else if (metric != FuseMetric::Weights) {
    match.costs = {1.0, kTieBreak};
    match.sweeps = 1;
  }
  settings.metric = metric;
  settings.seed = options.seed;
  match.plans.perplexity = options.perplexity;
  match.plans.epsilon = options.epsilon;
  match.importance = options.importance;
  match.plans.limits = {options.sinkhorn_tolerance, options.sinkhorn_iterations};
  match.rotate = options.heads == FuseHeads::Rotate;
  match.flat = options.heads == FuseHeads::Flat;
  settings.residual = residual_of(options.residual);
  match.rescale = options.rescale;
  return settings;
}

std::string text_of(FuseMethod method) {
  switch (method) {
    case FuseMethod::Auto:
      return "auto";
    case FuseMethod::Linear:
      return "linear";
    case FuseMethod::Transport:
      return "ot";
    case FuseMethod::Match:
      return "match";
    case FuseMethod::Task:
      break;
  }
  return "task";
}

void describe_plans(const FuseOptions& options, FuseReport& report) {
  report.metric = text_of(alignment_settings(options).metric);
  report.heads = text_of(options.heads);
  report.residual = text_of(options.residual);
  report.perplexity = options.perplexity;
  report.epsilon = options.epsilon;
}

std::string recipe_warning(const FuseOptions& options) {
  std::string what;
  if (options.heads == FuseHeads::Flat) what = "--heads flat";
  if (options.residual != FuseResidual::Shared)
    what += (what.empty() ? "--residual " : ", --residual ") + text_of(options.residual);
  return what.empty() ? what
                      : what + ": aligned models compute something else, for comparison only";
}

AlignedNetwork aligned_network(const fusion::RunnableNetwork& network,
                               const fusion::RunnableNetwork& target,
                               const Calibration& calibration,
                               const AlignmentSettings& settings,
                               base::ThreadPool& pool,
                               const fusion::Correlations* known) {
  AlignedNetwork aligned;
  const std::vector<fusion::OperatorGraph> graphs{network.graph, target.graph};
  const bool shared = settings.residual == fusion::Residual::Shared;
  aligned.table = fusion::channel_spaces(graphs, shared);
  aligned.correlations = known != nullptr ? *known
                                          : correlations_of(network, target, aligned.table,
                                                            calibration.pictures, settings, pool);
  fusion::MatchOptions match = settings.match;
  match.branch_weights =
      fusion::branch_weights(settings.residual, target, aligned.table, calibration.pictures, pool);
  aligned.matching = fusion::match_networks({network.tensors, target.tensors, aligned.table},
                                            aligned.correlations, match);
  aligned.tensors = fusion::aligned_tensors(network.tensors, aligned.table, aligned.matching.maps);
  aligned.same_function =
      !settings.match.flat &&
      std::all_of(aligned.matching.maps.begin(), aligned.matching.maps.end(),
                  [](const fusion::SpaceMap& map) {
                    return map.permutes || (map.rotates && map.from() == map.to());
                  });
  return aligned;
}

void describe_alignment(const AlignedNetwork& aligned, FuseInput& facts) {
  facts.ancestry = fusion::ancestry_score(aligned.matching.spaces);
  facts.sweeps = aligned.matching.sweeps;
  facts.drift_allowed = !aligned.same_function;
  facts.spaces = aligned.matching.spaces;
  for (std::size_t s = 0; s < facts.spaces.size(); ++s)
    facts.spaces[s].map_hash = hash_of(aligned.matching.maps[s]);
}

double relative_drift(const model::Network& before, const model::Network& after) {
  Tensor clean(before.channels(), kProbeSide, kProbeSide);
  for (std::size_t i = 0; i < clean.shape().count(); ++i)
    clean.data()[i] = static_cast<float>(base::random_uniform(1, i));
  const fusion::CalibrationSample picture =
      degraded(clean, {before.observation(), before.channels(), kProbeSigma, 2});
  ExecutionOptions execution;
  execution.threads = 1;
  const Tensor a = restored(before, picture, execution), b = restored(after, picture, execution);
  double worst = 0.0, largest = 1e-30;
  for (std::size_t i = 0; i < a.shape().count(); ++i) {
    const double difference = std::abs(static_cast<double>(a.data()[i]) - b.data()[i]);
    if (!std::isfinite(difference)) return std::numeric_limits<double>::infinity();
    worst = std::max(worst, difference);
    largest = std::max(largest, std::abs(static_cast<double>(a.data()[i])));
  }
  return worst / largest;
}

}  // namespace tessera::pipeline
