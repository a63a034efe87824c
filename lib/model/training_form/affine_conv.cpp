// SPDX-License-Identifier: MIT
#include "model/training_form/affine_conv.h"

#include <algorithm>

#include "base/assertion.h"

namespace tessera::model {
namespace {

/// Where a coordinate beyond [0, size) is read; -1 for nowhere.
int padded_coordinate(int position, int size, Padding padding) {
  if (position >= 0 && position < size) return position;
  switch (padding) {
    case Padding::Zero:
      return -1;
    case Padding::Replicate:
      return std::clamp(position, 0, size - 1);
    case Padding::Circular:
      return (position % size + size) % size;
    case Padding::Reflect:
      break;
  }
  if (size == 1) return 0;
  const int period = 2 * (size - 1);
  const int folded = (position % period + period) % period;
  return folded < size ? folded : period - folded;
}

/// Adds one tap of one weight to a plane of the output.
void add_tap(const Planes& x,
             int channel,
             int dy,
             int dx,
             double weight,
             Padding padding,
             double outside,
             Planes& y,
             int o) {
  const Shape size = x.shape;
  for (int row = 0; row < size.height; ++row) {
    const int source_row = padded_coordinate(row + dy, size.height, padding);
    for (int column = 0; column < size.width; ++column) {
      const int source_column = padded_coordinate(column + dx, size.width, padding);
      const bool inside = source_row >= 0 && source_column >= 0;
      y.at(o, row, column) +=
          weight * (inside ? x.at(channel, source_row, source_column) : outside);
    }
  }
}

/// Adds `value` to the pixels p of plane o for which p + (dy, dx) lies inside.
void add_inside(Planes& y, int o, int dy, int dx, double value) {
  for (int row = std::max(0, -dy); row < std::min(y.shape.height, y.shape.height - dy); ++row)
    for (int column = std::max(0, -dx); column < std::min(y.shape.width, y.shape.width - dx);
         ++column)
      y.at(o, row, column) += value;
}

}  // namespace

std::string name_of(Padding padding) {
  switch (padding) {
    case Padding::Zero:
      return "zero";
    case Padding::Replicate:
      return "replicate";
    case Padding::Reflect:
      return "reflect";
    case Padding::Circular:
      return "circular";
  }
  return "unknown";
}

AffineConv AffineConv::zeros(int out, int in, int height, int width, int groups) {
  TESSERA_ASSERT(groups > 0 && out % groups == 0 && in % groups == 0);
  AffineConv conv;
  conv.out = out;
  conv.in = in;
  conv.height = height;
  conv.width = width;
  conv.groups = groups;
  conv.weights.assign(static_cast<std::size_t>(out) * (in / groups) * height * width, 0.0);
  conv.bias.assign(static_cast<std::size_t>(out), 0.0);
  return conv;
}

Planes convolved(const AffineConv& conv, const Planes& x, const std::vector<double>& outside) {
  TESSERA_ASSERT(x.shape.channels == conv.in && conv.stride == 1 && !conv.transposed);
  Planes y({conv.out, x.shape.height, x.shape.width});
  const Padding padding = outside.empty() ? conv.padding : Padding::Zero;
  for (int o = 0; o < conv.out; ++o) {
    const int first = o / (conv.out / conv.groups) * conv.in_per_group();
    std::fill_n(&y.at(o, 0, 0), x.shape.plane(), conv.bias[o]);
    for (int ty = 0; ty < conv.height; ++ty)
      for (int tx = 0; tx < conv.width; ++tx) {
        const int dy = conv.dilation * (ty - conv.height / 2);
        const int dx = conv.dilation * (tx - conv.width / 2);
        for (int i = 0; i < conv.in_per_group(); ++i)
          add_tap(x, first + i, dy, dx, conv.weight(o, i, ty, tx), padding,
                  outside.empty() ? 0.0 : outside[first + i], y, o);
        if (!conv.border_bias.empty())
          add_inside(y, o, dy, dx, conv.border_bias[(o * conv.height + ty) * conv.width + tx]);
      }
  }
  return y;
}

}  // namespace tessera::model
