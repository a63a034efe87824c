// SPDX-License-Identifier: MIT
#pragma once

#include <map>
#include <string>

#include "pipeline/fuse/fuse_inputs.h"
#include "tessera/fuse.h"

namespace tessera::pipeline {

/// Metadata of the fused checkpoint: the anchor's architecture, task and licence, a title, and
/// under tessera.fuse how it was made, with the recipes of inputs that were fused themselves. No
/// times, no machine: the same inputs give the same text. A recipe that grows beyond 64 kB leaves
/// the parents' recipes out and says so in `report.warnings`.
std::map<std::string, std::string> fused_metadata(const std::vector<FusionInput>& inputs,
                                                  const FuseOptions& options,
                                                  FuseReport& report);

/// SHA-256 of tensors by name, type, shape and bytes in name order: the same however a writer
/// ordered its file.
std::string tensors_digest(const fusion::TensorMap& tensors);

}  // namespace tessera::pipeline
