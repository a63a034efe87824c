// SPDX-License-Identifier: MIT
#include "pipeline/interpolate/raw_mosaic.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>

#include "base/threads/thread_pool.h"
#include "observation/sampling.h"
#include "pipeline/interpolate/srgb_curve.h"
#include "tessera/error.h"

namespace tessera::pipeline {
namespace {

constexpr int kReach = 2;  ///< of the pixels around a sample that tell whether it is defective
// Of 120 photographs made into mosaics (18.5 million samples, none defective) these find 3 in a
// million; a factor of 2 for hot samples finds 19.
constexpr float kHotFactor = 4.0F, kDeadFactor = 0.5F, kMargin = 1.0F / 16.0F;

bool is_hot(float sample, float brightest) { return sample > kHotFactor * brightest + kMargin; }
bool is_dead(float sample, float darkest) { return sample < kDeadFactor * darkest - kMargin; }

BayerPattern pattern_of(const std::array<int, 4>& filter) {
  for (const BayerPattern pattern :
       {BayerPattern::RGGB, BayerPattern::BGGR, BayerPattern::GRBG, BayerPattern::GBRG}) {
    bool equal = true;
    for (int i = 0; i < 4; ++i)
      equal = equal && observation::bayer_channel(pattern, i / 2, i % 2) ==
                           filter[static_cast<std::size_t>(i)];
    if (equal) return pattern;
  }
  throw Error(ErrorCode::BadImage, "the colour filter is no Bayer pattern");
}

/// Multipliers of the 2x2 cell, the smallest 1: then white in every colour means white.
std::array<float, 4> multipliers_for(const image::RawPhoto& photo, const RawOptions& options) {
  std::array<double, 4> wanted = photo.as_shot;
  if (options.white_balance)
    for (std::size_t i = 0; i < 4; ++i)
      wanted[i] = (*options.white_balance)[static_cast<std::size_t>(photo.filter[i])];
  for (const double multiplier : wanted)
    if (!(multiplier > 0.0 && std::isfinite(multiplier)))
      throw Error(ErrorCode::InvalidArgument, "a white balance is three numbers above 0");
  const double smallest = *std::min_element(wanted.begin(), wanted.end());
  std::array<float, 4> multipliers{};
  for (std::size_t i = 0; i < 4; ++i) multipliers[i] = static_cast<float>(wanted[i] / smallest);
  return multipliers;
}

void balance_row(const image::RawPhoto& photo,
                 const std::array<float, 4>& multipliers,
                 int y,
                 float* row) {
  const std::uint16_t* samples = photo.mosaic.colour_row<std::uint16_t>(y);
  for (int x = 0; x < photo.mosaic.width(); ++x) {
    const float black = photo.black.at(y, x);
    const float light = (static_cast<float>(samples[x]) - black) / (photo.white - black);
    row[x] = std::min(light * multipliers[static_cast<std::size_t>(y % 2 * 2 + x % 2)], 1.0F);
  }
}

/// What a sample becomes, when it is defective.
std::optional<float> repaired(const Image& mosaic, int y, int x) {
  std::array<float, 8> alike{};  // same colour, two pixels away
  std::size_t count = 0;
  float lowest = 1.0F, highest = 0.0F;
  const int last_row = std::min(y + kReach, mosaic.height() - 1);
  const int last_column = std::min(x + kReach, mosaic.width() - 1);
  for (int row = std::max(y - kReach, 0); row <= last_row; ++row)
    for (int column = std::max(x - kReach, 0); column <= last_column; ++column) {
      if (row == y && column == x) continue;
      const float sample = mosaic.colour_row<float>(row)[column];
      lowest = std::min(lowest, sample);
      highest = std::max(highest, sample);
      if ((row - y) % 2 == 0 && (column - x) % 2 == 0) alike[count++] = sample;
    }
  const float sample = mosaic.colour_row<float>(y)[x];
  const bool hot = is_hot(sample, highest), dead = is_dead(sample, lowest);
  if (count < 3 || (!hot && !dead)) return std::nullopt;
  const auto middle = alike.begin() + static_cast<std::ptrdiff_t>(count / 2);
  std::nth_element(alike.begin(), middle, alike.begin() + static_cast<std::ptrdiff_t>(count));
  return *middle;
}

/// Whether a sample differs much from one beside it, which every defective one does.
bool is_suspect(const float* row, int x, int width) {
  const float beside = row[x > 0 ? x - 1 : std::min(x + 1, width - 1)];
  return is_hot(row[x], beside) || is_dead(row[x], beside);
}

}  // namespace

int replace_defects(Image& mosaic, int threads) {
  struct Repair {
    int x;
    float value;
  };
  // Found before any is replaced: the order of rows and threads changes nothing.
  std::vector<std::vector<Repair>> repairs(static_cast<std::size_t>(mosaic.height()));
  base::ThreadPool pool(threads);
  pool.for_each(mosaic.height(), [&](int y, int) {
    const float* row = mosaic.colour_row<float>(y);
    for (int x = 0; x < mosaic.width(); ++x)
      if (is_suspect(row, x, mosaic.width()))
        if (const auto value = repaired(mosaic, y, x))
          repairs[static_cast<std::size_t>(y)].push_back({x, *value});
  });
  int count = 0;
  for (int y = 0; y < mosaic.height(); ++y)
    for (const Repair& repair : repairs[static_cast<std::size_t>(y)]) {
      mosaic.colour_row<float>(y)[repair.x] = repair.value;
      ++count;
    }
  return count;
}

BalancedMosaic balanced_mosaic(const image::RawPhoto& photo,
                               const RawOptions& options,
                               int threads) {
  BalancedMosaic result{Image(photo.mosaic.width(), photo.mosaic.height(), 1, SampleType::F32),
                        pattern_of(photo.filter), 0, multipliers_for(photo, options)};
  Image& mosaic = result.picture;
  base::ThreadPool pool(threads);
  pool.for_each(mosaic.height(), [&](int y, int) {
    balance_row(photo, result.multipliers, y, mosaic.colour_row<float>(y));
  });
  if (!options.keep_defects) result.defects = replace_defects(mosaic, threads);
  pool.for_each(mosaic.height(), [&](int y, int) {
    float* row = mosaic.colour_row<float>(y);
    std::transform(row, row + mosaic.width(), row, srgb_from_linear);
  });
  return result;
}

}  // namespace tessera::pipeline
