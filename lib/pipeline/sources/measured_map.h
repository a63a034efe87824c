// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tessera/interpolate.h"

namespace tessera::pipeline {

/// What is known of a pixel.
enum class PixelState : std::uint8_t {
  Missing,   ///< at least one sample is to be restored
  Measured,  ///< all samples are kept, and others are restored from them
  Hidden,    ///< kept, but under alpha 0: nobody has looked at it, nothing is restored from it
};

/// The state of every pixel of a picture with holes, row by row.
struct MeasuredMap {
  int height = 0, width = 0;
  std::vector<PixelState> states;
  std::int64_t missing = 0, measured = 0;
  bool samples_differ =
      false;              ///< a missing pixel may have single samples that were measured (NaN)
  std::string warning{};  ///< what about the map may not be as it was meant; mostly empty

  PixelState at(int y, int x) const {
    return states[static_cast<std::size_t>(y) * static_cast<std::size_t>(width) +
                  static_cast<std::size_t>(x)];
  }
};

/// Reads off `mask`, alpha, NaN or the missing value which pixels are missing. Warns when none is,
/// and of masks with several values beside 0: those of JPEG, or with soft edges, leave parts of a
/// hole. Errors  BadImage: mask of another size or in colour, no alpha, nothing measured, NaN or a
///         missing value that the sample type cannot hold; InvalidArgument: MaskFile without a
///         mask.
MeasuredMap measured_map(const Image& observed,
                         const Image* mask,
                         const InterpolateOptions& options);

/// Errors  BadImage when any float sample is not a number.
void check_numbers(const Image& picture);

/// Errors  BadImage when a float sample that restoration would start from is not a number.
void check_measured_numbers(const Image& observed, const MeasuredMap& map);

}  // namespace tessera::pipeline
