// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>

namespace tessera {

/// Extent of a block of floats: channels (planes), height, width; W varies fastest.
struct Shape {
  int channels = 0, height = 0, width = 0;

  std::size_t plane() const { return static_cast<std::size_t>(height) * width; }
  std::size_t count() const { return plane() * channels; }
  friend bool operator==(const Shape&, const Shape&) = default;
};

}  // namespace tessera
