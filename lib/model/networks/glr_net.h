// SPDX-License-Identifier: MIT
#pragma once

#include <vector>

#include "model/blocks/unrolled_block.h"

namespace tessera::model {

/// Unrolled graph Laplacian regularisation: each block learns one graph per head and, from a warm
/// start, solves (L + rho_t H'H) x = rho_t H'y by learned CG in each of its layers t.
/// Source  Do et al., NeurIPS 2024 (arXiv 2406.04090).
class GlrNet final : public Network {
 public:
  GlrNet(const UnrolledGraphSpec& spec, const checkpoint::Weights& weights);

  int channels() const override { return spec_.channels; }
  ObservationKind observation() const override { return spec_.observation; }
  bool reads_sigma() const override { return false; }
  int stage_count() const override { return spec_.blocks; }
  StageNeeds needs(int stage) const override;
  void run(int stage, const Observed& in, TensorView<float> out, Workspace& scratch) const override;

 private:
  struct Block {
    UnrolledBlock common;
    std::vector<float> rho;                   ///< by layer
    std::vector<std::vector<CgSteps>> steps;  ///< [layer][head][step]
  };

  UnrolledGraphSpec spec_;
  std::vector<Block> blocks_;
};

}  // namespace tessera::model
