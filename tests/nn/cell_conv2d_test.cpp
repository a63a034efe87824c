// SPDX-License-Identifier: MIT
#include "nn/pointwise/cell_conv2d.h"

#include <doctest/doctest.h>

#include "base/threads/threads_inside.h"
#include "judge.h"
#include "nn/pointwise/sub_pixel_conv2d.h"

using namespace tessera;

namespace {

/// Random weights (in, out, 2, 2), or (out, in, 2, 2), and bias (out).
struct Case {
  int in, out;
  std::vector<float> weights, bias;

  Case(int in_channels, int out_channels) : in(in_channels), out(out_channels) {
    const auto scale = static_cast<float>(1.0 / std::sqrt(in));
    for (int i = 0; i < in * out * 4; ++i)
      weights.push_back(scale * base::random_normal(5, static_cast<std::uint64_t>(i)));
    for (int i = 0; i < out; ++i)
      bias.push_back(base::random_normal(6, static_cast<std::uint64_t>(i)));
  }
  nn::StridedConv2d strided() const { return {in, out, weights, bias}; }
  nn::TransposedConv2d transposed() const { return {in, out, weights, bias}; }

  double weight(int first, int second, int second_count, int row, int column) const {
    return weights[static_cast<std::size_t>(((first * second_count + second) * 2 + row % 2) * 2 +
                                            column % 2)];
  }

  // The definitions, in double.
  Tensor halved(TensorView<const float> x) const {
    Tensor y(out, x.height() / 2, x.width() / 2);
    for (int o = 0; o < out; ++o)
      for (int row = 0; row < y.height(); ++row)
        for (int column = 0; column < y.width(); ++column) {
          double value = static_cast<double>(bias[static_cast<std::size_t>(o)]);
          for (int c = 0; c < in; ++c)
            for (int place = 0; place < 4; ++place)
              value += weight(o, c, in, place / 2, place) *
                       x(c, 2 * row + place / 2, 2 * column + place % 2);
          y(o, row, column) = static_cast<float>(value);
        }
    return y;
  }
  Tensor doubled(TensorView<const float> x, TensorView<const float> start) const {
    Tensor sum(start.shape());
    for (int o = 0; o < out; ++o)
      for (int row = 0; row < sum.height(); ++row)
        for (int column = 0; column < sum.width(); ++column) {
          double value = static_cast<double>(bias[static_cast<std::size_t>(o)]);
          for (int c = 0; c < in; ++c)
            value += weight(c, o, out, row, column) * x(c, row / 2, column / 2);
          sum(o, row, column) = static_cast<float>(value + start(o, row, column));
        }
    return sum;
  }
};

Tensor halved(const nn::StridedConv2d& conv, TensorView<const float> x) {
  nn::FeatureMap out;
  conv.forward(test::map_of(x), out);
  return test::planes_of(out);
}

Tensor added(const nn::TransposedConv2d& conv,
             TensorView<const float> x,
             TensorView<const float> start) {
  nn::FeatureMap sum = test::map_of(start);
  conv.add_to(test::map_of(x), sum);
  return test::planes_of(sum);
}

/// So many pixels of the map at a time.
Tensor sub_pixel_planes(const nn::SubPixelConv2d& conv, const nn::FeatureMap& map, int piece) {
  const Shape shape = map.shape();
  const nn::SubPixelConv2d::Rows rows(conv, map);
  Tensor planes(rows.planes(), 2 * shape.height, 2 * shape.width);
  Tensor scratch(1, 1, static_cast<int>(rows.scratch_for(piece)));
  const auto plane = static_cast<std::ptrdiff_t>(planes.shape().plane());
  for (int y = 0; y < shape.height; ++y)
    for (int x = 0; x < shape.width; x += piece)
      rows.make(
          y, x, std::min(x + piece, shape.width),
          {planes.view().row(0, 2 * y) + 2 * x, planes.view().row(0, 2 * y + 1) + 2 * x, plane},
          scratch.data());
  return planes;
}

Tensor part_of(const Tensor& whole, Region region) {
  Tensor part(whole.channels(), region.height, region.width);
  copy_region(whole, region, part);
  return part;
}

Region times_two(Region r) { return {2 * r.top, 2 * r.left, 2 * r.height, 2 * r.width}; }

const std::vector<std::pair<int, int>> kChannels{{48, 96}, {112, 96}, {20, 12}, {5, 3},
                                                 {12, 20}, {17, 16},  {8, 33}};
const std::vector<std::pair<int, int>> kSizes{{1, 1}, {1, 9}, {7, 1}, {13, 17}, {6, 40}, {2, 300}};
const std::vector<Region> kParts{{0, 0, 8, 12}, {4, 8, 33, 42}, {36, 49, 1, 1}};

}  // namespace

TEST_SUITE("nn/cell_conv2d") {
  TEST_CASE("both equal their definitions; the transposed one adds to what is there") {
    for (const auto& [in, out] : kChannels) {
      const Case judged(in, out);
      for (const auto& [height, width] : kSizes) {
        const Tensor small = test::random_tensor({in, height, width}, 3, -1.0F, 1.0F);
        const Tensor large = test::random_tensor({in, 2 * height, 2 * width}, 4, -1.0F, 1.0F);
        const Tensor start = test::random_tensor({out, 2 * height, 2 * width}, 4, -1.0F, 1.0F);
        CHECK(test::relative_error(judged.halved(large), halved(judged.strided(), large)) < 1e-5);
        CHECK(test::relative_error(judged.doubled(small, start),
                                   added(judged.transposed(), small, start)) < 1e-5);
      }
    }
  }

  TEST_CASE("what comes out is a valid input: padded channels stay zero") {
    const Case judged(20, 12);
    const nn::ConvSpec next{.in_channels = 12, .out_channels = 8};
    const test::ConvWeights numbers(next);
    const Tensor x = test::random_tensor({20, 6, 10}, 3), start(12, 12, 20);
    nn::FeatureMap sum = test::map_of(start), half, out;
    judged.transposed().add_to(test::map_of(x), sum);
    numbers.make(next).forward(sum, out);
    CHECK(test::relative_error(test::convolve(next, numbers, judged.doubled(x, start)),
                               test::planes_of(out)) < 1e-5);
    judged.strided().forward(test::map_of(x), half);
    numbers.make(next).forward(half, out);
    CHECK(test::relative_error(test::convolve(next, numbers, judged.halved(x)),
                               test::planes_of(out)) < 1e-5);
  }

  TEST_CASE("a sub-pixel convolution is the pointwise one, then pixel_shuffle2, in any pieces") {
    const nn::ConvSpec spec{.in_channels = 48, .out_channels = 28, .kernel = 1};
    const test::ConvWeights numbers(spec);
    const nn::SubPixelConv2d sub_pixel(48, 7, numbers.weights, numbers.bias);
    for (const auto& [height, width] : {std::pair{1, 1}, {1, 9}, {7, 1}, {20, 301}}) {
      const Tensor x = test::random_tensor({48, height, width}, 3, -1.0F, 1.0F);
      Tensor judged(7, 2 * height, 2 * width);
      pixel_shuffle2(test::convolve(spec, numbers, x), judged);
      const nn::FeatureMap map = test::map_of(x);
      const Tensor whole = sub_pixel_planes(sub_pixel, map, width);
      CHECK(test::relative_error(judged, whole) < 1e-5);
      for (const int piece : {1, 2, 7, 100})
        CHECK(test::max_difference(whole, sub_pixel_planes(sub_pixel, map, piece)) == 0.0);
    }
  }

  TEST_CASE("threads inside change no bit") {
    const Case judged(48, 96), back(96, 48);
    const Tensor large = test::random_tensor({48, 130, 60}, 3, -1.0F, 1.0F);
    const Tensor half = halved(judged.strided(), large);
    const Tensor doubled = added(back.transposed(), half, large);
    for (const int threads : {2, 3}) {
      const base::ThreadsInsideScope inside(threads);
      CHECK(test::max_difference(half, halved(judged.strided(), large)) == 0.0);
      CHECK(test::max_difference(doubled, added(back.transposed(), half, large)) == 0.0);
    }
  }

  TEST_CASE("every part of a map has the whole map's bits") {
    const Case judged(96, 48);
    const Tensor small = test::random_tensor({96, 37, 50}, 3, -1.0F, 1.0F), zeros(48, 74, 100);
    const Tensor large = test::random_tensor({96, 74, 100}, 5, -1.0F, 1.0F);
    const Tensor doubled = added(judged.transposed(), small, zeros);
    const Tensor half = halved(judged.strided(), large);
    for (const Region part : kParts) {
      const Tensor wide = part_of(doubled, times_two(part)), none(wide.shape());
      CHECK(test::max_difference(wide, added(judged.transposed(), part_of(small, part), none)) ==
            0.0);
      CHECK(test::max_difference(part_of(half, part),
                                 halved(judged.strided(), part_of(large, times_two(part)))) == 0.0);
    }
  }
}
