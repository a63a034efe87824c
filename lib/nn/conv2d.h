// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <span>
#include <string>

#include "nn/feature_map.h"

namespace tessera::nn {

enum class Activation { None, Relu, LeakyRelu };

/// How a convolution is computed. Auto: the fastest measured one that meets the error law
/// (1e-5 relative) and gives the same pixels for every tile shape.
enum class ConvAlgorithm { Auto, Direct, Winograd, Bf16 };

/// What one convolution is.
struct ConvSpec {
  int in_channels = 0, out_channels = 0;
  int kernel = 3;                ///< 1 or 3; padding dilation * (kernel / 2), zeros
  int dilation = 1;
  Activation activation = Activation::None;
  float leaky_slope = 0.0F;      ///< LeakyRelu only
  bool adds_residual = false;    ///< output = activation(conv(x) + bias) + residual
  ConvAlgorithm algorithm = ConvAlgorithm::Auto;
};

/// A convolution with fixed weights, executed by oneDNN.
///
/// Shapes   weights (out, in, k, k) row-major; bias (out) or empty.
/// Threads  const use from many threads at once; primitives are cached per input size behind a lock.
/// Result   the same numbers for a pixel wherever a tile starts, as long as tiles start on kTileGrid.
class Conv2d {
 public:
  Conv2d(const ConvSpec& spec, std::span<const float> weights, std::span<const float> bias);
  ~Conv2d();
  Conv2d(Conv2d&&) noexcept;
  Conv2d& operator=(Conv2d&&) noexcept;

  const ConvSpec& spec() const;
  /// out = activation(conv(in) + bias) [+ residual].  out may be the residual's map, not `in`'s.
  /// Shapes  in (in_channels, H, W), out (out_channels, H, W).
  void forward(const FeatureMap& in, FeatureMap& out, const FeatureMap* residual = nullptr) const;
  /// Name oneDNN gives the implementation chosen for this size, e.g. "jit_wino_4x3:avx512_core".
  std::string implementation(int height, int width) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// Tiles start at multiples of this many feature-map pixels, so that Winograd tiles coincide.
inline constexpr int kTileGrid = 12;

/// Lets each convolution of the calling thread use `threads` threads inside (1 in workers).
void set_threads_inside(int threads);

}  // namespace tessera::nn
