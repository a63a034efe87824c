// SPDX-License-Identifier: MIT
#pragma once

#include <vector>

#include "graph/graph_filter.h"

namespace tessera::test {

/// Steps of which no two in a row are equal, so that one taken for another is seen.
inline std::vector<graph::CgStep> uneven_steps(int count) {
  std::vector<graph::CgStep> steps;
  for (int k = 0; k < count; ++k)
    steps.push_back(
        {0.35F + 0.02F * static_cast<float>(k % 4), 0.2F - 0.01F * static_cast<float>(k % 4)});
  return steps;
}

}  // namespace tessera::test
