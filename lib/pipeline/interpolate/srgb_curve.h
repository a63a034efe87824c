// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>

namespace tessera::pipeline {

/// Linear light to sRGB and back, white at 1. Below 0 and above 1 the curve goes on: noise around
/// black keeps its mean.
/// Source  IEC 61966-2-1, section 5.2.
inline float srgb_from_linear(float light) {
  if (light <= 0.0031308F) return 12.92F * light;
  return 1.055F * std::pow(light, 1.0F / 2.4F) - 0.055F;
}
inline float linear_from_srgb(float value) {
  if (value <= 0.04045F) return value / 12.92F;
  return std::pow((value + 0.055F) / 1.055F, 2.4F);
}

}  // namespace tessera::pipeline
