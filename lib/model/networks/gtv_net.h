// SPDX-License-Identifier: MIT
#pragma once

#include <vector>

#include "model/blocks/unrolled_block.h"

namespace tessera::model {

/// Unrolled graph total variation: each block learns one graph per head and runs one ADMM iteration
/// a layer on  min 1'z  s.t.  z >= Cx, z >= -Cx, Hx = y,  its x-update
///   (C'C + rho_t/2 H'H) x = 1/2 C'[(n1 - p1) - (n2 - p2)] + rho_t/2 H'(y - c)
/// by learned CG from the previous x. Two signed vectors per edge, t1 and t2, carry slacks and
/// multipliers at once: n = min(0, t) gamma_prev/gamma is the multiplier's part, p = max(0, t) the
/// slack's.
/// Source  Do et al., NeurIPS 2024 (arXiv 2406.04090); the two-vector form is equivalent to its
///         four slacks and multipliers (tests/solver).
class GtvNet final : public Network {
 public:
  GtvNet(const UnrolledGraphSpec& spec, const checkpoint::Weights& weights);

  int channels() const override { return spec_.channels; }
  ObservationKind observation() const override { return spec_.observation; }
  bool reads_sigma() const override { return false; }
  int stage_count() const override { return spec_.blocks; }
  StageNeeds needs(int stage) const override;
  void run(int stage, const Observed& in, TensorView<float> out, Workspace& scratch) const override;

 private:
  struct Block {
    UnrolledBlock common;
    std::vector<float> rho, gamma;            ///< by layer
    std::vector<std::vector<CgSteps>> steps;  ///< [layer][head][step]
  };
  struct State;

  void solve_head(const Block& block,
                  int head,
                  const Observed& in,
                  TensorView<const float> weights,
                  TensorView<float> x_g,
                  State& state,
                  Workspace& scratch) const;

  void denoise_head(const Block& block,
                    int head,
                    const Observed& in,
                    TensorView<const float> weights,
                    TensorView<float> x_g,
                    State& state,
                    Workspace& scratch) const;

  UnrolledGraphSpec spec_;
  std::vector<Block> blocks_;
};

}  // namespace tessera::model
