// SPDX-License-Identifier: MIT
#pragma once

#include "tessera/image.h"

namespace tessera::pipeline {

/// A picture for what is restored from `observed`, `scale` times as large (1, 2 or 4): all that it
/// says about itself, its alpha where it has one, and colours that are 0 yet. A profile for grey is
/// dropped from a result in colour, with a warning.
Image result_picture(const Image& observed, int scale, int channels);

}  // namespace tessera::pipeline
