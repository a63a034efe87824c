// SPDX-License-Identifier: MIT
#include "fusion/correction/pixel_sample.h"

#include <algorithm>

#include "base/random.h"

namespace tessera::fusion {

std::vector<std::size_t> pixel_sample(std::size_t pixels, int stride) {
  const auto run = static_cast<std::size_t>(stride);
  std::vector<std::size_t> sample;
  sample.reserve(pixels / run + 1);
  for (std::size_t start = 0; start < pixels; start += run)
    sample.push_back(start + base::random_bits(0, start) % std::min(run, pixels - start));
  return sample;
}

}  // namespace tessera::fusion
