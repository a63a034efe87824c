// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <variant>
#include <vector>

#include "model/network.h"

namespace tessera::model {

/// What a feature graph block is: `heads` graphs from `features` planes each, at half resolution,
/// after the residual block number `after` (0: before the first).
struct FeatureGraphSpec {
  int after = 0, heads = 0, features = 0, steps = 0;
};

/// What the image graph block is, at full resolution.
struct ImageGraphSpec {
  int heads = 0, features = 0, steps = 0;
  bool present() const { return heads > 0; }
};

/// Hyper-parameters of graph_mixture_net.
struct GraphMixtureSpec {
  ObservationKind observation = ObservationKind::Bayer;
  int channels = 3, width = 0, blocks = 0;
  std::vector<FeatureGraphSpec> feature_graphs;
  ImageGraphSpec image_graph;
  int fill_steps = 0;  ///< Mask only: thin_plate_fill() of the estimate before anything else
};

/// Which smoothness prior an unrolled reference network minimises.
enum class GraphPrior { Glr, Gtv };

/// Hyper-parameters of glr_net and gtv_net.
struct UnrolledGraphSpec {
  GraphPrior prior = GraphPrior::Glr;
  ObservationKind observation = ObservationKind::Bayer;
  int channels = 3, blocks = 0, layers = 0, steps = 0, heads = 0, features = 0, width = 0;
};

using Architecture = std::variant<GraphMixtureSpec, UnrolledGraphSpec>;

/// Reads the JSON text under tessera.architecture; every number is checked against sane limits.
/// Errors  BadCheckpoint, naming the key, what was expected and what was found; `name` stands
/// first.
Architecture architecture_from_json(const std::string& text, const std::string& name);

}  // namespace tessera::model
