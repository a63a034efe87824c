// SPDX-License-Identifier: MIT
#include <vector>

#include "metrics/picture_pair.h"
#include "metrics/similarity_windows.h"
#include "tessera/metrics.h"

namespace tessera {

double ssim(const Image& reference, const Image& restored, const MetricProtocol& protocol) {
  using metrics::kWindow;
  const metrics::PicturePair pair(reference, restored, protocol, kWindow);
  std::vector<double> a(pair.width()), b(pair.width());
  double sum = 0.0;
  for (int c = 0; c < pair.channels(); ++c) {
    metrics::SimilarityWindows windows(pair.width());
    for (int y = 0; y < pair.height(); ++y) {
      pair.read_row(y, c, a, b);
      windows.add_row(y, a, b);
      if (y >= kWindow - 1) sum += windows.sums(y).index;
    }
  }
  const double positions = static_cast<double>(pair.channels()) * (pair.height() - kWindow + 1) *
                           (pair.width() - kWindow + 1);
  return sum / positions;
}

}  // namespace tessera
