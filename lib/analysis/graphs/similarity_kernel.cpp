// SPDX-License-Identifier: MIT
#include "analysis/graphs/similarity_kernel.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <numeric>
#include <span>

#include "analysis/graphs/graph_rows.h"
#include "base/random.h"

namespace tessera::analysis {
namespace {

/// exp(-d / 2h^2), normalised; the least distance is taken off first, so that no row underflows.
void fill_kernel_row(std::span<const double> distances,
                     double precision,
                     std::span<double> kernel) {
  const double least = *std::min_element(distances.begin(), distances.end());
  double sum = 0.0;
  for (std::size_t k = 0; k < kernel.size(); ++k)
    sum += kernel[k] = std::exp(-0.5 * precision * (distances[k] - least));
  for (double& value : kernel) value = std::max(value / sum, 1e-12);
}

double divergence(std::span<const double> w, std::span<const double> k) {
  double sum = 0.0;
  for (std::size_t i = 0; i < w.size(); ++i)
    if (w[i] > 0.0) sum += w[i] * std::log(w[i] / k[i]);
  return sum;
}

/// Row `index` of values (rows, K).
std::span<const double> row_of(const std::vector<double>& values,
                               std::size_t index,
                               std::size_t keys) {
  return std::span(values).subspan(index * keys, keys);
}

double mean_divergence(const WeightRows& rows, double precision) {
  double sum = 0.0;
  std::vector<double> kernel(rows.keys);
  for (std::size_t i = 0; i < rows.count(); ++i) {
    fill_kernel_row(row_of(rows.distances, i, rows.keys), precision, kernel);
    sum += divergence(row_of(rows.weights, i, rows.keys), kernel);
  }
  return sum / static_cast<double>(rows.count());
}

/// The precision 1/h^2 of least divergence, by golden sections of its logarithm.
double fitted_precision(const WeightRows& rows) {
  constexpr double kGolden = 0.6180339887498949;
  double low = std::log(1e-4), high = std::log(1e6);
  double a = high - kGolden * (high - low), b = low + kGolden * (high - low);
  double at_a = mean_divergence(rows, std::exp(a)), at_b = mean_divergence(rows, std::exp(b));
  for (int i = 0; i < 40; ++i)
    if (at_a < at_b) {
      high = b, b = a, at_b = at_a;
      a = high - kGolden * (high - low);
      at_a = mean_divergence(rows, std::exp(a));
    } else {
      low = a, a = b, at_a = at_b;
      b = low + kGolden * (high - low);
      at_b = mean_divergence(rows, std::exp(b));
    }
  return std::exp(0.5 * (low + high));
}

/// A row of the same place for every row, drawn by chance (Fisher and Yates).
std::vector<std::size_t> other_rows(const WeightRows& rows, std::uint64_t seed) {
  std::map<int, std::vector<std::size_t>> by_place;
  for (std::size_t i = 0; i < rows.count(); ++i) by_place[rows.places[i]].push_back(i);
  std::vector<std::size_t> other(rows.count());
  for (const auto& [place, members] : by_place) {
    std::vector<std::size_t> drawn = members;
    for (std::size_t i = drawn.size(); i > 1; --i) {
      const double chance = base::random_uniform(seed + static_cast<std::uint64_t>(place), i);
      std::swap(drawn[i - 1], drawn[static_cast<std::size_t>(chance * static_cast<double>(i))]);
    }
    for (std::size_t i = 0; i < members.size(); ++i) other[members[i]] = drawn[i];
  }
  return other;
}

/// What weights have in common with a kernel, over all rows at once.
struct Likeness {
  double cosine = 0.0, centred = 0.0, divergence = 0.0;
};

Likeness likeness_of(const WeightRows& rows,
                     const std::vector<double>& kernel,
                     const std::vector<std::size_t>& partner) {
  const double mean = 1.0 / static_cast<double>(rows.keys);
  Likeness likeness;
  // w.k, w.w, k.k as they are, and after the mean is taken off.
  std::array<double, 3> plain{}, centred{};
  for (std::size_t i = 0; i < rows.count(); ++i) {
    const auto w = row_of(rows.weights, i, rows.keys);
    const auto k = row_of(kernel, partner[i], rows.keys);
    likeness.divergence += divergence(w, k) / static_cast<double>(rows.count());
    for (std::size_t j = 0; j < rows.keys; ++j) {
      const double v = w[j] - mean, l = k[j] - mean;
      plain[0] += w[j] * k[j], plain[1] += w[j] * w[j], plain[2] += k[j] * k[j];
      centred[0] += v * l, centred[1] += v * v, centred[2] += l * l;
    }
  }
  const auto cosine = [](const std::array<double, 3>& sums) {
    return sums[1] > 0.0 && sums[2] > 0.0 ? sums[0] / std::sqrt(sums[1] * sums[2]) : 0.0;
  };
  likeness.cosine = cosine(plain);
  likeness.centred = cosine(centred);
  return likeness;
}

}  // namespace

double colour_distance(TensorView<const float> picture, int y, int x, int other_y, int other_x) {
  double sum = 0.0;
  for (int c = 0; c < picture.channels(); ++c) {
    const double step = static_cast<double>(picture(c, other_y, other_x)) - picture(c, y, x);
    sum += step * step;
  }
  return sum;
}

SimilarityKernel similarity_kernel(const WeightRows& rows, std::uint64_t seed) {
  SimilarityKernel result;
  result.pixels = static_cast<std::int64_t>(rows.count());
  if (rows.count() == 0) return result;
  const std::vector<double> uniform(rows.keys, 1.0 / static_cast<double>(rows.keys));
  for (std::size_t i = 0; i < rows.count(); ++i)
    result.gain += divergence(row_of(rows.weights, i, rows.keys), uniform);
  result.gain /= static_cast<double>(result.pixels);
  result.uniform = result.gain < 1e-9;
  if (result.uniform) return result;

  const double precision = fitted_precision(rows);
  result.h = 1.0 / std::sqrt(precision);
  std::vector<double> kernel(rows.weights.size());
  std::vector<std::size_t> same(rows.count());
  std::iota(same.begin(), same.end(), std::size_t{0});
  for (const std::size_t i : same)
    fill_kernel_row(row_of(rows.distances, i, rows.keys), precision,
                    std::span(kernel).subspan(i * rows.keys, rows.keys));
  const Likeness found = likeness_of(rows, kernel, same);
  const Likeness null = likeness_of(rows, kernel, other_rows(rows, seed));
  result.cosine = found.cosine, result.cosine_null = null.cosine;
  result.centred = found.centred, result.centred_null = null.centred;
  result.left = found.divergence, result.left_null = null.divergence;
  return result;
}

SimilarityKernel similarity_kernel(TensorView<const float> rows,
                                   TensorView<const float> picture,
                                   std::uint64_t seed) {
  WeightRows pairs{.keys = kNeighbours};
  for (int y = 1; y + 1 < rows.height(); ++y)
    for (int x = 1; x + 1 < rows.width(); ++x) {
      for (int k = 0; k < kNeighbours; ++k) {
        const graph::Offset offset = neighbour_offset(k);
        pairs.weights.push_back(rows(k, y, x));
        pairs.distances.push_back(colour_distance(picture, y, x, y + offset.dy, x + offset.dx));
      }
      pairs.places.push_back(0);
    }
  return similarity_kernel(pairs, seed);
}

}  // namespace tessera::analysis
