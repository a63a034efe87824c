// SPDX-License-Identifier: MIT
#pragma once

#include <span>

namespace tessera::graph {

/// limit / (1 + exp(-logit)), to an absolute error of 2e-7 of the limit. A value does not depend on
/// its place.
/// Shapes  logits, values: as many of both; the same memory or apart.
void logistic(std::span<const float> logits, float limit, std::span<float> values);

}  // namespace tessera::graph
