// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>

#include "nn/feature_map.h"

namespace tessera::nn {

enum class Activation { None, Relu, LeakyRelu };

/// How a convolution is computed.
///
/// Auto      Winograd where it can be used and there are at least kWinogradChannels input
///           channels, else Direct: measured, the faster of the two (tests/bench/conv_bench.cpp).
/// Direct    fp32, products in the order of the definition; pointwise by kernels of our own.
/// Winograd  fp32, tiles of 4x4 outputs (winograd/winograd_conv2d.h); 3x3 without dilation on
///           processors with AVX-512 or AVX2, elsewhere it means Direct.
/// Bf16      weights and inputs rounded to bf16, sums in fp32.
enum class ConvAlgorithm { Auto, Direct, Winograd, Bf16 };

/// What one convolution is.
struct ConvSpec {
  int in_channels = 0, out_channels = 0;
  int kernel = 3;  ///< 1 or 3; padding dilation * (kernel / 2), zeros
  int dilation = 1;
  Activation activation = Activation::None;
  float leaky_slope = 0.0F;    ///< LeakyRelu only
  bool adds_residual = false;  ///< output = activation(conv(x) + bias) + residual
  ConvAlgorithm algorithm = ConvAlgorithm::Auto;
};

/// What negative sums are multiplied by; of no meaning without an activation.
constexpr float negative_slope(const ConvSpec& spec) {
  return spec.activation == Activation::LeakyRelu ? spec.leaky_slope : 0.0F;
}

/// Auto takes Winograd from this many input channels on. Measured against Direct to 48 outputs, of
/// one thread: as fast at 3, 1.1 times at 4, 2.1 at 12, 2.3 at 16, 2.6 at 48 (AMD EPYC, AVX-512).
inline constexpr int kWinogradChannels = 8;

/// A pointwise convolution of more input channels is computed in fp32 whatever the algorithm:
/// oneDNN cuts longer sums depending on the size of the map, and tiles would round otherwise than
/// the whole map.
inline constexpr int kPointwiseChannels = 80;

/// Tile origins, and tile ends that are not the map's own right or bottom end, lie on multiples of
/// this many feature-map pixels, so that the 4x4 tiles of Winograd coincide.
inline constexpr int kTileGrid = 4;

/// A convolution with fixed weights, executed by oneDNN unless it is Winograd's or pointwise.
///
/// Shapes   weights (out, in, k, k) row-major; bias (out) or empty.
/// Result   a pixel has the same bits whatever tile it is computed in and however many threads
///          compute it, when tiles begin and end on kTileGrid (or where the map does) and the pixel
///          is at least border_after() pixels away from each side where a tile was cut.
/// Threads  const use from many threads at once; primitives and reordered weights are cached per
///          input size behind a lock.
/// Cost     scratch memory is the calling thread's, kept for its next convolution.
class Conv2d {
 public:
  /// Errors  Refused: Bf16 on a processor without native bf16.
  Conv2d(const ConvSpec& spec, std::span<const float> weights, std::span<const float> bias);
  ~Conv2d();
  Conv2d(Conv2d&&) noexcept;
  Conv2d& operator=(Conv2d&&) noexcept;

  const ConvSpec& spec() const;
  /// What Auto became: Direct, Winograd or Bf16.
  ConvAlgorithm algorithm() const;
  /// out = activation(conv(in) + bias) [+ residual].  out may be the residual's map, not `in`'s.
  /// With Bf16 the output is held in bf16, except that it keeps the residual's type: a residual
  /// stream that began in fp32 stays there.
  /// Shapes  in (in_channels, H, W), out (out_channels, H, W).
  void forward(const FeatureMap& in, FeatureMap& out, const FeatureMap* residual = nullptr) const;
  /// A side of a tile was cut there; the outermost `border` pixels of the input differ from the
  /// whole map's. How many pixels of the output differ then, in value or in rounding. A direct 3x3
  /// adds 1; Winograd adds 1 and 3 in turn, because the rounding of a pixel depends on its whole
  /// 4x4 tile. A network feeds 0 through all its layers and asks the runner for the result.
  int border_after(int border) const;
  /// What runs at this size: "winograd_4x4:avx512", "pointwise:avx2", or oneDNN's name, e.g.
  /// "jit:avx512_core".
  std::string implementation(int height, int width) const;
  /// Bytes of scratch memory the calling thread would keep for this size.
  std::size_t scratch_bytes(int height, int width) const;

 private:
  friend void add_residual(const Conv2d&, const Conv2d&, FeatureMap&);
  friend void forward_sum(
      const Conv2d&, const FeatureMap&, const Conv2d&, const FeatureMap&, FeatureMap&);
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// h += second(first(h)), with the bits of one forward() after the other. Where both are Winograd's
/// and h is large they run hand in hand, so that what lies between them stays in the caches.
/// Requires  both from as many channels to as many as h has; second.spec().adds_residual.
void add_residual(const Conv2d& first, const Conv2d& second, FeatureMap& h);

/// out = first(in) + second(more), with the bits of one forward() after the other.
/// Requires  maps of one size, `out` none of them; second.spec().adds_residual.
void forward_sum(const Conv2d& first,
                 const FeatureMap& in,
                 const Conv2d& second,
                 const FeatureMap& more,
                 FeatureMap& out);

}  // namespace tessera::nn
