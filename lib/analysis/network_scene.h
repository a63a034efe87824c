// SPDX-License-Identifier: MIT
#pragma once

#include "analysis/plane_map.h"
#include "model/network.h"
#include "model/trace.h"

namespace tessera::analysis {

/// A small picture as one network observes it, so that the network is a function of its samples:
/// the first estimate follows from them.
/// Threads  one at a time.
class NetworkScene {
 public:
  /// Shapes  samples, mask (C, H, W), C = network.channels(), H and W even and multiples of
  ///         network.size_multiple(), phase RGGB.
  NetworkScene(const model::Network& network, Tensor samples, Tensor mask);
  /// A noisy picture, all of which is known, or a noisy mosaic, as the network observes.
  /// Shapes  samples (C, H, W), sigma (1, H, W), H and W as above.  Units  sigma over white.
  static NetworkScene noisy(const model::Network& network, Tensor samples, Tensor sigma);

  Shape shape() const { return samples_.shape(); }
  TensorView<const float> samples() const { return samples_; }
  TensorView<const float> mask() const { return mask_; }
  const model::Network& network() const { return network_; }
  /// The level over white of a noisy picture (1, H, W); empty for pictures with missing samples.
  TensorView<const float> sigma() const { return sigma_; }
  /// The first estimate from these samples, as the pipeline makes it.
  Tensor estimate(TensorView<const float> samples) const;
  /// All stages on the whole picture; values outside the mask are ignored. The trace sees the
  /// stream "image" from the first estimate to the result.
  Tensor restore(TensorView<const float> samples, model::Trace* trace = nullptr);
  /// restore without a trace.
  PlaneMap restore_map();
  /// The part under `region`, whose coordinates and sides are such multiples.
  NetworkScene part(Region region) const;

 private:
  const model::Network& network_;
  Tensor samples_, mask_;
  Tensor sigma_;  ///< empty unless noisy
  Workspace scratch_;
};

}  // namespace tessera::analysis
