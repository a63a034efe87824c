// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

#include "tessera/image.h"

namespace tessera::image {

/// Calls work(T{}) with the C++ type of one sample: std::uint8_t, std::uint16_t or float.
template <typename Work>
decltype(auto) with_sample_type(SampleType type, const Work& work) {
  switch (type) {
    case SampleType::U8:
      return work(std::uint8_t{});
    case SampleType::U16:
      return work(std::uint16_t{});
    case SampleType::F32:
      break;
  }
  return work(float{});
}

/// White of a file that states no other maximum: 255, 65535 or 1.
constexpr float white_of(SampleType type) {
  if (type == SampleType::F32) return 1.0F;
  return type == SampleType::U16 ? 65535.0F : 255.0F;
}

}  // namespace tessera::image
