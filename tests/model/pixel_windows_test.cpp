// SPDX-License-Identifier: MIT
#include "model/blocks/pixel_windows.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <vector>

#include "support/compare.h"

using namespace tessera;

namespace {

constexpr int kSize = 4, kChannels = 3;
constexpr std::size_t kRows = kSize * kSize;

}  // namespace

TEST_SUITE("model/pixel_windows") {
  TEST_CASE("the windows of a map hold every pixel once, whatever its size and their shift") {
    for (const auto& [height, width] : {std::pair{1, 1}, {1, 9}, {8, 8}, {7, 13}})
      for (const int shift : {0, kSize / 2}) {
        const model::PixelWindows windows(height, width, kSize, shift);
        Tensor count(height, width, kChannels);
        const std::vector<float> ones(kRows * kChannels, 1.0F);
        windows.for_each([&](Region window) {
          CHECK((window.top + shift) % kSize == 0);
          CHECK((window.left + shift) % kSize == 0);
          windows.add(ones, window, count);
        });
        for (const float value : count.view().flat()) CHECK(value == 1.0F);
      }
  }

  TEST_CASE("what is gathered and written comes back; outside the map are zeros and no keys") {
    const int height = 7, width = 5;
    const Tensor map = test::random_tensor({height, width, kChannels}, 3, 0.5F, 1.0F);
    for (const int shift : {0, kSize / 2}) {
      const model::PixelWindows windows(height, width, kSize, shift);
      Tensor copy(map.shape());
      std::vector<float> rows(kRows * kChannels), offset(kRows);
      windows.for_each([&](Region window) {
        windows.gather(map, window, rows);
        windows.outside_offset(window, offset);
        const Region part = windows.inside(window);
        const auto inside =
            std::count_if(rows.begin(), rows.end(), [](float value) { return value != 0.0F; });
        CHECK(inside == part.height * part.width * kChannels);
        for (std::size_t k = 0; k < kRows; ++k)
          CHECK((offset[k] == 0.0F) == (rows[k * kChannels] != 0.0F));
        windows.write(rows, window, copy);
      });
      CHECK(test::max_difference(map, copy) == 0.0);
    }
  }
}
