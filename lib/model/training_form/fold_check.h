// SPDX-License-Identifier: MIT
#pragma once

#include "model/training_form/training_block.h"

namespace tessera::model {

/// How far a folded convolution is from the block it came from, over all probes.
struct FoldCheck {
  double border = 0.0;           ///< max |d| of the runtime in fp32, pixels that see the edge
  double interior = 0.0;         ///< likewise, all others
  double relative_double = 0.0;  ///< max |d| / max |y|, the folded form in double
  double relative_single = 0.0;  ///< max |d| / max(1, max |y|), the runtime in fp32
  bool passed = true;
};

/// Largest errors that are rounding: in double relative to max |y|, in fp32 to max(1, max |y|).
inline constexpr double kDoubleTolerance = 1e-10, kSingleTolerance = 1e-5;

/// The probes: noise in odd and tiny sizes (1x1, 1x5, 2x2, smaller than the kernel), the constants
/// 0, 0.5 and 1, impulses in the middle and in all corners, a picture of ramps and edges.
/// Shapes  each (channels, H, W).
std::vector<Planes> fold_probes(int channels);

/// Runs the block as it was trained, in double, against `folded` in double and as the runtime
/// computes it in fp32, whole and in tiles. Live gates behind the block are applied to both.
/// Requires  folded with groups 1, zero padding, a square kernel of 1 or 3.
FoldCheck check_fold(const TrainingBlock& block, const AffineConv& folded);

}  // namespace tessera::model
