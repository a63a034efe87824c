// SPDX-License-Identifier: MIT
#include "pipeline/denoise/residual_limits.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <type_traits>
#include <utility>
#include <vector>

#include "base/assertion.h"
#include "image/sample_types.h"

namespace tessera::pipeline {
namespace {

/// Chosen on held-back pictures, both: models/experiments/odd-pictures.md.
constexpr float kLargestDeviation = 4.0F;
constexpr float kEnergyDeviations = 5.0F;

constexpr int kBlock = 4;

int blocks_along(int extent) { return (extent + kBlock - 1) / kBlock; }

/// The rows (or columns) of a block, of `extent` in all: the last one reaches back over the one
/// before it where four are not left, so that all have as many.
std::pair<int, int> block_span(int block, int extent) {
  const int first = std::max(std::min(kBlock * block, extent - kBlock), 0);
  return {first, std::min(first + kBlock, extent)};
}

/// The three blocks nearest to one, of `count` in all: the first, and the one behind the last.
std::pair<int, int> blocks_around(int block, int count) {
  const int first = std::clamp(block - 1, 0, std::max(count - 3, 0));
  return {first, std::min(first + 3, count)};
}

/// What may be taken from each sample of one row: how much, and the squares that were.
struct RowLimits {
  explicit RowLimits(std::size_t samples)
      : reach(samples), inverse(samples), counts(samples), squares(samples) {}

  std::vector<float> reach;    ///< in the picture's units; 0 where nothing may change
  std::vector<float> inverse;  ///< 1 / sigma, and 0 there
  std::vector<float> counts;   ///< 1 where the residual tells of noise, else 0
  std::vector<float> squares;  ///< (residual / sigma)^2
};

template <typename T>
void set_reach(const Image& noisy, const NoiseLevel& level, int y, RowLimits& row) {
  const int channels = noisy.channels();
  const float unit = noisy.max_value() / static_cast<float>(kWhite8bit);
  const T* alpha = noisy.has_alpha() ? noisy.alpha_row<T>(y) : nullptr;
  for (int x = 0; x < noisy.width(); ++x) {
    const float sigma = level.at(y, x) * unit;
    const bool fixed =
        sigma < std::numeric_limits<float>::min() || (alpha != nullptr && alpha[x] == T{0});
    const float reach = fixed ? 0.0F : kLargestDeviation * sigma;
    const std::size_t first = static_cast<std::size_t>(x) * channels;
    std::fill_n(&row.reach[first], channels, std::is_integral_v<T> ? std::floor(reach) : reach);
    std::fill_n(&row.inverse[first], channels, fixed ? 0.0F : 1.0F / sigma);
  }
}

float clamped(float value, float low, float high) { return std::min(std::max(value, low), high); }

/// What integers would have been restored to: within black and white, or where the noisy float is
/// beyond these itself, between it and them.
template <typename T>
float within_scale(float restored, float noisy, float white) {
  if constexpr (std::is_integral_v<T>) return restored;
  return clamped(restored, std::min(noisy, 0.0F), std::max(noisy, white));
}

/// Limits each sample of a row. Without branches, so that the loop becomes vectors.
template <typename T>
void limit_samples(const T* __restrict noisy, float white, RowLimits& row, T* __restrict restored) {
  const float *const reach = row.reach.data(), *const inverse = row.inverse.data();
  float* const __restrict counts = row.counts.data();
  float* const __restrict squares = row.squares.data();
  const std::size_t samples = row.reach.size();
  for (std::size_t k = 0; k < samples; ++k) {
    const float sample = noisy[k];
    const float limited = clamped(restored[k], sample - reach[k], sample + reach[k]);
    restored[k] = static_cast<T>(limited);
    const float deviation = (sample - within_scale<T>(limited, sample, white)) * inverse[k];
    squares[k] = deviation * deviation;
    // Black that stays black, and white: what was cut off there is not known.
    const bool cut = ((sample == 0.0F) | (sample == white)) & (deviation == 0.0F);
    counts[k] = (inverse[k] > 0.0F) & !cut ? 1.0F : 0.0F;
  }
}

/// For each block of a picture, row by row, and each channel: how many of its samples count, and
/// the sum of their (residual / sigma)^2.
class BlockEnergies {
 public:
  explicit BlockEnergies(const Image& picture)
      : rows_(blocks_along(picture.height())),
        columns_(blocks_along(picture.width())),
        channels_(picture.channels()),
        sums_(static_cast<std::size_t>(rows_) * columns_ * channels_) {}

  int rows() const { return rows_; }
  int columns() const { return columns_; }

  /// Adds one row of pixels to a row of blocks.
  void add(const RowLimits& pixels, int width, int row) {
    if (channels_ == 1) return add_row<1>(pixels, width, row);
    add_row<3>(pixels, width, row);
  }

  /// By how much the residual of one channel of a block is to be multiplied.
  float share_of_noise(int row, int column, int channel) const {
    Sum sum;
    const auto [top, bottom] = blocks_around(row, rows_);
    const auto [left, right] = blocks_around(column, columns_);
    for (int y = top; y < bottom; ++y)
      for (int x = left; x < right; ++x) {
        const Sum& other = sums_[place(y, x) + channel];
        sum.count += other.count;
        sum.energy += other.energy;
      }
    if (sum.energy <= sum.count) return 1.0F;
    const float most = sum.count + kEnergyDeviations * std::sqrt(2.0F * sum.count);
    return sum.energy > most ? most / sum.energy : 1.0F;
  }

 private:
  struct Sum {
    float count = 0.0F, energy = 0.0F;
  };

  template <int C>
  void add_row(const RowLimits& pixels, int width, int row) {
    TESSERA_ASSERT(channels_ == C);
    for (int column = 0; column < columns_; ++column) {
      const auto [left, right] = block_span(column, width);
      Sum* sums = &sums_[place(row, column)];
      const float *counts = &pixels.counts[std::size_t{C} * left],
                  *squares = &pixels.squares[std::size_t{C} * left];
      for (int c = 0; c < C; ++c) {
        Sum sum = sums[c];
        for (int k = c; k < C * (right - left); k += C) {
          sum.count += counts[k];
          sum.energy += squares[k];
        }
        sums[c] = sum;
      }
    }
  }
  std::size_t place(int row, int column) const {
    return (static_cast<std::size_t>(row) * columns_ + column) * channels_;
  }

  int rows_, columns_, channels_;
  std::vector<Sum> sums_;
};

template <typename T>
void limit_block(const Image& noisy, int row, int column, int channel, float share, Image& result) {
  const int channels = noisy.channels();
  for (int y = row * kBlock; y < std::min((row + 1) * kBlock, noisy.height()); ++y) {
    const T* from = noisy.colour_row<T>(y);
    T* to = result.colour_row<T>(y);
    for (int x = column * kBlock; x < std::min((column + 1) * kBlock, noisy.width()); ++x) {
      const int k = x * channels + channel;
      if (to[k] == from[k]) continue;
      const float residual =
          static_cast<float>(from[k]) - within_scale<T>(to[k], from[k], noisy.max_value());
      const float moved = static_cast<float>(from[k]) - share * residual;
      to[k] = static_cast<T>(std::is_integral_v<T> ? moved + 0.5F : moved);
    }
  }
}

/// The rows that count in the last row of blocks begin here: where four rows are not left, it
/// overlaps the one before.
int overlapped_from(int height) { return block_span(blocks_along(height) - 1, height).first; }

/// Tasks are rows of blocks; rows that count in the last two of them are one task.
int task_count(int height) {
  const int last = blocks_along(height) - 1;
  return std::max(overlapped_from(height) < last * kBlock ? last : last + 1, 1);
}

}  // namespace

void limit_residual(const Image& noisy,
                    const NoiseLevel& level,
                    base::ThreadPool& pool,
                    Image& result) {
  BlockEnergies energies(noisy);
  const bool varies = noisy.has_alpha() || level.lowest() != level.highest();
  const int height = noisy.height(), last = energies.rows() - 1;
  const int tasks = task_count(height);
  const std::size_t samples = static_cast<std::size_t>(noisy.width()) * noisy.channels();
  // Made by the workers that get a task.
  std::vector<std::optional<RowLimits>> scratch(static_cast<std::size_t>(pool.size()));
  image::with_sample_type(noisy.type(), [&]<typename T>(T) {
    pool.for_each(tasks, [&](int task, int worker) {
      std::optional<RowLimits>& made = scratch[static_cast<std::size_t>(worker)];
      RowLimits& limits = made ? *made : made.emplace(samples);
      const int bottom = task == tasks - 1 ? height : (task + 1) * kBlock;
      for (int y = task * kBlock; y < bottom; ++y) {
        if (varies || y == task * kBlock) set_reach<T>(noisy, level, y, limits);
        limit_samples(noisy.colour_row<T>(y), noisy.max_value(), limits, result.colour_row<T>(y));
        energies.add(limits, noisy.width(), y / kBlock);
        if (y >= overlapped_from(height) && y / kBlock < last)
          energies.add(limits, noisy.width(), last);
      }
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

double residual_limits_bytes(const Image& noisy, int threads) {
  const double blocks =
      static_cast<double>(blocks_along(noisy.width())) * blocks_along(noisy.height());
  const double rows =
      static_cast<double>(noisy.width()) * std::min(threads, task_count(noisy.height()));
  return sizeof(float) * noisy.channels() * (2.0 * blocks + 4.0 * rows);
}

}  // namespace tessera::pipeline
