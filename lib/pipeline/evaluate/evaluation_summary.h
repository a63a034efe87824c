// SPDX-License-Identifier: MIT
#pragma once

#include "tessera/evaluate.h"

namespace tessera::pipeline {

/// All metrics of one picture; those that need a larger picture are left out.
/// Errors  BadImage when sizes differ, or a sample is not a number.
PictureScores score_picture(const Image& reference,
                            const Image& restored,
                            const MetricProtocol& protocol);

/// Fills in what follows from the pictures: means with their intervals, cost, and the differences
/// of every two methods at each strength of noise.
void summarise(Evaluation& evaluation);

}  // namespace tessera::pipeline
