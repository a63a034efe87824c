// SPDX-License-Identifier: MIT
#pragma once

#include "pipeline/sources/measured_map.h"
#include "tensor/tensor.h"
#include "tessera/observation.h"

namespace tessera::pipeline {

// Measured samples come back bit for bit: they are copied from the file's own numbers, never by way
// of floats. Each function treats one region of `target`.

/// The measured colour of each pixel.  Shapes: mosaic one channel, target RGB, equal sizes.
void put_back_mosaic(const Image& mosaic, BayerPattern pattern, Region region, Image& target);

/// The measured pixels, at multiples of `step` of the enlarged picture.
void put_back_grid(const Image& measured, int step, Region region, Image& target);

/// Every pixel that is not missing; of a missing one with NaN, the samples that are numbers.
void put_back_known(const Image& picture, const MeasuredMap& map, Region region, Image& target);

}  // namespace tessera::pipeline
