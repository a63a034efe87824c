// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "fusion/correction/activation_moments.h"
#include "fusion/operators/operator_graph.h"
#include "model/network.h"
#include "tessera/checkpoint.h"
#include "tessera/fuse.h"

namespace tessera::pipeline {

/// One checkpoint to be fused, checked.
struct FusionInput {
  std::filesystem::path file;
  Checkpoint checkpoint;
  std::unique_ptr<model::Network> network;
  fusion::OperatorGraph graph;
  fusion::TensorMap tensors;
  std::map<std::string, std::string> metadata;

  fusion::RunnableNetwork runnable() const { return {graph, tensors, metadata}; }
};

/// Opens a checkpoint and builds its network.
/// Errors  BadCheckpoint: damaged, quantised, not finite, an architecture that cannot be fused.
FusionInput fusion_input(const std::filesystem::path& file);

/// The network of tensors in memory.
std::unique_ptr<model::Network> network_of(const fusion::TensorMap& tensors,
                                           const std::map<std::string, std::string>& metadata,
                                           const std::string& name);

/// The names given, or file names where there is none; where two are equal, all with their numbers
/// before them: "1 model.safetensors".
std::vector<std::string> distinct_names(const std::vector<std::filesystem::path>& files,
                                        std::vector<std::string> names);

/// Whether all inputs have the same tensors of the same shapes.
bool same_shapes(const std::vector<FusionInput>& inputs);

/// The tensors for which each rule holds: those that it matches and no rule before it does.
/// Errors  InvalidArgument when a pattern matches none at all.
std::vector<std::set<std::string>> tensors_by_rule(const fusion::TensorMap& tensors,
                                                   const std::vector<FuseRule>& rules);

/// The only input with a weight above 0, if there is just one.
std::optional<std::size_t> sole_input(const FuseOptions& options);

/// The input whose channels stay: as asked for, the last, or with a warning the smallest where
/// widths differ.
std::size_t anchor_of(const std::vector<FusionInput>& inputs,
                      const FuseOptions& options,
                      std::vector<std::string>& warnings);

/// Values in all tensors together.
std::int64_t parameter_count(const fusion::TensorMap& tensors);

/// Checks that the inputs can be fused: same architecture, task and depth; where they are not
/// aligned (`widths_may_differ` false) the same shapes.
/// Errors  BadCheckpoint listing every mismatch with both shapes, in one line.
void require_fusible(const std::vector<FusionInput>& inputs, bool widths_may_differ);

}  // namespace tessera::pipeline
