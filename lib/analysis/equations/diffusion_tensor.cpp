// SPDX-License-Identifier: MIT
#include "analysis/equations/diffusion_tensor.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace tessera::analysis {
namespace {

/// Pixels that an impulse may stand away from the middle of its cell.
constexpr int kSlack = 2;

/// The allowed pixel nearest to (y, x), at most kSlack away; {-1, -1}: none.
std::pair<int, int> nearest(int y,
                            int x,
                            Shape shape,
                            const std::function<bool(int y, int x)>& allowed) {
  std::pair<int, int> best{-1, -1};
  int least = 2 * kSlack * kSlack + 1;
  for (int dy = -kSlack; dy <= kSlack; ++dy)
    for (int dx = -kSlack; dx <= kSlack; ++dx) {
      const int row = y + dy, column = x + dx;
      if (row < 0 || column < 0 || row >= shape.height || column >= shape.width) continue;
      if (dy * dy + dx * dx >= least || !allowed(row, column)) continue;
      least = dy * dy + dx * dx;
      best = {row, column};
    }
  return best;
}

double half_gap(const DiffusionTensor& d) { return std::hypot(0.5 * (d.dxx - d.dyy), d.dyx); }

}  // namespace

double DiffusionTensor::major() const { return 0.5 * (dxx + dyy) + half_gap(*this); }
double DiffusionTensor::minor() const { return 0.5 * (dxx + dyy) - half_gap(*this); }
double DiffusionTensor::anisotropy() const {
  const double sum = dxx + dyy;
  return sum != 0.0 ? 2.0 * half_gap(*this) / sum : 0.0;
}
double DiffusionTensor::angle() const { return 0.5 * std::atan2(2.0 * dyx, dxx - dyy); }

DiffusionTensor diffusion_from_response(TensorView<const float> response,
                                        int y,
                                        int x,
                                        int radius) {
  DiffusionTensor d;
  d.y = y, d.x = x;
  double absolute = 0.0, yy = 0.0, xx = 0.0, yx = 0.0;
  for (int row = std::max(0, y - radius); row <= std::min(response.height() - 1, y + radius); ++row)
    for (int column = std::max(0, x - radius); column <= std::min(response.width() - 1, x + radius);
         ++column) {
      const double j = response(0, row, column), a = row - y, b = column - x;
      d.mass += j, d.drift_y += j * a, d.drift_x += j * b;
      yy += j * a * a, xx += j * b * b, yx += j * a * b;
      absolute += std::abs(j);
      if (j < 0.0) d.negative -= j;
    }
  if (absolute > 0.0) d.negative /= absolute;
  if (d.mass == 0.0) return d;
  d.drift_y /= d.mass, d.drift_x /= d.mass;
  d.dyy = 0.5 * (yy / d.mass - d.drift_y * d.drift_y);
  d.dxx = 0.5 * (xx / d.mass - d.drift_x * d.drift_x);
  d.dyx = 0.5 * (yx / d.mass - d.drift_y * d.drift_x);
  return d;
}

std::vector<DiffusionTensor> diffusion_tensors(const PlaneMap& map,
                                               Shape shape,
                                               int radius,
                                               const std::function<bool(int y, int x)>& allowed) {
  TESSERA_ASSERT(shape.channels == 1);
  const int spacing = 2 * (radius + kSlack) + 1;
  Tensor impulses(shape), response(shape);
  std::vector<std::pair<int, int>> places;
  // Windows that the picture's border would clip are left out where there are others.
  const int first = std::min(radius + kSlack, std::min(shape.height, shape.width) / 2);
  for (int y = first; y < std::max(shape.height - radius, first + 1); y += spacing)
    for (int x = first; x < std::max(shape.width - radius, first + 1); x += spacing) {
      const auto place = nearest(y, x, shape, allowed);
      if (place.first < 0) continue;
      impulses(0, place.first, place.second) = 1.0F;
      places.push_back(place);
    }
  map(impulses, response);
  std::vector<DiffusionTensor> tensors;
  for (const auto& [y, x] : places)
    tensors.push_back(diffusion_from_response(response, y, x, radius));
  return tensors;
}

}  // namespace tessera::analysis
