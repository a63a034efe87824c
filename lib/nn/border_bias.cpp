// SPDX-License-Identifier: MIT
#include "nn/border_bias.h"

#include <array>
#include <vector>

#include "base/assertion.h"
#include "nn/feature_map_impl.h"

namespace tessera::nn {
namespace {

/// Which of the outer taps along one axis lie outside.
enum Missing { kNone = 0, kFirst = 1, kLast = 2, kBoth = 3 };
constexpr int kCases = 4;

int missing_at(int position, int extent, int reach) {
  return (position < reach ? kFirst : kNone) | (position >= extent - reach ? kLast : kNone);
}

bool is_missing(int tap, int which) {
  return (tap == 0 && (which & kFirst) != 0) || (tap == 2 && (which & kLast) != 0);
}

/// For each case of rows and columns, what every channel has too much.
std::array<std::vector<float>, kCases * kCases> excesses(std::span<const float> taps,
                                                         int channels) {
  std::array<std::vector<float>, kCases * kCases> all;
  for (int rows = 0; rows < kCases; ++rows)
    for (int columns = 0; columns < kCases; ++columns) {
      auto& excess = all[static_cast<std::size_t>(rows * kCases + columns)];
      for (int c = 0; c < channels; ++c) {
        float sum = 0.0F;
        for (int i = 0; i < 3; ++i)
          for (int j = 0; j < 3; ++j)
            if (is_missing(i, rows) || is_missing(j, columns)) sum += taps[(c * 3 + i) * 3 + j];
        excess.push_back(sum);
      }
    }
  return all;
}

}  // namespace

void subtract_missing_taps(FeatureMap& map, std::span<const float> taps, int kernel, int dilation) {
  if (kernel == 1) return;
  FeatureMap::Impl& impl = map.impl();
  const int channels = impl.shape.channels, height = impl.shape.height, width = impl.shape.width;
  TESSERA_ASSERT(kernel == 3 && taps.size() == static_cast<std::size_t>(channels) * 9);
  TESSERA_ASSERT(impl.format.type == dnnl::memory::data_type::f32);
  const auto excess = excesses(taps, channels);
  const int block = impl.format.layout == Layout::Blocked ? channel_block() : 1;
  auto* values = static_cast<float*>(impl.buffer.data());
  const auto correct = [&](int y, int x, const std::vector<float>& too_much) {
    const std::size_t pixel = static_cast<std::size_t>(y) * width + x;
    for (int c = 0; c < channels; ++c)
      values[(c / block * impl.shape.plane() + pixel) * block + c % block] -=
          too_much[static_cast<std::size_t>(c)];
  };
  for (int y = 0; y < height; ++y) {
    const int rows = missing_at(y, height, dilation);
    for (int x = 0; x < width; ++x) {
      const int columns = missing_at(x, width, dilation);
      // From the left ring straight to the right one.
      if (rows == kNone && columns == kNone)
        x = width - dilation - 1;
      else
        correct(y, x, excess[static_cast<std::size_t>(rows * kCases + columns)]);
    }
  }
}

}  // namespace tessera::nn
