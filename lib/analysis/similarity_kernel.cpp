// SPDX-License-Identifier: MIT
#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>
#include <vector>

#include "analysis/graph_rows.h"
#include "base/random.h"

namespace tessera::analysis {
namespace {

using Row = std::array<double, kNeighbours>;

/// Rows of pixels that have all neighbours, and squared colour distances beside them.
struct Pairs {
  std::vector<Row> rows, distances;
};

Pairs pairs_of(TensorView<const float> rows, TensorView<const float> picture) {
  Pairs pairs;
  for (int y = 1; y + 1 < rows.height(); ++y)
    for (int x = 1; x + 1 < rows.width(); ++x) {
      Row row{}, distance{};
      for (int k = 0; k < kNeighbours; ++k) {
        const graph::Offset offset = neighbour_offset(k);
        row[k] = rows(k, y, x);
        for (int c = 0; c < picture.channels(); ++c) {
          const double step =
              static_cast<double>(picture(c, y + offset.dy, x + offset.dx)) - picture(c, y, x);
          distance[k] += step * step;
        }
      }
      pairs.rows.push_back(row);
      pairs.distances.push_back(distance);
    }
  return pairs;
}

/// exp(-d / 2h^2), normalised; the least distance is taken off first, so that no row underflows.
Row kernel_row(const Row& distance, double precision) {
  const double least = *std::min_element(distance.begin(), distance.end());
  Row kernel{};
  double sum = 0.0;
  for (int k = 0; k < kNeighbours; ++k)
    sum += kernel[k] = std::exp(-0.5 * precision * (distance[k] - least));
  for (double& value : kernel) value = std::max(value / sum, 1e-12);
  return kernel;
}

double divergence(const Row& w, const Row& k) {
  double sum = 0.0;
  for (int i = 0; i < kNeighbours; ++i)
    if (w[i] > 0.0) sum += w[i] * std::log(w[i] / k[i]);
  return sum;
}

double mean_divergence(const Pairs& pairs, double precision) {
  double sum = 0.0;
  for (std::size_t i = 0; i < pairs.rows.size(); ++i)
    sum += divergence(pairs.rows[i], kernel_row(pairs.distances[i], precision));
  return sum / static_cast<double>(pairs.rows.size());
}

/// The precision 1/h^2 of least divergence, by golden sections of its logarithm.
double fitted_precision(const Pairs& pairs) {
  constexpr double kGolden = 0.6180339887498949;
  double low = std::log(1e-4), high = std::log(1e6);
  double a = high - kGolden * (high - low), b = low + kGolden * (high - low);
  double at_a = mean_divergence(pairs, std::exp(a)), at_b = mean_divergence(pairs, std::exp(b));
  for (int i = 0; i < 40; ++i)
    if (at_a < at_b) {
      high = b, b = a, at_b = at_a;
      a = high - kGolden * (high - low);
      at_a = mean_divergence(pairs, std::exp(a));
    } else {
      low = a, a = b, at_a = at_b;
      b = low + kGolden * (high - low);
      at_b = mean_divergence(pairs, std::exp(b));
    }
  return std::exp(0.5 * (low + high));
}

/// Cosine over all pixels at once, after `mean` is taken off every entry.
double cosine(const std::vector<Row>& a, const std::vector<Row>& b, double mean) {
  double ab = 0.0, aa = 0.0, bb = 0.0;
  for (std::size_t i = 0; i < a.size(); ++i)
    for (int k = 0; k < kNeighbours; ++k) {
      const double first = a[i][k] - mean, second = b[i][k] - mean;
      ab += first * second, aa += first * first, bb += second * second;
    }
  return aa > 0.0 && bb > 0.0 ? ab / std::sqrt(aa * bb) : 0.0;
}

/// The rows in another order, drawn by chance (Fisher and Yates).
std::vector<Row> shuffled(std::vector<Row> rows, std::uint64_t seed) {
  for (std::size_t i = rows.size(); i > 1; --i)
    std::swap(
        rows[i - 1],
        rows[static_cast<std::size_t>(base::random_uniform(seed, i) * static_cast<double>(i))]);
  return rows;
}

}  // namespace

SimilarityKernel similarity_kernel(TensorView<const float> rows,
                                   TensorView<const float> picture,
                                   std::uint64_t seed) {
  SimilarityKernel result;
  const Pairs pairs = pairs_of(rows, picture);
  result.pixels = static_cast<std::int64_t>(pairs.rows.size());
  if (pairs.rows.empty()) return result;
  Row uniform{};
  uniform.fill(1.0 / kNeighbours);
  for (const Row& row : pairs.rows) result.gain += divergence(row, uniform);
  result.gain /= static_cast<double>(result.pixels);
  result.uniform = result.gain < 1e-9;
  if (result.uniform) return result;

  const double precision = fitted_precision(pairs);
  result.h = 1.0 / std::sqrt(precision);
  std::vector<Row> kernel;
  for (const Row& distance : pairs.distances) kernel.push_back(kernel_row(distance, precision));
  const std::vector<Row> elsewhere = shuffled(kernel, seed);
  result.cosine = cosine(pairs.rows, kernel, 0.0);
  result.cosine_null = cosine(pairs.rows, elsewhere, 0.0);
  result.centred = cosine(pairs.rows, kernel, 1.0 / kNeighbours);
  result.centred_null = cosine(pairs.rows, elsewhere, 1.0 / kNeighbours);
  for (std::size_t i = 0; i < kernel.size(); ++i) {
    result.left += divergence(pairs.rows[i], kernel[i]);
    result.left_null += divergence(pairs.rows[i], elsewhere[i]);
  }
  result.left /= static_cast<double>(result.pixels);
  result.left_null /= static_cast<double>(result.pixels);
  return result;
}

}  // namespace tessera::analysis
