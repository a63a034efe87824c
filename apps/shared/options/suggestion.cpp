// SPDX-License-Identifier: MIT
#include "shared/options/suggestion.h"

#include <algorithm>
#include <numeric>
#include <vector>

namespace tessera::cli {
namespace {

/// Insertions, deletions, replacements and swaps of neighbours that turn `a` into `b`.
/// Source  optimal string alignment; Damerau, CACM 7(3), 1964.
std::size_t edit_distance(const std::string& a, const std::string& b) {
  std::vector<std::size_t> before_last(b.size() + 1), last(b.size() + 1), row(b.size() + 1);
  std::iota(last.begin(), last.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + (a[i - 1] != b[j - 1])});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        row[j] = std::min(row[j], before_last[j - 2] + 1);
    }
    before_last.swap(last);
    last.swap(row);
  }
  return last[b.size()];
}

}  // namespace

std::string closest_option(const CLI::App& app, const std::string& mistyped) {
  const std::string name = mistyped.substr(0, mistyped.find('='));
  std::string best;
  // A third of the letters may be wrong, dashes not counted.
  std::size_t least = std::max<std::size_t>(name.size(), 5) / 3 + 1;
  for (const CLI::Option* option : app.get_options())
    for (const std::string& known : option->get_lnames()) {
      const std::size_t distance = edit_distance(name, "--" + known);
      if (distance >= least) continue;
      least = distance;
      best = "--" + known;
    }
  return best;
}

}  // namespace tessera::cli
