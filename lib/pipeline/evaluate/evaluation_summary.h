// SPDX-License-Identifier: MIT
#pragma once

#include "tessera/evaluate.h"

namespace tessera::pipeline {

/// Errors  BadImage when a sample that the protocol compares is not a finite number.
void check_finite(const Image& picture, const MetricProtocol& protocol);

/// All metrics of one picture; those that need a larger picture are left out.
/// Requires a reference that passed check_finite.
/// Errors   BadImage when sizes differ, or a restored sample is not a finite number.
PictureScores score_picture(const Image& reference,
                            const Image& restored,
                            const MetricProtocol& protocol);

/// Fills in what follows from the pictures: means with their intervals, cost, and the differences
/// of every two methods at each strength of noise.
void summarise(Evaluation& evaluation);

}  // namespace tessera::pipeline
