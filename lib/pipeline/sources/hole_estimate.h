// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <functional>

#include "tensor/tensor.h"
#include "tensor/workspace.h"

namespace tessera::pipeline {

/// The pull-push estimate of a whole picture with holes, given region by region: what is held is
/// the estimate at half resolution, a byte per sample. The finest level of the pyramid is computed
/// where it is needed.
/// Result  the same numbers as observation::pull_push_estimate over the whole picture.
class HoleEstimate {
 public:
  /// Reads samples (0 where missing) and mask of a region.
  using Read = std::function<void(
      Region region, TensorView<float> samples, TensorView<float> mask, Workspace& scratch)>;

  /// `shape`: of the picture, H and W even. The mask is the same for all channels.
  /// Errors  Refused when half-resolution planes do not fit into `memory` bytes.
  HoleEstimate(Shape shape, const Read& read, std::int64_t memory);

  /// Shapes  samples, mask, estimate (C, region.height, region.width).
  void fill(Region region,
            TensorView<const float> samples,
            TensorView<const float> mask,
            TensorView<float> estimate) const;
  /// Bytes held.
  std::int64_t bytes() const;

 private:
  void add_strip(Region strip,
                 TensorView<const float> samples,
                 TensorView<const float> mask,
                 TensorView<float> weights);

  Shape shape_;
  Tensor coarse_;  ///< (C, H / 2, W / 2)
};

}  // namespace tessera::pipeline
