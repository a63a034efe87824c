// SPDX-License-Identifier: MIT
#include <cmath>
#include <vector>

#include "metrics/picture_pair.h"
#include "tessera/metrics.h"

namespace tessera {

double psnr(const Image& reference, const Image& restored, int border) {
  const metrics::PicturePair pair(reference, restored, border, 1);
  std::vector<double> a(pair.width()), b(pair.width());
  double squares = 0.0;
  for (int c = 0; c < pair.channels(); ++c)
    for (int y = 0; y < pair.height(); ++y) {
      pair.read_row(y, c, a, b);
      double row = 0.0;  // row by row, so that a long sum keeps its digits
      for (int x = 0; x < pair.width(); ++x) row += (a[x] - b[x]) * (a[x] - b[x]);
      squares += row;
    }
  const double samples = static_cast<double>(pair.channels()) * pair.height() * pair.width();
  return -10.0 * std::log10(squares / samples);
}

}  // namespace tessera
