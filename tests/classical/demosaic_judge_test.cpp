// SPDX-License-Identifier: MIT
// Malvar and Menon against slow implementations written from the papers, whole planes at a time,
// in double precision.
#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <vector>

#include "classical/demosaic.h"
#include "classical/mosaics.h"
#include "support/compare.h"

namespace tessera::test {
namespace {

/// A plane of doubles on a picture enlarged by a mirrored border that is wide enough.
struct Plane {
  int height, width;
  std::vector<double> values;
  double& operator()(int y, int x) { return values[static_cast<std::size_t>(y) * width + x]; }
  /// 0 outside, where nothing that is judged comes from.
  double get(int y, int x) const {
    if (y < 0 || y >= height || x < 0 || x >= width) return 0.0;
    return values[static_cast<std::size_t>(y) * width + x];
  }
};

constexpr int kBorder = 16;  // even, so that the phase is kept

int mirrored(int index, int size) {
  while (index < 0 || index >= size) index = index < 0 ? -index : 2 * (size - 1) - index;
  return index;
}

class Judge {
 public:
  Judge(TensorView<const float> mosaic, BayerPattern pattern)
      : pattern_(pattern),
        height_(mosaic.height() + 2 * kBorder),
        width_(mosaic.width() + 2 * kBorder),
        cfa_(plane([&](int y, int x) {
          return mosaic(0, mirrored(y - kBorder, mosaic.height()),
                        mirrored(x - kBorder, mosaic.width()));
        })) {}

  Tensor malvar() const;
  Tensor menon() const;

 private:
  using Formula = std::function<double(int, int)>;

  Plane plane(const Formula& value) const {
    Plane result{height_, width_, std::vector<double>(static_cast<std::size_t>(height_) * width_)};
    for (int y = 0; y < height_; ++y)
      for (int x = 0; x < width_; ++x) result(y, x) = value(y, x);
    return result;
  }
  int colour(int y, int x) const { return observation::bayer_channel(pattern_, y & 1, x & 1); }
  bool in_row_of(int wanted, int y) const {
    return colour(y, 0) == wanted || colour(y, 1) == wanted;
  }
  Plane green(bool horizontal) const;
  std::array<Plane, 3> refined(Plane r, Plane g, Plane b, const Plane& horizontal) const;

  Tensor cut(const std::array<Plane, 3>& colours) const {
    Tensor rgb(3, height_ - 2 * kBorder, width_ - 2 * kBorder);
    for (int c = 0; c < 3; ++c)
      for (int y = 0; y < rgb.height(); ++y)
        for (int x = 0; x < rgb.width(); ++x)
          rgb(c, y, x) = static_cast<float>(colours[c].get(y + kBorder, x + kBorder));
    return rgb;
  }

  BayerPattern pattern_;
  int height_, width_;
  Plane cfa_;
};

using Kernel = std::array<std::array<double, 5>, 5>;
constexpr Kernel kGreen{
    {{0, 0, -1, 0, 0}, {0, 0, 2, 0, 0}, {-1, 2, 4, 2, -1}, {0, 0, 2, 0, 0}, {0, 0, -1, 0, 0}}};
constexpr Kernel kBesideInRow{
    {{0, 0, .5, 0, 0}, {0, -1, 0, -1, 0}, {-1, 4, 5, 4, -1}, {0, -1, 0, -1, 0}, {0, 0, .5, 0, 0}}};
constexpr Kernel kDiagonal{{{0, 0, -1.5, 0, 0},
                            {0, 2, 0, 2, 0},
                            {-1.5, 0, 6, 0, -1.5},
                            {0, 2, 0, 2, 0},
                            {0, 0, -1.5, 0, 0}}};

Tensor Judge::malvar() const {
  const auto filtered = [&](const Kernel& kernel, bool transposed, int y, int x) {
    double sum = 0.0;
    for (int i = 0; i < 5; ++i)
      for (int j = 0; j < 5; ++j)
        sum += (transposed ? kernel[j][i] : kernel[i][j]) * cfa_.get(y + i - 2, x + j - 2);
    return sum / 8.0;
  };
  std::array<Plane, 3> rgb;
  for (int c = 0; c < 3; ++c)
    rgb[c] = plane([&](int y, int x) {
      if (colour(y, x) == c) return cfa_.get(y, x);
      if (c == 1) return filtered(kGreen, false, y, x);
      if (colour(y, x) == 1) return filtered(kBesideInRow, !in_row_of(c, y), y, x);
      return filtered(kDiagonal, false, y, x);
    });
  return cut(rgb);
}

Plane Judge::green(bool horizontal) const {
  const int dy = horizontal ? 0 : 1, dx = 1 - dy;
  return plane([&](int y, int x) {
    const auto at = [&](int k) { return cfa_.get(y + k * dy, x + k * dx); };
    if (colour(y, x) == 1) return at(0);
    return 0.5 * (at(-1) + at(1)) + 0.5 * at(0) - 0.25 * (at(-2) + at(2));
  });
}

Tensor Judge::menon() const {
  const std::array<Plane, 2> candidates{green(false), green(true)};
  // Classifiers: gradients of the chrominance (colour minus green, 0 at green pixels) over two
  // pixels, summed over the 5x5 window with the weights of the paper's figure.
  std::array<Plane, 2> classifiers;
  for (int horizontal = 0; horizontal < 2; ++horizontal) {
    const int dy = 1 - horizontal, dx = horizontal;
    const auto chrominance = [&](int y, int x) {
      return colour(y, x) == 1 ? 0.0 : cfa_.get(y, x) - candidates[horizontal].get(y, x);
    };
    const Plane gradient = plane([&](int y, int x) {
      return std::abs(chrominance(y, x) - chrominance(y + 2 * dy, x + 2 * dx));
    });
    constexpr double kWeights[5][3] = {{1, 0, 1}, {0, 1, 0}, {3, 0, 3}, {0, 1, 0}, {1, 0, 1}};
    classifiers[horizontal] = plane([&](int y, int x) {
      double sum = 0.0;
      for (int across = -2; across <= 2; ++across)
        for (int along = -2; along <= 0; ++along)
          sum += kWeights[across + 2][along + 2] *
                 gradient.get(y + along * dy + across * dx, x + along * dx + across * dy);
      return sum;
    });
  }
  const Plane horizontal = plane([&](int y, int x) {
    return classifiers[0].get(y, x) >= classifiers[1].get(y, x) ? 1.0 : 0.0;
  });
  const Plane g =
      plane([&](int y, int x) { return candidates[horizontal.get(y, x) > 0 ? 1 : 0].get(y, x); });
  const auto mean = [](const Formula& f, int y, int x, bool along_row) {
    return along_row ? 0.5 * (f(y, x - 1) + f(y, x + 1)) : 0.5 * (f(y - 1, x) + f(y + 1, x));
  };
  // Red and blue at green pixels: bilinear interpolation of their difference to green.
  std::array<Plane, 3> half;
  for (const int c : {0, 2})
    half[c] = plane([&](int y, int x) {
      const auto difference = [&](int v, int u) { return cfa_.get(v, u) - g.get(v, u); };
      return colour(y, x) == 1 ? cfa_.get(y, x) + mean(difference, y, x, in_row_of(c, y))
                               : cfa_.get(y, x);
    });
  // Red at blue and blue at red: along the chosen direction, from red minus blue.
  std::array<Plane, 3> full;
  for (const int c : {0, 2})
    full[c] = plane([&](int y, int x) {
      if (colour(y, x) != 2 - c) return half[c].get(y, x);
      const auto difference = [&](int v, int u) {
        return half[c].get(v, u) - half[2 - c].get(v, u);
      };
      return cfa_.get(y, x) + mean(difference, y, x, horizontal.get(y, x) > 0);
    });
  return cut(refined(full[0], g, full[2], horizontal));
}

std::array<Plane, 3> Judge::refined(Plane r, Plane g, Plane b, const Plane& horizontal) const {
  const auto mean3 = [&](const Formula& f, int y, int x) {
    return horizontal.get(y, x) > 0 ? (f(y, x - 1) + f(y, x) + f(y, x + 1)) / 3.0
                                    : (f(y - 1, x) + f(y, x) + f(y + 1, x)) / 3.0;
  };
  std::array<Plane, 3> c{std::move(r), std::move(g), std::move(b)};
  const auto difference = [&](int first, int second) {
    return [&, first, second](int y, int x) { return c[first].get(y, x) - c[second].get(y, x); };
  };
  c[1] = plane([&](int y, int x) {
    const int own = colour(y, x);
    return own == 1 ? c[1].get(y, x) : cfa_.get(y, x) - mean3(difference(own, 1), y, x);
  });
  for (const int own : {0, 2})
    c[own] = plane([&](int y, int x) {
      if (colour(y, x) != 1) return c[own].get(y, x);
      const Formula f = difference(own, 1);
      return cfa_.get(y, x) + (in_row_of(own, y) ? 0.5 * (f(y, x - 1) + f(y, x + 1))
                                                 : 0.5 * (f(y - 1, x) + f(y + 1, x)));
    });
  const std::array<Plane, 3> before = c;
  for (const int own : {0, 2})
    c[own] = plane([&](int y, int x) {
      if (colour(y, x) != 2 - own) return before[own].get(y, x);
      return cfa_.get(y, x) +
             mean3([&](int v, int u) { return before[own].get(v, u) - before[2 - own].get(v, u); },
                   y, x);
    });
  return c;
}

}  // namespace

TEST_SUITE("classical/demosaic judge") {
  TEST_CASE("malvar is the four published kernels") {
    for (const BayerPattern pattern : kPatterns)
      for (const Shape shape : {Shape{1, 2, 2}, Shape{1, 5, 8}, Shape{1, 67, 33}}) {
        const Tensor mosaic = random_tensor(shape, 11);
        const Tensor found = demosaicked(classical::demosaic_malvar, mosaic, pattern);
        CHECK(max_difference(Judge(mosaic, pattern).malvar(), found) <= 2e-6);
      }
  }

  // Sides of four and more: mirrored, a shorter one makes ties that only rounding decides.
  TEST_CASE("menon is the published algorithm, refinement included") {
    for (const BayerPattern pattern : kPatterns)
      for (const Shape shape : {Shape{1, 4, 5}, Shape{1, 5, 8}, Shape{1, 67, 33}}) {
        const Tensor mosaic = random_tensor(shape, 12);
        const Tensor found = demosaicked(classical::demosaic_menon, mosaic, pattern);
        CHECK(max_difference(Judge(mosaic, pattern).menon(), found) <= 2e-6);
      }
  }
}

}  // namespace tessera::test
