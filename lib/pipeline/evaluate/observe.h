// SPDX-License-Identifier: MIT
#pragma once

#include "tessera/evaluate.h"

namespace tessera::pipeline {

/// The reference as `degradation` says it was observed, with noise of strength `sigma`.
/// Errors  BadImage: a mosaic of a picture without colour.
Observation observe(const Image& reference, const Degradation& degradation, double sigma);

/// Checks strengths of noise and the fraction of missing pixels.  Errors: InvalidArgument.
void check_degradation(const Degradation& degradation);

}  // namespace tessera::pipeline
