// SPDX-License-Identifier: MIT
#pragma once

#include "tessera/execution.h"
#include "tessera/image.h"

namespace tessera::pipeline {

/// Errors  InvalidArgument for a form that no picture can have.
void check_form(const OutputForm& form);

/// The picture at the depth that `form` asks for, when that is a finer one than its own: its result
/// is then computed at the depth in which it is written. Every level keeps its place exactly.
Image at_finer_depth(Image picture, const OutputForm& form);

/// A result in the form asked for: one channel where all three are equal, alpha laid over a
/// background, samples of another depth. Levels are scaled to the new white and rounded to the
/// nearest (half away from zero), or dithered; floats are clamped to [0, 1] then.
/// Errors  BadImage for floats that are not finite.
Image in_form(Image result, const OutputForm& form);

/// The size with the sample type that in_form gives. Whether three channels are equal no size
/// tells.
ImageSize size_in_form(ImageSize size, const OutputForm& form);

}  // namespace tessera::pipeline
