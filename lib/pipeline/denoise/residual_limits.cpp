// SPDX-License-Identifier: MIT
#include "pipeline/denoise/residual_limits.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <type_traits>
#include <utility>
#include <vector>

#include "image/sample_types.h"

namespace tessera::pipeline {
namespace {

/// Chosen on held-back pictures, both: models/experiments/odd-pictures.md.
constexpr float kLargestDeviation = 4.0F;
constexpr float kEnergyDeviations = 5.0F;

constexpr int kBlock = 4;

/// The first of the three blocks nearest to one, and the one behind the last; of `count` in all.
std::pair<int, int> around(int block, int count) {
  const int first = std::clamp(block - 1, 0, std::max(count - 3, 0));
  return {first, std::min(first + 3, count)};
}

/// For each block of a picture, row by row: how many of its pixels count, then for each channel the
/// sum of their (residual / sigma)^2.
class BlockEnergies {
 public:
  explicit BlockEnergies(const Image& picture)
      : rows_((picture.height() + kBlock - 1) / kBlock),
        columns_((picture.width() + kBlock - 1) / kBlock),
        stride_(picture.channels() + 1),
        values_(static_cast<std::size_t>(rows_) * columns_ * stride_) {}

  int rows() const { return rows_; }
  int columns() const { return columns_; }
  float* block(int row, int column) {
    return &values_[(static_cast<std::size_t>(row) * columns_ + column) * stride_];
  }

  /// By how much the residual of one channel of a block is to be multiplied.
  float share_of_noise(int row, int column, int channel) const {
    float count = 0.0F, energy = 0.0F;
    const auto [top, bottom] = around(row, rows_);
    const auto [left, right] = around(column, columns_);
    for (int y = top; y < bottom; ++y)
      for (int x = left; x < right; ++x) {
        const float* values = &values_[(static_cast<std::size_t>(y) * columns_ + x) * stride_];
        count += values[0];
        energy += values[1 + channel];
      }
    const float most = count + kEnergyDeviations * std::sqrt(2.0F * count);
    return energy > most ? most / energy : 1.0F;
  }

 private:
  int rows_, columns_, stride_;
  std::vector<float> values_;
};

/// The sample nearest to `restored` that is no further than `reach` from `noisy`.
template <typename T>
T within_reach(T restored, T noisy, float reach) {
  if constexpr (std::is_floating_point_v<T>)
    return std::clamp(restored, noisy - reach, noisy + reach);
  const int whole = static_cast<int>(reach);
  return static_cast<T>(std::clamp<int>(restored, noisy - whole, noisy + whole));
}

template <typename T>
T moved_by(T noisy, T restored, float share) {
  const float moved = noisy - share * (static_cast<float>(noisy) - static_cast<float>(restored));
  if constexpr (std::is_floating_point_v<T>) return moved;
  return static_cast<T>(moved + 0.5F);
}

/// Limits each sample of a row of pixels and adds what is left to the energies of their blocks.
template <typename T>
void limit_samples(
    const Image& noisy, const NoiseLevel& level, int y, Image& result, BlockEnergies& energies) {
  const int channels = noisy.channels();
  const float unit = noisy.max_value() / static_cast<float>(kWhite8bit);
  const T* alpha = noisy.has_alpha() ? noisy.alpha_row<T>(y) : nullptr;
  const T* from = noisy.colour_row<T>(y);
  T* to = result.colour_row<T>(y);
  for (int x = 0; x < noisy.width(); ++x) {
    const float sigma = level.at(y, x) * unit;
    const bool untouched =
        sigma < std::numeric_limits<float>::min() || (alpha != nullptr && alpha[x] == T{0});
    const float inverse = untouched ? 0.0F : 1.0F / sigma;
    float* energy = energies.block(y / kBlock, x / kBlock);
    if (!untouched) energy[0] += 1.0F;
    for (int c = 0; c < channels; ++c) {
      const int k = x * channels + c;
      to[k] = untouched ? from[k] : within_reach(to[k], from[k], kLargestDeviation * sigma);
      const float residual = (static_cast<float>(from[k]) - static_cast<float>(to[k])) * inverse;
      energy[1 + c] += residual * residual;
    }
  }
}

template <typename T>
void limit_block(const Image& noisy, int row, int column, int channel, float share, Image& result) {
  const int channels = noisy.channels();
  for (int y = row * kBlock; y < std::min((row + 1) * kBlock, noisy.height()); ++y) {
    const T* from = noisy.colour_row<T>(y);
    T* to = result.colour_row<T>(y);
    for (int x = column * kBlock; x < std::min((column + 1) * kBlock, noisy.width()); ++x) {
      const int k = x * channels + channel;
      if (to[k] != from[k]) to[k] = moved_by(from[k], to[k], share);
    }
  }
}

}  // namespace

void limit_residual(const Image& noisy,
                    const NoiseLevel& level,
                    base::ThreadPool& pool,
                    Image& result) {
  BlockEnergies energies(noisy);
  image::with_sample_type(noisy.type(), [&]<typename T>(T) {
    pool.for_each(energies.rows(), [&](int row, int) {
      for (int y = row * kBlock; y < std::min((row + 1) * kBlock, noisy.height()); ++y)
        limit_samples<T>(noisy, level, y, result, energies);
    });
    pool.for_each(energies.rows(), [&](int row, int) {
      for (int column = 0; column < energies.columns(); ++column)
        for (int c = 0; c < noisy.channels(); ++c) {
          const float share = energies.share_of_noise(row, column, c);
          if (share < 1.0F) limit_block<T>(noisy, row, column, c, share, result);
        }
    });
  });
}

double residual_limits_bytes(const Image& noisy) {
  const auto blocks = [](int extent) { return (extent + kBlock - 1) / kBlock; };
  return sizeof(float) * (1.0 + noisy.channels()) * blocks(noisy.width()) * blocks(noisy.height());
}

}  // namespace tessera::pipeline
