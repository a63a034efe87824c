// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "image/byte_source.h"

namespace tessera::image {

/// What the directories of a TIFF container say about camera raw samples in it.
struct RawTags {
  bool camera_raw = false;  ///< raw samples stand in the file, beside previews or alone
  bool dng = false;         ///< Adobe's Digital Negative
  std::uint64_t end = 0;    ///< byte behind the last raw sample; 0: not stated
  /// First row and column, end row and column of the pixels that see light (DNG).
  struct Area {
    int top = 0, left = 0, bottom = 0, right = 0;
  };
  std::optional<Area> active{};
  /// Variance of the noise of a sample x in [0, 1] is scale * x + offset (DNG), for each colour or
  /// once for all.
  struct Noise {
    double scale = 0.0, offset = 0.0;
  };
  std::vector<Noise> noise{};
};

/// Walks directories, chained and nested; damage ends the walk.
/// Requires kind() Tiff.
/// Source  TIFF 6.0, section 2; TIFF/EP (ISO 12234-2) for the photometric interpretation of
///         mosaics; Digital Negative Specification 1.4, chapter 4.
RawTags raw_tags(const ByteSource& source);

/// Whether LibRaw is to read this file: formats of cameras, and TIFF files with raw samples.
bool is_camera_raw(const ByteSource& source);

}  // namespace tessera::image
