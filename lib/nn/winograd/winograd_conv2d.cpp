// SPDX-License-Identifier: MIT
#include "nn/winograd/winograd_conv2d.h"

#include <algorithm>
#include <array>
#include <vector>

#include "base/assertion.h"
#include "base/rounding.h"
#include "base/threads/threads_inside.h"
#include "nn/vectors/vectors.h"

namespace tessera::nn {
namespace {

using winograd::kProducts;
using winograd::kTile;
using winograd::kWindow;

constexpr int kTaps = 3;
/// What the matrices of the tiles that are computed at a time may take of a core's second-level
/// cache, where the weights should stay as well; 300 to 640 KiB made no difference on one of 1 MiB.
constexpr std::size_t kMatrixBytes = std::size_t{256} << 10;
/// Between matrices, so that the 36 places of a number do not fall into one set of a cache.
constexpr int kGap = 16;

const winograd::TileKernel* kernel() {
#ifdef TESSERA_X86_KERNELS
  if (channel_block() == 16) return &winograd::kAvx512Kernel;
  if (has_avx2_fma()) return &winograd::kAvx2Kernel;
#endif
  return nullptr;
}

/// Numbers of two kernels side by side, in a register that every x86-64 has.
using Pair = double __attribute__((vector_size(2 * sizeof(double))));
constexpr int kPair = 2;
Pair both(double number) { return Pair{number, number}; }

/// Numbers for each of a tile's six products along an axis.
using Six = std::array<Pair, kWindow>;

/// G' of F(4, 3): the column of point p is (1, p, p^2) over the derivative at p of the product of
/// all (x - point), that of infinity (0, 0, 1).
std::array<Six, kTaps> tap_transform() {
  const double a = winograd::kPointA, b = winograd::kPointB;
  const std::array<double, kWindow - 1> points{0.0, a, -a, b, -b};
  std::array<Six, kTaps> rows{};
  for (std::size_t i = 0; i < points.size(); ++i) {
    double derivative = 1.0;
    for (std::size_t k = 0; k < points.size(); ++k)
      if (k != i) derivative *= points[i] - points[k];
    rows[0][i] = both(1.0 / derivative);
    rows[1][i] = both(points[i] / derivative);
    rows[2][i] = both(points[i] * points[i] / derivative);
  }
  rows[2].back() = both(1.0);
  return rows;
}

/// G w G' of 3x3 taps: along y first, then along x.
std::array<Pair, kProducts> transformed_taps(const std::array<Six, kTaps>& transform,
                                             const std::array<Pair, kTaps * kTaps>& taps) {
  std::array<Six, kTaps> along_y{};
  for (int x = 0; x < kTaps; ++x)
    for (int i = 0; i < kWindow; ++i)
      for (int y = 0; y < kTaps; ++y) along_y[x][i] += transform[y][i] * taps[y * kTaps + x];
  std::array<Pair, kProducts> numbers{};
  for (int i = 0; i < kWindow; ++i)
    for (int j = 0; j < kWindow; ++j)
      for (int x = 0; x < kTaps; ++x) numbers[i * kWindow + j] += along_y[x][i] * transform[x][j];
  return numbers;
}

/// Floats before those of output channel `o`, input channel 0, in one matrix of weights, and from
/// one input channel to the next.
struct WeightPlace {
  std::size_t first, step;
};

WeightPlace weight_place(int o, const ConvSpec& spec, const winograd::TileKernel& kernel) {
  const int block = kernel.block, wanted = o / block;
  int begin = 0, left = padded_channels(spec.out_channels) / block;
  int width = group_width(left, kernel.max_group);
  while (begin + width <= wanted) {
    begin += width;
    left -= width;
    width = group_width(left, kernel.max_group);
  }
  return {static_cast<std::size_t>(spec.in_channels) * begin * block + o - begin * block,
          static_cast<std::size_t>(width) * block};
}

LastingNumbers packed_weights(const ConvSpec& spec,
                              std::span<const float> weights,
                              const winograd::TileKernel& kernel) {
  const std::size_t matrix =
      static_cast<std::size_t>(spec.in_channels) * padded_channels(spec.out_channels);
  LastingNumbers packed = lasting_zeros(kProducts * matrix);
  const std::array<Six, kTaps> transform = tap_transform();
  const int channels = spec.out_channels;
  // The number of output channel `o` for one tap of the kernel from input channel c, 0 beyond all.
  const auto weight = [&](int o, int c, int tap) {
    const std::size_t pair = static_cast<std::size_t>(o) * spec.in_channels + c;
    return o < channels ? weights[pair * kTaps * kTaps + tap] : 0.0F;
  };
  // Blocks hold a whole number of pairs.
  for (int o = 0; o < channels; o += kPair) {
    const WeightPlace place = weight_place(o, spec, kernel);
    for (int c = 0; c < spec.in_channels; ++c) {
      std::array<Pair, kTaps * kTaps> taps;
      for (int t = 0; t < kTaps * kTaps; ++t) taps[t] = Pair{weight(o, c, t), weight(o + 1, c, t)};
      const std::array<Pair, kProducts> numbers = transformed_taps(transform, taps);
      float* target = packed.get() + place.first + c * place.step;
      for (int product = 0; product < kProducts; ++product, target += matrix) {
        target[0] = static_cast<float>(numbers[product][0]);
        target[1] = static_cast<float>(numbers[product][1]);
      }
    }
  }
  return packed;
}

int tiles_of(const winograd::Maps& maps) {
  return winograd::tiles_along(maps.height) * winograd::tiles_along(maps.width);
}

/// The tiles of a map, so many in each part but the last.
class Parts {
 public:
  Parts(const winograd::Maps& maps, int each) : tiles_(tiles_of(maps)), each_(each) {}
  int count() const { return (tiles_ + each_ - 1) / each_; }
  /// Empty behind the last part.
  winograd::TileRange operator[](int index) const {
    const int first = std::min(index * each_, tiles_);
    return {first, std::min(each_, tiles_ - first)};
  }

 private:
  int tiles_, each_;
};

/// Tiles at a time: as many whole groups as the cache holds, but two at least.
int tiles_at_a_time(const ConvSpec& spec, const winograd::TileKernel& kernel) {
  const std::size_t channels =
      padded_channels(spec.in_channels) + padded_channels(spec.out_channels);
  const auto fitting = static_cast<int>(kMatrixBytes / (kProducts * sizeof(float) * channels));
  return std::max(2, fitting / kernel.rows) * kernel.rows;
}

}  // namespace

bool WinogradConv2d::is_possible() { return kernel() != nullptr; }

WinogradConv2d::WinogradConv2d(const ConvSpec& spec,
                               std::span<const float> weights,
                               std::span<const float> bias)
    : kernel_(*kernel()),
      spec_(spec),
      tiles_(tiles_at_a_time(spec, kernel_)),
      weights_(packed_weights(spec, weights, kernel_)),
      bias_(lasting_zeros(padded_channels(spec.out_channels))) {
  TESSERA_ASSERT(spec.kernel == kTaps && spec.dilation == 1);
  TESSERA_ASSERT(weights.size() ==
                 static_cast<std::size_t>(spec.in_channels) * spec.out_channels * kTaps * kTaps);
  TESSERA_ASSERT(bias.empty() || static_cast<int>(bias.size()) == spec.out_channels);
  std::copy(bias.begin(), bias.end(), bias_.get());
}

std::string WinogradConv2d::implementation() const { return kernel_.name; }

winograd::TileMatrices WinogradConv2d::matrices() const {
  const std::size_t inputs = static_cast<std::size_t>(tiles_) * padded_channels(spec_.in_channels);
  const std::size_t sums = static_cast<std::size_t>(tiles_) * padded_channels(spec_.out_channels);
  return {.inputs_stride = inputs + kGap, .sums_stride = sums + kGap};
}

std::size_t WinogradConv2d::scratch_bytes() const {
  const winograd::TileMatrices needed = matrices();
  return kProducts * (needed.inputs_stride + needed.sums_stride) * sizeof(float);
}

winograd::Layer WinogradConv2d::layer() const {
  return {.in_channels = spec_.in_channels,
          .in_blocks = padded_channels(spec_.in_channels) / kernel_.block,
          .out_blocks = padded_channels(spec_.out_channels) / kernel_.block,
          .weights = weights_.get(),
          .bias = bias_.get(),
          .rectifies = spec_.activation != Activation::None,
          .slope = negative_slope(spec_)};
}

// A part is of whole groups.
int WinogradConv2d::tiles_per_call(int tiles, int threads) const {
  const int wanted = base::rounded_up((tiles + tiles_ - 1) / tiles_, threads);
  return base::rounded_up((tiles + wanted - 1) / wanted, kernel_.rows);
}

void WinogradConv2d::convolve(const winograd::Maps& maps,
                              winograd::TileRange now,
                              winograd::TileRange next) const {
  winograd::TileMatrices own = matrices();
  own.inputs = static_cast<float*>(worker_memory().scratchpad.take(scratch_bytes()));
  own.sums = own.inputs + kProducts * own.inputs_stride;
  kernel_.convolve(layer(), maps, now, next, own);
}

winograd::Maps WinogradConv2d::maps_of(const FeatureMap::Impl& in,
                                       const FeatureMap::Impl& out,
                                       const FeatureMap::Impl* residual) const {
  TESSERA_ASSERT(in.format == kBlockedF32 && in.shape.channels == spec_.in_channels);
  TESSERA_ASSERT(residual == nullptr || residual->format == kBlockedF32);
  const auto numbers = [](const FeatureMap::Impl& map) {
    return static_cast<float*>(map.buffer.data());
  };
  return {.height = in.shape.height,
          .width = in.shape.width,
          .in_rows = in.shape.height,
          .out_rows = in.shape.height,
          .in = numbers(in),
          .residual = residual == nullptr ? nullptr : numbers(*residual),
          .out = numbers(out)};
}

void WinogradConv2d::forward(const FeatureMap::Impl& in,
                             FeatureMap::Impl& out,
                             const FeatureMap::Impl* residual) const {
  out.reset({spec_.out_channels, in.shape.height, in.shape.width}, kBlockedF32);
  const winograd::Maps maps = maps_of(in, out, residual);
  const int threads = base::threads_inside();
  const Parts parts(maps, tiles_per_call(tiles_of(maps), threads));
  base::for_each_in_turn_inside(parts.count(), [&](int index) {
    // What this thread does next is what no other will have begun by then, if they are as fast.
    convolve(maps, parts[index], parts[index + threads]);
  });
}

void forward_sum(const WinogradConv2d& first,
                 const FeatureMap::Impl& in,
                 const WinogradConv2d& second,
                 const FeatureMap::Impl& more,
                 FeatureMap::Impl& out) {
  out.reset({first.spec().out_channels, in.shape.height, in.shape.width}, kBlockedF32);
  winograd::Maps maps = first.maps_of(in, out, nullptr);
  maps.is_read_next = true;
  const winograd::Maps rest = second.maps_of(more, out, &out);
  const int threads = base::threads_inside(), tiles = tiles_of(maps);
  const Parts parts(
      maps, std::min(first.tiles_per_call(tiles, threads), second.tiles_per_call(tiles, threads)));
  base::for_each_in_turn_inside(parts.count(), [&](int index) {
    const winograd::TileRange now = parts[index], next = parts[index + threads];
    first.convolve(maps, now, next);
    second.convolve(rest, now, next);
  });
}

}  // namespace tessera::nn
