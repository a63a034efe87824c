// SPDX-License-Identifier: MIT
#include <cmath>
#include <vector>

#include "metrics/picture_pair.h"
#include "tessera/metrics.h"

namespace tessera {

double psnr(const Image& reference, const Image& restored, const MetricProtocol& protocol) {
  const metrics::PicturePair pair(reference, restored, protocol, 1);
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

WorstPixel worst_pixel(const Image& reference,
                       const Image& restored,
                       const MetricProtocol& protocol) {
  const metrics::PicturePair pair(reference, restored, protocol, 1);
  std::vector<double> a(pair.width()), b(pair.width());
  WorstPixel worst{.x = pair.border(), .y = pair.border()};
  pair.read_row(0, 0, a, b);
  worst.reference = a[0];
  worst.restored = b[0];
  for (int y = 0; y < pair.height(); ++y)
    for (int c = 0; c < pair.channels(); ++c) {
      pair.read_row(y, c, a, b);
      for (int x = 0; x < pair.width(); ++x)
        if (std::abs(a[x] - b[x]) > worst.difference())
          worst = {x + pair.border(), y + pair.border(), c, a[x], b[x]};
    }
  return worst;
}

}  // namespace tessera
