// SPDX-License-Identifier: MIT
#include <Eigen/Dense>
#include <algorithm>
#include <cmath>

#include "analysis/equations/regression.h"
#include "analysis/inspection.h"

namespace tessera::analysis {
namespace {

constexpr int kWindow = 3;  ///< radius of the structure tensor's window

/// Eigenvalues of the structure tensor around a pixel: how much changes, and in how many ways.
struct Structure {
  double major = 0.0, minor = 0.0;
};
Structure structure_at(TensorView<const float> u, int y, int x) {
  double yy = 0.0, xx = 0.0, yx = 0.0;
  for (int row = y - kWindow; row <= y + kWindow; ++row)
    for (int column = x - kWindow; column <= x + kWindow; ++column)
      for (int c = 0; c < u.channels(); ++c) {
        const double dy = static_cast<double>(u(c, row + 1, column)) - u(c, row - 1, column);
        const double dx = static_cast<double>(u(c, row, column + 1)) - u(c, row, column - 1);
        yy += dy * dy, xx += dx * dx, yx += dy * dx;
      }
  const double gap = std::hypot(0.5 * (xx - yy), yx);
  return {0.5 * (xx + yy) + gap, 0.5 * (xx + yy) - gap};
}

}  // namespace

std::vector<Point> telling_points(TensorView<const float> picture, int margin) {
  const int border = std::max(margin, kWindow + 1);
  std::vector<Point> points;
  double flattest = INFINITY, sharpest = -1.0, busiest = -1.0;
  Point flat{"flat", 0, 0}, edge{"edge", 0, 0}, texture{"texture", 0, 0};
  for (int y = border; y < picture.height() - border; ++y)
    for (int x = border; x < picture.width() - border; ++x) {
      const Structure s = structure_at(picture, y, x);
      if (s.major < flattest) flattest = s.major, flat.y = y, flat.x = x;
      if (s.major - 4.0 * s.minor > sharpest)
        sharpest = s.major - 4.0 * s.minor, edge.y = y, edge.x = x;
      if (s.minor > busiest) busiest = s.minor, texture.y = y, texture.x = x;
    }
  if (std::isinf(flattest)) return points;
  for (const Point& point : {flat, edge, texture})
    if (std::none_of(points.begin(), points.end(),
                     [&](const Point& other) { return other.y == point.y && other.x == point.x; }))
      points.push_back(point);
  return points;
}

double roughness(TensorView<const float> u) {
  double energy = 0.0;
  for (int c = 0; c < u.channels(); ++c)
    for (int y = 0; y < u.height(); ++y)
      for (int x = 0; x < u.width(); ++x) {
        const double here = u(c, y, x);
        if (y + 1 < u.height()) energy += 0.5 * std::pow(u(c, y + 1, x) - here, 2);
        if (x + 1 < u.width()) energy += 0.5 * std::pow(u(c, y, x + 1) - here, 2);
      }
  Tensor centred(u.shape());
  std::copy_n(u.data(), u.shape().count(), centred.data());
  centre(centred);
  const double variance = dot(centred, centred);
  return variance > 0.0 ? energy / variance : 0.0;
}

double participation_ratio(TensorView<const float> u) {
  Tensor centred(u.shape());
  std::copy_n(u.data(), u.shape().count(), centred.data());
  centre(centred);
  Eigen::MatrixXd covariance(u.channels(), u.channels());
  for (int a = 0; a < u.channels(); ++a)
    for (int b = 0; b <= a; ++b)
      covariance(a, b) = covariance(b, a) =
          dot(centred.view().channels(a, 1), centred.view().channels(b, 1));
  const double squares = covariance.squaredNorm();
  return squares > 0.0 ? covariance.trace() * covariance.trace() / squares : 0.0;
}

}  // namespace tessera::analysis
