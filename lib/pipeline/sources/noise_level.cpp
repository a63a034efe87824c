// SPDX-License-Identifier: MIT
#include "pipeline/sources/noise_level.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/threads/threads_inside.h"
#include "image/sample_types.h"
#include "pipeline/sources/mirrored_read.h"
#include "tessera/error.h"

namespace tessera::pipeline {
namespace {

/// File samples in 8-bit grey levels; floats are that already.
double unit_of(const Image& map) {
  return map.type() == SampleType::F32 ? 1.0 : kWhite8bit / map.max_value();
}

}  // namespace

void require_sigma(double sigma_8bit) {
  if (!(sigma_8bit >= 0.0 && sigma_8bit <= kWhite8bit))
    throw Error(
        ErrorCode::InvalidArgument,
        fmt::format("sigma must be from 0 to 255 (8-bit grey levels{}), found {}",
                    sigma_8bit > kWhite8bit ? "; white is 255, and 1 in float pictures" : "",
                    sigma_8bit));
}

NoiseLevel NoiseLevel::constant(double sigma_8bit) {
  NoiseLevel level;
  level.value_ = static_cast<float>(sigma_8bit);
  level.lowest_ = level.highest_ = sigma_8bit;
  return level;
}

NoiseLevel NoiseLevel::from_map(const Image& map, const Image& picture) {
  if (map.width() != picture.width() || map.height() != picture.height())
    throw Error(ErrorCode::BadImage,
                fmt::format("the sigma map has {}x{} pixels, the picture {}x{}", map.width(),
                            map.height(), picture.width(), picture.height()));
  NoiseLevel level;
  level.map_.emplace(map.width(), map.height(), 1, SampleType::F32);
  level.lowest_ = kWhite8bit;
  const double unit = unit_of(map);
  image::with_sample_type(map.type(), [&]<typename T>(T) {
    for (int y = 0; y < map.height(); ++y)
      for (int x = 0; x < map.width(); ++x) {
        const T* pixel = map.colour_row<T>(y) + static_cast<std::ptrdiff_t>(x) * map.channels();
        const double sigma = unit * *pixel;
        if (!(sigma >= 0.0 && sigma <= kWhite8bit))
          throw Error(ErrorCode::BadImage,
                      fmt::format("the sigma map holds {} at row {}, column {}; expected 0 to 255 "
                                  "8-bit grey levels",
                                  sigma, y, x));
        if (std::any_of(pixel, pixel + map.channels(), [&](T value) { return value != *pixel; }))
          throw Error(ErrorCode::BadImage, "the sigma map is in colour; grey is expected");
        level.map_->colour_row<float>(y)[x] = static_cast<float>(sigma);
        level.lowest_ = std::min(level.lowest_, sigma);
        level.highest_ = std::max(level.highest_, sigma);
      }
  });
  return level;
}

void NoiseLevel::read(Region region, TensorView<float> target) const {
  const float scale = static_cast<float>(1.0 / kWhite8bit);
  base::for_each_inside(region.height, [&](int y) {
    if (!map_) {
      std::fill_n(target.row(0, y), region.width, value_ * scale);
      return;
    }
    const int row =
        PictureFrame::source_index(region.top + y, 0, map_->height(), Mirror::AboutEdge);
    for (int x = 0; x < region.width; ++x)
      target(0, y, x) = scale * at(row, PictureFrame::source_index(
                                            region.left + x, 0, map_->width(), Mirror::AboutEdge));
  });
}

NoiseLevel NoiseLevel::after(Turn turn) const {
  NoiseLevel level;
  level.value_ = value_;
  level.lowest_ = lowest_;
  level.highest_ = highest_;
  if (map_) level.map_ = turned(*map_, turn);
  return level;
}

}  // namespace tessera::pipeline
