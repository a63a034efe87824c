// SPDX-License-Identifier: MIT
#pragma once

#include <cstring>
#include <vector>

#include "fusion/alignment/matching.h"
#include "fusion/average.h"
#include "fusion/fusion_networks.h"
#include "fusion/random_maps.h"

namespace tessera::test {

// Gathers keep weights; only the order of sums inside convolutions and solvers differs.
constexpr double kGatherRounding = 2e-5;

/// Names, shapes and bits, signs of zeros included.
inline bool same_bits(const fusion::TensorMap& a, const fusion::TensorMap& b) {
  if (a.size() != b.size()) return false;
  for (const auto& [name, tensor] : a) {
    const NamedTensor& other = b.at(name);
    if (tensor.shape != other.shape || tensor.values.size() != other.values.size()) return false;
    if (std::memcmp(tensor.values.data(), other.values.data(),
                    tensor.values.size() * sizeof(float)) != 0)
      return false;
  }
  return true;
}

/// Relative difference of what a network makes of a random picture with these tensors and those.
inline double function_difference(const FusionNetwork& network,
                                  const fusion::TensorMap& a,
                                  const fusion::TensorMap& b) {
  const auto pictures = pictures_for(network, 1, 24);
  return relative_error(restored(network, a, pictures[0]), restored(network, b, pictures[0]));
}

/// A copy with every space permuted, heads as wholes, and signs.
inline fusion::TensorMap permuted(const FusionNetwork& network, std::uint64_t seed) {
  const fusion::SpaceTable table = table_of(network, network);
  return fusion::aligned_tensors(network.tensors, table, random_maps(table, seed));
}

/// What `fuse --metric` compares units by.
struct Metric {
  const char* name;
  fusion::CostWeights costs;
  int sweeps;
};
inline constexpr Metric kMetrics[] = {
    {"weights", {0.0, 1.0}, 20}, {"acts", {1.0, 1e-4}, 1}, {"both", {0.5, 0.5}, 20}};

/// The model's tensors in the channels of the anchor, both of the network's widths.
inline fusion::TensorMap aligned_by(const Metric& metric,
                                    const FusionNetwork& network,
                                    const fusion::TensorMap& model,
                                    const fusion::TensorMap& anchor,
                                    const std::vector<fusion::CalibrationSample>& pictures,
                                    fusion::MatchOptions options = {}) {
  const fusion::SpaceTable table = table_of(network, network);
  fusion::Correlations correlations;
  base::ThreadPool pool(1);
  if (metric.costs.activations > 0.0)
    correlations = fusion::activation_correlations({network.graph, model, network.metadata},
                                                   {network.graph, anchor, network.metadata}, table,
                                                   pictures, pictures, pool);
  options.costs = metric.costs;
  options.sweeps = metric.sweeps;
  const auto found = fusion::match_networks({model, anchor, table}, correlations, options);
  return fusion::aligned_tensors(model, table, found.maps);
}

/// Costs that say nothing about the networks.
inline fusion::Correlations random_correlations(const fusion::SpaceTable& table,
                                                std::uint64_t seed) {
  Dice dice(seed);
  fusion::Correlations all;
  for (const auto& space : table.spaces)
    all.push_back(fusion::Matrix::NullaryExpr(space.widths[0], space.widths[1],
                                              [&] { return 2.0 * dice.uniform() - 1.0; }));
  return all;
}

}  // namespace tessera::test
