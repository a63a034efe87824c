// SPDX-License-Identifier: MIT
#include "fusion/operators/plain_operators.h"

#include <Eigen/Core>
#include <algorithm>
#include <cmath>

#include "model/blocks/pixel_windows.h"

namespace tessera::fusion {
namespace {

constexpr double kEpsilon = 1e-5;  // of PyTorch's LayerNorm

/// f(a, b) for each value a of the first and b of the last input.
template <typename Function>
Tensor elementwise(const Inputs& in, Function f) {
  Tensor out(in[0]->shape());
  for (std::size_t i = 0; i < out.shape().count(); ++i)
    out.data()[i] = f(in[0]->data()[i], in.back()->data()[i]);
  return out;
}

/// work(sum at x, x + step) for all x of a line of sums for which x + step lies in it.
template <typename Work>
void for_each_inside(std::vector<double>& line, int step, const Work& work) {
  const int width = static_cast<int>(line.size());
  for (int x = std::max(0, -step); x < std::min(width, width - step); ++x)
    work(line[static_cast<std::size_t>(x)], x + step);
}

/// The pixels of a window that lie in the picture.
struct WindowPixels {
  std::vector<std::size_t> at;   ///< in a plane
  std::vector<int> row, column;  ///< in the window

  int count() const { return static_cast<int>(at.size()); }
};

WindowPixels pixels_of(Region window, const model::PixelWindows& windows, int size, int width) {
  WindowPixels pixels;
  windows.for_each_line(window, [&](int y, int x, int first, int count) {
    for (int k = 0; k < count; ++k) {
      pixels.at.push_back(static_cast<std::size_t>(y) * static_cast<std::size_t>(width) +
                          static_cast<std::size_t>(x + k));
      pixels.row.push_back((first + k) / size);
      pixels.column.push_back((first + k) % size);
    }
  });
  return pixels;
}

/// One head's channels at some pixels.  Shapes  (pixels, channels of the head).
Eigen::MatrixXd head_rows(const Tensor& planes, int head, int heads, const WindowPixels& pixels) {
  const int units = planes.channels() / heads;
  Eigen::MatrixXd rows(pixels.count(), units);
  for (int c = 0; c < units; ++c)
    for (int p = 0; p < pixels.count(); ++p)
      rows(p, c) = planes.view().plane(head * units + c)[pixels.at[static_cast<std::size_t>(p)]];
  return rows;
}

/// Rows of softmax(q k' / sqrt(D) + bias).  Shapes  (pixels, pixels).
Eigen::MatrixXd attention_rows(const Eigen::MatrixXd& q,
                               const Eigen::MatrixXd& k,
                               std::span<const float> places,
                               int size,
                               const WindowPixels& pixels) {
  Eigen::MatrixXd rows = q * k.transpose() / std::sqrt(static_cast<double>(q.cols()));
  for (int i = 0; i < pixels.count(); ++i) {
    const auto query = static_cast<std::size_t>(i);
    for (int j = 0; j < pixels.count(); ++j) {
      const auto key = static_cast<std::size_t>(j);
      const int down = pixels.row[key] - pixels.row[query] + size - 1;
      const int right = pixels.column[key] - pixels.column[query] + size - 1;
      rows(i, j) += places[static_cast<std::size_t>(down * (2 * size - 1) + right)];
    }
    rows.row(i) = (rows.row(i).array() - rows.row(i).maxCoeff()).exp();
    rows.row(i) /= rows.row(i).sum();
  }
  return rows;
}

}  // namespace

Tensor by_element(OperatorKind kind, const Inputs& in) {
  switch (kind) {
    case OperatorKind::Relu:
      return elementwise(in, [](float a, float) { return std::max(a, 0.0F); });
    case OperatorKind::Sigmoid:
      return elementwise(in, [](float a, float) { return 1.0F / (1.0F + std::exp(-a)); });
    case OperatorKind::Add:
      return elementwise(in, [](float a, float b) { return a + b; });
    case OperatorKind::Subtract:
      return elementwise(in, [](float a, float b) { return a - b; });
    default:
      return elementwise(in, [](float a, float b) { return a * b; });
  }
}

Tensor joined(const Tensor& a, const Tensor& b) {
  Tensor out(a.channels() + b.channels(), a.height(), a.width());
  std::copy_n(a.data(), a.shape().count(), out.data());
  std::copy_n(b.data(), b.shape().count(), out.data() + a.shape().count());
  return out;
}

Tensor part(const Tensor& in, int first, int channels) {
  Tensor out(channels, in.height(), in.width());
  std::copy_n(in.view().plane(first), out.shape().count(), out.data());
  return out;
}

Tensor shuffled(const Tensor& in, int factor, bool unshuffle) {
  const int f = factor, square = f * f;
  Tensor out = unshuffle ? Tensor(in.channels() * square, in.height() / f, in.width() / f)
                         : Tensor(in.channels() / square, in.height() * f, in.width() * f);
  const Tensor& large = unshuffle ? in : out;
  for (int c = 0; c < large.channels(); ++c)
    for (int y = 0; y < large.height(); ++y)
      for (int x = 0; x < large.width(); ++x) {
        const int small = c * square + y % f * f + x % f;
        if (unshuffle)
          out(small, y / f, x / f) = in(c, y, x);
        else
          out(c, y, x) = in(small, y / f, x / f);
      }
  return out;
}

Tensor grouped_convolution(const Tensor& in,
                           const NamedTensor& weight,
                           std::span<const float> bias,
                           std::span<const float> border_bias,
                           int groups,
                           int dilation) {
  const int outputs = static_cast<int>(weight.shape[0]), inner = static_cast<int>(weight.shape[1]);
  const int rows = static_cast<int>(weight.shape[2]), columns = static_cast<int>(weight.shape[3]);
  const int taps = rows * columns, width = in.width();
  Tensor out(outputs, in.height(), width);
  std::vector<double> line(static_cast<std::size_t>(width));
  for (int o = 0; o < outputs; ++o)
    for (int y = 0; y < in.height(); ++y) {
      std::fill(line.begin(), line.end(), bias[static_cast<std::size_t>(o)]);
      for (int tap = 0; tap < taps; ++tap) {
        const int from = y + (tap / columns - rows / 2) * dilation;
        const int step = (tap % columns - columns / 2) * dilation;
        if (from < 0 || from >= in.height()) continue;
        if (!border_bias.empty())
          for_each_inside(line, step, [&, at = o * taps + tap](double& sum, int) {
            sum += border_bias[static_cast<std::size_t>(at)];
          });
        for (int i = 0; i < inner; ++i) {
          const double factor =
              weight.values[static_cast<std::size_t>((o * inner + i) * taps + tap)];
          const float* source = in.view().row(o / (outputs / groups) * inner + i, from);
          for_each_inside(line, step, [=](double& sum, int x) { sum += factor * source[x]; });
        }
      }
      for (int x = 0; x < width; ++x)
        out(o, y, x) = static_cast<float>(line[static_cast<std::size_t>(x)]);
    }
  return out;
}

Tensor normed(const Tensor& in, std::span<const float> gain, std::span<const float> bias) {
  Tensor out(in.shape());
  const int channels = in.channels();
  for (std::size_t p = 0; p < in.shape().plane(); ++p) {
    double mean = 0.0, variance = 0.0;
    for (int c = 0; c < channels; ++c) mean += in.view().plane(c)[p] / channels;
    for (int c = 0; c < channels; ++c)
      variance += std::pow(in.view().plane(c)[p] - mean, 2) / channels;
    const double scale = 1.0 / std::sqrt(variance + kEpsilon);
    for (int c = 0; c < channels; ++c) {
      const auto unit = static_cast<std::size_t>(c);
      out.view().plane(c)[p] =
          static_cast<float>((in.view().plane(c)[p] - mean) * scale * gain[unit] + bias[unit]);
    }
  }
  return out;
}

Tensor attended(const Operator& op, std::span<const float> position_bias, const Inputs& in) {
  const Tensor &q = *in[0], &k = *in[1], &v = *in[2];
  Tensor out(v.shape());
  const int units = v.channels() / op.heads;
  const std::size_t places = position_bias.size() / static_cast<std::size_t>(op.heads);
  const model::PixelWindows windows(v.height(), v.width(), op.window, op.shift);
  windows.for_each([&](Region window) {
    const WindowPixels pixels = pixels_of(window, windows, op.window, v.width());
    for (int g = 0; g < op.heads; ++g) {
      const Eigen::MatrixXd mixed =
          attention_rows(head_rows(q, g, op.heads, pixels), head_rows(k, g, op.heads, pixels),
                         position_bias.subspan(static_cast<std::size_t>(g) * places, places),
                         op.window, pixels) *
          head_rows(v, g, op.heads, pixels);
      for (int c = 0; c < units; ++c)
        for (int p = 0; p < pixels.count(); ++p)
          out.view().plane(g * units + c)[pixels.at[static_cast<std::size_t>(p)]] =
              static_cast<float>(mixed(p, c));
    }
  });
  return out;
}

}  // namespace tessera::fusion
