// SPDX-License-Identifier: MIT
#include "nn/pixel_passes.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstdint>

#include "base/assertion.h"
#include "base/machine/kernel_clones.h"

namespace tessera::nn {
namespace {

/// Numbers that are worked on side by side. Loops have this fixed length, or the compiler leaves
/// them scalar; sums run in so many lanes, which are added up in a fixed order at the end.
constexpr int kLanes = 16;
using Lanes = std::array<float, kLanes>;

/// Calls work(index, lane) for all indices. Always inlined: outside of a clone it would be compiled
/// for the oldest processor.
template <typename Work>
[[gnu::always_inline]] inline void in_lanes(int count, const Work& work) {
  int i = 0;
  for (; i + kLanes <= count; i += kLanes)
    for (int k = 0; k < kLanes; ++k) work(i + k, k);
  for (int k = 0; i + k < count; ++k) work(i + k, k);
}

inline float sum_of(const Lanes& lanes) {
  float sum = 0.0F;
  for (const float lane : lanes) sum += lane;
  return sum;
}

TESSERA_KERNEL_CLONES void normalise_rows(
    float* rows, int count, int width, const float* gain, const float* bias, float epsilon) {
  for (int r = 0; r < count; ++r, rows += width) {
    Lanes sums{}, squares{};
    in_lanes(width, [&](int i, int lane) { sums[lane] += rows[i]; });
    const float mean = sum_of(sums) / static_cast<float>(width);
    in_lanes(width, [&](int i, int lane) {
      const float x = rows[i] - mean;
      squares[lane] += x * x;
    });
    const float variance = sum_of(squares) / static_cast<float>(width);
    const float scale = 1.0F / std::sqrt(variance + epsilon);
    in_lanes(width, [&](int i, int) { rows[i] = (rows[i] - mean) * scale * gain[i] + bias[i]; });
  }
}

/// exp(x) for x <= 0 to two units in the last place; below -87 it is exp(-87).
/// Source  Cephes expf (Moshier 1989): 2^n exp(r), |r| <= log(2) / 2, a polynomial of degree 6.
[[gnu::always_inline]] inline float exponential(float x) {
  constexpr float kRounder = 12582912.0F;  // 1.5 * 2^23: adding it rounds to an integer
  x = x > -87.0F ? x : -87.0F;
  const float shifted = x * 1.44269504088896341F + kRounder;
  const float n = shifted - kRounder;
  const float r = (x - n * 0.693359375F) + n * 2.12194440e-4F;
  float p = 1.9875691500e-4F;
  p = p * r + 1.3981999507e-3F;
  p = p * r + 8.3334519073e-3F;
  p = p * r + 4.1665795894e-2F;
  p = p * r + 1.6666665459e-1F;
  p = p * r + 5.0000001201e-1F;
  const auto power = (std::bit_cast<std::uint32_t>(shifted) + 127U) << 23;
  return (p * r * r + r + 1.0F) * std::bit_cast<float>(power);
}

/// `offset` may be null.
TESSERA_KERNEL_CLONES void softmax_rows(
    float* scores, int count, int width, const float* bias, const float* offset) {
  for (int r = 0; r < count; ++r, scores += width, bias += width) {
    in_lanes(width, [&](int j, int) { scores[j] += bias[j]; });
    if (offset != nullptr) in_lanes(width, [&](int j, int) { scores[j] += offset[j]; });
    Lanes greatest;
    greatest.fill(scores[0]);
    in_lanes(width, [&](int j, int lane) {
      greatest[lane] = scores[j] > greatest[lane] ? scores[j] : greatest[lane];
    });
    const float largest = *std::max_element(greatest.begin(), greatest.end());
    int i = 0;
    for (; i + kLanes <= width; i += kLanes)
      for (int k = 0; k < kLanes; ++k) scores[i + k] = exponential(scores[i + k] - largest);
    for (; i < width; ++i) scores[i] = exponential(scores[i] - largest);
    Lanes sums{};
    in_lanes(width, [&](int j, int lane) { sums[lane] += scores[j]; });
    const float scale = 1.0F / sum_of(sums);
    in_lanes(width, [&](int j, int) { scores[j] *= scale; });
  }
}

/// The neighbours of one pixel inside the map, and their kernels.
struct Taps {
  std::array<const float*, 9> pixels, kernels;
  int count = 0;
};

/// relu(bias + sum over taps of kernel * pixel), channel by channel.
TESSERA_KERNEL_CLONES void filter_pixel(const Taps& taps,
                                        const float* bias,
                                        int channels,
                                        float* out) {
  int first = 0;
  for (; first + kLanes <= channels; first += kLanes) {
    Lanes sums;
    for (int k = 0; k < kLanes; ++k) sums[k] = bias[first + k];
    for (int t = 0; t < taps.count; ++t) {
      const float *pixel = taps.pixels[t] + first, *kernel = taps.kernels[t] + first;
      for (int k = 0; k < kLanes; ++k) sums[k] += kernel[k] * pixel[k];
    }
    for (int k = 0; k < kLanes; ++k) out[first + k] = sums[k] > 0.0F ? sums[k] : 0.0F;
  }
  for (int c = first; c < channels; ++c) {
    float sum = bias[c];
    for (int t = 0; t < taps.count; ++t) sum += taps.kernels[t][c] * taps.pixels[t][c];
    out[c] = sum > 0.0F ? sum : 0.0F;
  }
}

}  // namespace

void layer_norm(std::span<float> rows,
                std::span<const float> gain,
                std::span<const float> bias,
                float epsilon) {
  const auto width = gain.size();
  TESSERA_ASSERT(bias.size() == width && rows.size() % width == 0);
  normalise_rows(rows.data(), static_cast<int>(rows.size() / width), static_cast<int>(width),
                 gain.data(), bias.data(), epsilon);
}

void softmax(std::span<float> scores, std::span<const float> bias, std::span<const float> offset) {
  TESSERA_ASSERT(bias.size() == scores.size());
  const int all = static_cast<int>(scores.size());
  const int width = static_cast<int>(std::lround(std::sqrt(static_cast<double>(all))));
  TESSERA_ASSERT(width * width == all);
  TESSERA_ASSERT(offset.empty() || static_cast<int>(offset.size()) == width);
  softmax_rows(scores.data(), width, width, bias.data(), offset.empty() ? nullptr : offset.data());
}

void depthwise3x3_relu(TensorView<const float> map,
                       std::span<const float> kernels,
                       std::span<const float> bias,
                       Region region,
                       std::span<float> out) {
  const int rows = map.channels(), columns = map.height(), channels = map.width();
  TESSERA_ASSERT(static_cast<int>(bias.size()) == channels && kernels.size() == 9 * bias.size());
  float* pixel = out.data();
  for (int y = region.top; y < region.top + region.height; ++y)
    for (int x = region.left; x < region.left + region.width; ++x, pixel += channels) {
      Taps taps;
      for (int t = 0; t < 9; ++t) {
        const int row = y + t / 3 - 1, column = x + t % 3 - 1;
        if (row < 0 || row >= rows || column < 0 || column >= columns) continue;
        taps.pixels[taps.count] = map.row(row, column);
        taps.kernels[taps.count++] = kernels.data() + static_cast<std::size_t>(t) * bias.size();
      }
      filter_pixel(taps, bias.data(), channels, pixel);
    }
}

}  // namespace tessera::nn
