// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <functional>
#include <numeric>
#include <vector>

#include "base/random.h"
#include "fusion/spaces/space_map.h"

namespace tessera::test {

/// Random whole numbers, one after another.
class Dice {
 public:
  explicit Dice(std::uint64_t seed) : seed_(seed) {}
  /// 0 .. sides - 1.
  int roll(int sides) {
    return static_cast<int>(base::random_bits(seed_, index_++) % static_cast<std::uint64_t>(sides));
  }
  double uniform() { return base::random_uniform(seed_, index_++); }
  std::vector<int> permutation(int count) {
    std::vector<int> order(static_cast<std::size_t>(count));
    std::iota(order.begin(), order.end(), 0);
    for (int i = count - 1; i > 0; --i) std::swap(order[i], order[roll(i + 1)]);
    return order;
  }

 private:
  std::uint64_t seed_, index_ = 0;
};

/// Random permutations of all spaces that move heads as wholes and units within them; spaces that
/// have a sign get random signs.  Requires equal widths.
inline std::vector<fusion::SpaceMap> random_maps(const fusion::SpaceTable& table,
                                                 std::uint64_t seed) {
  Dice dice(seed);
  std::vector<fusion::SpaceMap> maps(table.spaces.size());
  std::vector<char> done(table.spaces.size(), 0);
  const std::function<void(std::size_t)> make = [&](std::size_t s) {
    if (done[s] != 0) return;
    done[s] = 1;
    const fusion::ChannelSpace& space = table.spaces[s];
    maps[s] = fusion::identity_map(space.widths[1]);
    if (space.fixed) return;
    if (space.parent < 0) {
      maps[s].source = dice.permutation(space.widths[1]);
    } else {
      const auto parent = static_cast<std::size_t>(space.parent);
      make(parent);
      const int heads = table.spaces[parent].widths[1], size = space.widths[1] / heads;
      for (int g = 0; g < heads; ++g) {
        const std::vector<int> inner = dice.permutation(size);
        for (int i = 0; i < size; ++i)
          maps[s].source[g * size + i] = maps[parent].source[g] * size + inner[i];
      }
    }
    if (space.signed_units)
      for (double& factor : maps[s].factor) factor = dice.roll(2) == 0 ? 1.0 : -1.0;
  };
  for (std::size_t s = 0; s < maps.size(); ++s) make(s);
  return maps;
}

}  // namespace tessera::test
