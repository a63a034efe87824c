// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

#include "tessera/image.h"
#include "tessera/metrics.h"

namespace tessera::pipeline {

/// `picture` rounded to the sample type and white of `reference`; alpha is left out.
Image rounded_as(const Image& reference, const Image& picture);

/// Whether `restored` is larger than `reference` by the one row or column, or both, that doubling
/// an odd picture's even rows and columns makes too many.
bool is_even_enlargement(const Image& reference, const Image& restored);
/// The part of `restored` that the reference has; `notes` gets a line about it. Alpha is left out.
/// Requires  is_even_enlargement.
Image cropped_enlargement(const Image& reference,
                          const Image& restored,
                          std::vector<std::string>& notes);

/// How much brighter than the truth difference pictures are.
constexpr int kDifferenceGain = 8;

/// kDifferenceGain times |reference - restored| of the channels that the protocol compares, border
/// included, as an 8-bit picture.  Errors: BadImage as psnr.
Image difference_picture(const Image& reference,
                         const Image& restored,
                         const MetricProtocol& protocol);

/// An 8-bit copy for looking at: at most `longest` pixels on a side, cut from the middle.
Image display_picture(const Image& picture, int longest);

/// Every pixel as 2x2 pixels, the first `width` x `height` of them.
Image doubled_picture(const Image& picture, int width, int height);

}  // namespace tessera::pipeline
