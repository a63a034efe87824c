// SPDX-License-Identifier: MIT
#pragma once

#include <functional>

#include "pipeline/turns/turned_image.h"
#include "tessera/interpolate.h"

namespace tessera::pipeline {

/// The picture as floats in [0, 1]; alpha is 0 exactly where it was.
Image float_copy(const Image& image);

/// sum += factor * the part of `addend` that starts at (top, left) and is as large as the sum.
/// Requires F32, and channels as in the sum.
void add_multiple(const Image& addend, int top, int left, float factor, Image& sum);

/// A restored view, turned back; the part that starts at (top, left) counts.
struct RestoredView {
  Image image;
  int top = 0, left = 0;
};

/// `execution` with what memory is left for each turn, beside the picture, its turned copy, the
/// mean and the restored picture, all as floats: `observed` and `restored` are the bytes of one.
/// Errors  Refused when these do not fit.
ExecutionOptions beside_turns(double observed, double restored, const ExecutionOptions& execution);

/// The mean over all eight turns of what `restore` makes of the picture so turned.
/// Result  F32 without alpha, of the given size.
Image mean_of_turns(int width,
                    int height,
                    int channels,
                    const std::function<RestoredView(Turn turn)>& restore);

/// Gives `result` the samples of a mean of its size and channels, rounded to its type.
void round_into(const Image& mean, Image& result);

/// One restoration of a turned picture; `mask` is null unless options.missing is MaskFile.
using Restoration = std::function<Image(
    const Image& observed, const Image* mask, const InterpolateOptions& options)>;

/// Restores all eight flips and turns of `observed`, turns the results back and averages them.
/// Result  F32 in [0, 1], without alpha, as large as the restoration; sums have rounded measured
///         samples too, and of a pixel that is missing in part all are restored.
/// Cost    eight restorations, and three float copies of the result.
/// Errors  what measured_map and `restore` throw.
Image mean_over_turns(const Image& observed,
                      const Image* mask,
                      const InterpolateOptions& options,
                      const Restoration& restore);

}  // namespace tessera::pipeline
