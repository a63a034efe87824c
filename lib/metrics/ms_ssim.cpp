// SPDX-License-Identifier: MIT
#include <algorithm>
#include <array>
#include <cmath>
#include <span>
#include <utility>
#include <vector>

#include "metrics/picture_pair.h"
#include "metrics/similarity_windows.h"
#include "tessera/metrics.h"

namespace tessera {
namespace {

using metrics::kWindow;

// Wang, Simoncelli & Bovik 2003, section 3.2.
constexpr std::array<double, 5> kExponents{0.0448, 0.2856, 0.3001, 0.2363, 0.1333};
static_assert((kSmallestMsSsimSide + 15) / 16 == kWindow);

struct Plane {
  int width = 0, height = 0;
  std::vector<double> values{};
  std::span<const double> row(int y) const {
    return std::span(values).subspan(static_cast<std::size_t>(y) * width, width);
  }
};

/// Half the size: means of 2x2; an odd last row or column counts twice.
Plane halved(const Plane& plane) {
  Plane half{(plane.width + 1) / 2, (plane.height + 1) / 2};
  half.values.reserve(static_cast<std::size_t>(half.width) * half.height);
  for (int y = 0; y < half.height; ++y) {
    const auto upper = plane.row(2 * y), lower = plane.row(std::min(2 * y + 1, plane.height - 1));
    for (int x = 0; x < half.width; ++x) {
      const int left = 2 * x, right = std::min(2 * x + 1, plane.width - 1);
      half.values.push_back(0.25 * (upper[left] + upper[right] + lower[left] + lower[right]));
    }
  }
  return half;
}

/// Means of the index and of its structure part over all windows.
metrics::SimilaritySums mean_similarity(const Plane& a, const Plane& b) {
  metrics::SimilarityWindows windows(a.width);
  metrics::SimilaritySums mean;
  for (int y = 0; y < a.height; ++y) {
    windows.add_row(y, a.row(y), b.row(y));
    if (y < kWindow - 1) continue;
    const auto sums = windows.sums(y);
    mean.index += sums.index;
    mean.structure += sums.structure;
  }
  const double positions = static_cast<double>(a.height - kWindow + 1) * (a.width - kWindow + 1);
  return {mean.index / positions, mean.structure / positions};
}

double over_scales(Plane a, Plane b) {
  double product = 1.0;
  for (std::size_t scale = 0; scale < kExponents.size(); ++scale) {
    const auto mean = mean_similarity(a, b);
    const bool last = scale + 1 == kExponents.size();
    product *= std::pow(std::max(last ? mean.index : mean.structure, 0.0), kExponents[scale]);
    if (last) break;
    a = halved(a);
    b = halved(b);
  }
  return product;
}

std::pair<Plane, Plane> planes_of(const metrics::PicturePair& pair, int c) {
  Plane a{pair.width(), pair.height()}, b = a;
  const std::size_t pixels = static_cast<std::size_t>(a.width) * a.height;
  a.values.resize(pixels);
  b.values.resize(pixels);
  for (int y = 0; y < a.height; ++y) {
    const std::size_t first = static_cast<std::size_t>(y) * a.width;
    pair.read_row(y, c, std::span(a.values).subspan(first, a.width),
                  std::span(b.values).subspan(first, a.width));
  }
  return {std::move(a), std::move(b)};
}

}  // namespace

double ms_ssim(const Image& reference, const Image& restored, const MetricProtocol& protocol) {
  const metrics::PicturePair pair(reference, restored, protocol, kSmallestMsSsimSide);
  double sum = 0.0;
  for (int c = 0; c < pair.channels(); ++c) {
    auto [a, b] = planes_of(pair, c);
    sum += over_scales(std::move(a), std::move(b));
  }
  return sum / pair.channels();
}

}  // namespace tessera
