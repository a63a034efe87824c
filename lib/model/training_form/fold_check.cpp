// SPDX-License-Identifier: MIT
#include "model/training_form/fold_check.h"

#include <algorithm>
#include <cmath>

#include "base/assertion.h"
#include "base/random.h"
#include "nn/border_bias.h"
#include "nn/conv2d.h"
#include "tensor/tensor.h"

namespace tessera::model {
namespace {

Planes noise(Shape shape, std::uint64_t seed) {
  Planes planes(shape);
  for (std::size_t k = 0; k < planes.values.size(); ++k)
    planes.values[k] = base::random_normal(seed, k);
  return planes;
}

Planes impulses(Shape shape) {
  Planes planes(shape);
  for (int c = 0; c < shape.channels; ++c) {
    for (const int y : {0, shape.height - 1})
      for (const int x : {0, shape.width - 1}) planes.at(c, y, x) = 1.0;
    planes.at(c, shape.height / 2, shape.width / 2) = 1.0;
  }
  return planes;
}

/// Ramps of another slope in each channel, cut by a vertical and a slanted edge.
Planes picture(Shape shape) {
  Planes planes(shape);
  for (int c = 0; c < shape.channels; ++c)
    for (int y = 0; y < shape.height; ++y)
      for (int x = 0; x < shape.width; ++x) {
        const double ramp = (0.1 + 0.05 * (c % 5)) * x / shape.width + 0.3 * y / shape.height;
        const double edges = (2 * x > shape.width ? 0.3 : 0.0) + (x + y > shape.width ? 0.2 : 0.0);
        planes.at(c, y, x) = ramp + edges;
      }
  return planes;
}

/// A folded convolution as conv_net runs it.
class Runtime {
 public:
  explicit Runtime(const AffineConv& conv)
      : conv_(conv),
        border_bias_(conv.border_bias.begin(), conv.border_bias.end()),
        layer_(layer_from(conv)) {}

  Planes run(const Planes& x) const {
    Tensor in(x.shape), out(Shape{conv_.out, x.shape.height, x.shape.width});
    std::copy(x.values.begin(), x.values.end(), in.data());
    nn::FeatureMap given, result;
    given.assign(in);
    layer_.forward(given, result);
    if (!border_bias_.empty())
      nn::subtract_missing_taps(result, border_bias_, conv_.height, conv_.dilation);
    result.copy_to(out);
    Planes y(out.shape());
    std::copy_n(out.data(), y.values.size(), y.values.begin());
    return y;
  }

  /// Likewise in two tiles side by side, each with `halo` columns of the other.
  Planes run_in_tiles(const Planes& x, int cut, int halo) const {
    Planes y({conv_.out, x.shape.height, x.shape.width});
    const int width = x.shape.width;
    for (const auto& [begin, end] : {std::pair{0, cut}, std::pair{cut, width}}) {
      const int first = std::max(0, begin - halo), last = std::min(width, end + halo);
      Planes tile({x.shape.channels, x.shape.height, last - first});
      copy_columns(x, first, last, tile, 0);
      const Planes result = run(tile);
      copy_columns(result, begin - first, end - first, y, begin);
    }
    return y;
  }

 private:
  static nn::Conv2d layer_from(const AffineConv& conv) {
    TESSERA_ASSERT(conv.height == conv.width && conv.groups == 1);
    const std::vector<float> weights(conv.weights.begin(), conv.weights.end());
    std::vector<float> bias(conv.bias.begin(), conv.bias.end());
    for (std::size_t k = 0; k < conv.border_bias.size(); ++k)
      bias[k / conv.taps()] += static_cast<float>(conv.border_bias[k]);
    return nn::Conv2d({.in_channels = conv.in,
                       .out_channels = conv.out,
                       .kernel = conv.height,
                       .dilation = conv.dilation,
                       .algorithm = nn::ConvAlgorithm::Direct},
                      weights, bias);
  }
  static void copy_columns(const Planes& from, int begin, int end, Planes& to, int at) {
    for (int c = 0; c < to.shape.channels; ++c)
      for (int y = 0; y < to.shape.height; ++y)
        for (int x = begin; x < end; ++x) to.at(c, y, at + x - begin) = from.at(c, y, x);
  }

  const AffineConv& conv_;
  std::vector<float> border_bias_;
  nn::Conv2d layer_;
};

/// Applies the live gates behind a block.
Planes gated(const std::vector<const ChannelGate*>& gates, Planes y) {
  for (const ChannelGate* gate : gates) {
    const std::vector<double> factors = gate->factors(y);
    for (std::size_t k = 0; k < y.values.size(); ++k) y.values[k] *= factors[k / y.shape.plane()];
  }
  return y;
}

/// Collects differences.
class Comparison {
 public:
  explicit Comparison(int reach) : reach_(std::max(1, reach)) {}

  void add(const Planes& expected, const Planes& in_double, const Planes& in_single) {
    double largest = 0.0, worst_double = 0.0, worst_single = 0.0;
    for (int c = 0; c < expected.shape.channels; ++c)
      for (int y = 0; y < expected.shape.height; ++y)
        for (int x = 0; x < expected.shape.width; ++x) {
          const double value = expected.at(c, y, x);
          const double single = distance(value, in_single.at(c, y, x));
          largest = std::max(largest, std::abs(value));
          worst_double = std::max(worst_double, distance(value, in_double.at(c, y, x)));
          worst_single = std::max(worst_single, single);
          double& ring = sees_the_edge(expected.shape, y, x) ? result_.border : result_.interior;
          ring = std::max(ring, single);
        }
    result_.relative_double =
        std::max(result_.relative_double, worst_double / std::max(largest, 1e-30));
    result_.relative_single =
        std::max(result_.relative_single, worst_single / std::max(1.0, largest));
  }

  FoldCheck result() const {
    FoldCheck check = result_;
    check.passed =
        check.relative_double <= kDoubleTolerance && check.relative_single <= kSingleTolerance;
    return check;
  }

 private:
  /// Infinite when one of them is not a number.
  static double distance(double a, double b) {
    const double difference = std::abs(a - b);
    return std::isfinite(difference) ? difference : INFINITY;
  }
  bool sees_the_edge(Shape shape, int y, int x) const {
    return y < reach_ || x < reach_ || y >= shape.height - reach_ || x >= shape.width - reach_;
  }

  int reach_;
  FoldCheck result_;
};

}  // namespace

std::vector<Planes> fold_probes(int channels) {
  std::vector<Planes> probes;
  std::uint64_t seed = 2026;
  for (const auto& [height, width] :
       {std::pair{13, 17}, std::pair{1, 1}, std::pair{1, 5}, std::pair{4, 1}, std::pair{2, 2}})
    probes.push_back(noise({channels, height, width}, ++seed));
  for (const double value : {0.0, 0.5, 1.0}) probes.emplace_back(Shape{channels, 5, 6}, value);
  probes.push_back(impulses({channels, 7, 8}));
  probes.push_back(picture({channels, 9, 11}));
  return probes;
}

FoldCheck check_fold(const TrainingBlock& block, const AffineConv& folded) {
  const Runtime runtime(folded);
  const auto gates = block.trailing_gates();
  const int reach = folded.dilation * (folded.height / 2);
  Comparison comparison(reach);
  for (const Planes& x : fold_probes(folded.in)) {
    const Planes expected = block.evaluate(x), in_double = gated(gates, convolved(folded, x));
    comparison.add(expected, in_double, gated(gates, runtime.run(x)));
    const int cut = x.shape.width / 2;
    if (cut > 0)
      comparison.add(expected, in_double, gated(gates, runtime.run_in_tiles(x, cut, reach)));
  }
  return comparison.result();
}

}  // namespace tessera::model
