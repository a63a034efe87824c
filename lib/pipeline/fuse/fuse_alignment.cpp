// SPDX-License-Identifier: MIT
#include "pipeline/fuse/fuse_alignment.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/random.h"
#include "base/sha256.h"
#include "pipeline/fuse/fuse_quality.h"

namespace tessera::pipeline {
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

}  // namespace

AlignmentSettings alignment_settings(const FuseOptions& options) {
  AlignmentSettings settings;
  FuseMetric metric = options.metric;
  // Activations alone take units for one another that correlate but are read differently.
  if (metric == FuseMetric::Auto)
    metric = options.calibration.empty() ? FuseMetric::Weights : FuseMetric::Both;
  if (options.method == FuseMethod::Match) metric = FuseMetric::Weights;
  fusion::MatchOptions& match = settings.match;
  if (metric == FuseMetric::Activations) {
    match.costs = {1.0, kTieBreak};
    match.sweeps = 1;
  } else if (metric == FuseMetric::Both) {
    match.costs = {0.5, 0.5};
  }
  settings.uses_activations = metric != FuseMetric::Weights;
  match.plans.perplexity = options.perplexity;
  match.plans.epsilon = options.epsilon;
  match.importance = options.importance;
  match.plans.limits = {options.sinkhorn_tolerance, options.sinkhorn_iterations};
  match.rotate = options.heads == FuseHeads::Rotate;
  match.flat = options.heads == FuseHeads::Flat;
  settings.residual = static_cast<fusion::Residual>(options.residual);
  match.rescale = options.rescale;
  return settings;
}

std::string text_of(FuseHeads heads) {
  constexpr const char* kNames[] = {"two-level", "rotate", "flat"};
  return kNames[static_cast<int>(heads)];
}

std::string text_of(FuseResidual residual) {
  constexpr const char* kNames[] = {"shared", "mean", "scalar", "matrix"};
  return kNames[static_cast<int>(residual)];
}

std::string recipe_warning(const FuseOptions& options) {
  std::string what;
  if (options.heads == FuseHeads::Flat) what = "--heads flat";
  if (options.residual != FuseResidual::Shared)
    what += (what.empty() ? "--residual " : ", --residual ") + text_of(options.residual);
  return what.empty() ? what
                      : what + ": aligned models compute something else, for comparison only";
}

std::string metric_name(const AlignmentSettings& settings) {
  if (!settings.uses_activations) return "weights";
  return settings.match.costs.weights > kTieBreak ? "both" : "acts";
}

AlignedNetwork aligned_network(const fusion::RunnableNetwork& network,
                               const fusion::RunnableNetwork& target,
                               const Calibration& calibration,
                               const AlignmentSettings& settings,
                               base::ThreadPool& pool) {
  AlignedNetwork aligned;
  const std::vector<fusion::OperatorGraph> graphs{network.graph, target.graph};
  const bool shared = settings.residual == fusion::Residual::Shared;
  aligned.table = fusion::channel_spaces(graphs, shared);
  fusion::Correlations correlations;
  if (settings.uses_activations)
    correlations =
        fusion::activation_correlations(network, target, aligned.table, calibration.pictures, pool);
  fusion::MatchOptions match = settings.match;
  match.branch_shares =
      fusion::branch_shares(settings.residual, target, aligned.table, calibration.pictures, pool);
  aligned.matching =
      fusion::match_networks({network.tensors, target.tensors, aligned.table}, correlations, match);
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
  facts.spaces.clear();
  for (std::size_t s = 0; s < aligned.matching.spaces.size(); ++s) {
    const fusion::SpaceReport& found = aligned.matching.spaces[s];
    FuseSpace space{found.name,
                    found.width_model,
                    found.width_anchor,
                    found.fixed,
                    found.identity,
                    found.optimal,
                    found.average,
                    found.best_share,
                    found.margin,
                    found.moved,
                    {}};
    space.map_hash = hash_of(aligned.matching.maps[s]);
    facts.spaces.push_back(std::move(space));
  }
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
    worst = std::max(worst, std::abs(static_cast<double>(a.data()[i]) - b.data()[i]));
    largest = std::max(largest, std::abs(static_cast<double>(a.data()[i])));
  }
  return worst / largest;
}

}  // namespace tessera::pipeline
