// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <functional>
#include <string>
#include <vector>

#include "image/byte_source.h"
#include "image/raw/raw_tags.h"
#include "tessera/image_io.h"

namespace tessera::image {

/// Levels of black of a mosaic: they repeat every `rows` x `columns` pixels from its top left
/// corner on.
struct BlackLevels {
  int rows = 2, columns = 2;    ///< even, as the colour filter repeats
  std::vector<float> levels{};  ///< rows * columns, in the mosaic's units
  float at(int y, int x) const {
    return levels[static_cast<std::size_t>((y % rows) * columns + x % columns)];
  }
};

/// A camera raw file: what a sensor with a Bayer filter measured, and how the camera says that it
/// is to be understood.
struct RawPhoto {
  /// U16, one channel: the pixels that see light, as stored, not turned, before black is taken off.
  Image mosaic;
  std::array<int, 4> filter{};  ///< colour (0 red, 1 green, 2 blue) of its top left 2x2
  BlackLevels black{};
  float white = 0.0F;               ///< the sample where the sensor saturates
  std::array<double, 4> as_shot{};  ///< multipliers that make white white, for each of the 2x2
  /// Linear sRGB from the camera's balanced colours; each row adds up to 1.
  std::array<std::array<double, 3>, 3> srgb_from_camera{};
  int orientation = 1;                  ///< 1 to 8 as EXIF counts, still to be applied
  std::vector<RawTags::Noise> noise{};  ///< empty: the file does not say
  ImageMetadata metadata;               ///< EXIF, upright
  std::vector<std::string> warnings;
};

/// Reads the mosaic of a camera raw file by LibRaw. `check_size` is called before it is decoded,
/// with the size of the upright mosaic, and may throw.
/// Requires is_camera_raw(source).
/// Errors   BadImage for what LibRaw cannot read, for damage, and for sensors and files that are no
///          Bayer mosaic, each by its name; Refused beyond max_pixels.
/// Cost     the file and the samples in memory at once.
RawPhoto read_raw(const ByteSource& source,
                  const ReadOptions& options,
                  const std::function<void(const ImageSize&)>& check_size = {});

/// Size of the upright mosaic, without decoding it: one channel, U16.
/// Errors   likewise.
ImageSize raw_size(const ByteSource& source, const ReadOptions& options);

}  // namespace tessera::image
