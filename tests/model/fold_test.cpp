// SPDX-License-Identifier: MIT
#include "model/training_form/fold.h"

#include <doctest/doctest.h>

#include "random_conv.h"
#include "support/error_code.h"
#include "tessera/error.h"

namespace {

using namespace tessera;
using model::AffineConv;
using model::InnerPadding;
using model::Padding;
using model::Planes;
using test::awkward_sizes;
using test::normalised;
using test::RandomNumbers;
using test::relative_error;

constexpr double kTolerance = 1e-12;
constexpr int kIn = 4, kMiddle = 6, kOut = 8;
constexpr Padding kPaddings[] = {Padding::Zero, Padding::Replicate, Padding::Reflect,
                                 Padding::Circular};

/// What a fold that must not exist says.
std::string refusal(const std::function<void()>& fold) {
  const std::string text = test::complaint_of(fold);
  CHECK(text.starts_with("not foldable: "));
  return text;
}

}  // namespace

TEST_SUITE("model/fold") {
  TEST_CASE("F1: a batch normalisation behind a convolution folds into it, bias included") {
    RandomNumbers random(1);
    const AffineConv conv = random.conv(kOut, kIn, 3, 3);
    const model::BatchNorm norm = random.batch_norm(kOut);
    const AffineConv folded = conv_then_batch_norm(conv, norm);
    for (const Shape size : awkward_sizes(kIn)) {
      const Planes x = random.planes(size), expected = normalised(norm, convolved(conv, x));
      CHECK(relative_error(expected, convolved(folded, x)) < kTolerance);
      // The mistakes seen in the wild.
      AffineConv unscaled = folded;
      for (int o = 0; o < kOut; ++o)
        unscaled.bias[o] = conv.bias[o] + norm.beta[o] -
                           norm.mean[o] * norm.gamma[o] / std::sqrt(norm.variance[o] + 1e-5);
      CHECK(relative_error(expected, convolved(unscaled, x)) > 1e-4);
      model::BatchNorm wrong_epsilon = norm;
      wrong_epsilon.epsilon = 1e-3;
      CHECK(relative_error(expected, convolved(conv_then_batch_norm(conv, wrong_epsilon), x)) >
            1e-5);
    }
  }

  TEST_CASE("F1: the scaled axis of a transposed convolution is the second one") {
    RandomNumbers random(2);
    AffineConv conv = random.conv(4, 6, 3, 3, 2);  // weights (in 6, out per group 2, 3, 3)
    conv.transposed = true;
    conv.weights.resize(6 * 2 * 9);
    const model::BatchNorm norm = random.batch_norm(4);
    const AffineConv folded = conv_then_batch_norm(conv, norm);
    for (int i = 0; i < 6; ++i)
      for (int o = 0; o < 2; ++o) {
        const int channel = i / 3 * 2 + o;
        const double t = norm.gamma[channel] / std::sqrt(norm.variance[channel] + 1e-5);
        for (int tap = 0; tap < 9; ++tap)
          CHECK(folded.weights[(i * 2 + o) * 9 + tap] ==
                doctest::Approx(t * conv.weights[(i * 2 + o) * 9 + tap]));
      }
  }

  TEST_CASE("F2 and F8: a per-pixel map before a 3x3 folds with every padding") {
    RandomNumbers random(3);
    const AffineConv first = random.conv(kMiddle, kIn, 1, 1);
    const model::BatchNorm norm = random.batch_norm(kMiddle);
    for (const Padding padding : kPaddings) {
      CAPTURE(name_of(padding));
      AffineConv second = random.conv(kOut, kMiddle, 3, 3);
      second.padding = padding;
      const AffineConv folded = sequence(first, second, InnerPadding::Outside);
      const AffineConv of_norm =
          sequence(conv_then_batch_norm(model::identity_conv(kMiddle, kMiddle), norm), second,
                   InnerPadding::Outside);
      CHECK(folded.border_bias.empty() == (padding != Padding::Zero));
      for (const Shape size : awkward_sizes(kIn)) {
        const Planes x = random.planes(size), middle = convolved(first, x);
        CHECK(relative_error(convolved(second, middle), convolved(folded, x)) < kTolerance);
        CHECK(relative_error(convolved(second, normalised(norm, middle)),
                             convolved(of_norm, middle)) < kTolerance);
      }
    }
  }

  TEST_CASE(
      "F8: zero padding after a bias needs nine biases; one bias is wrong at the border only") {
    RandomNumbers random(4);
    const AffineConv first = random.conv(kMiddle, kIn, 1, 1),
                     second = random.conv(kOut, kMiddle, 3, 3),
                     one_bias = sequence(first, second, InnerPadding::Image);
    const Planes x = random.planes({kIn, 9, 7}), expected = convolved(second, convolved(first, x)),
                 found = convolved(one_bias, x);
    CHECK(relative_error(expected, found) > 1e-2);
    for (int o = 0; o < kOut; ++o)
      for (int row = 1; row < 8; ++row)
        for (int column = 1; column < 6; ++column)
          CHECK(found.at(o, row, column) == doctest::Approx(expected.at(o, row, column)));
  }

  TEST_CASE("F8: padding by the image of zero keeps one bias") {
    RandomNumbers random(5);
    const AffineConv first = random.conv(kMiddle, kIn, 1, 1),
                     second = random.conv(kOut, kMiddle, 3, 3),
                     folded = sequence(first, second, InnerPadding::Image);
    CHECK(folded.border_bias.empty());
    for (const Shape size : awkward_sizes(kIn)) {
      const Planes x = random.planes(size);
      CHECK(relative_error(convolved(second, convolved(first, x), first.bias),
                           convolved(folded, x)) < kTolerance);
    }
  }

  TEST_CASE("F8: groups fold per group where equal and are expanded where not") {
    RandomNumbers random(6);
    const AffineConv grouped = random.conv(kMiddle, kIn, 1, 1, 2),
                     dense = random.conv(kMiddle, kIn, 1, 1),
                     second = random.conv(kOut, kMiddle, 3, 3, 2);
    CHECK(sequence(grouped, second, InnerPadding::Outside).groups == 2);
    CHECK(sequence(dense, second, InnerPadding::Outside).groups == 1);
    for (const AffineConv& first : {grouped, dense}) {
      const AffineConv folded = sequence(first, second, InnerPadding::Outside);
      const Planes x = random.planes({kIn, 5, 6});
      CHECK(relative_error(convolved(second, convolved(first, x)), convolved(folded, x)) <
            kTolerance);
      CHECK(relative_error(convolved(folded, x), convolved(without_groups(folded), x)) <
            kTolerance);
    }
  }

  TEST_CASE("F9: a 1x1 behind a 3x3 folds with any padding, border biases included") {
    RandomNumbers random(7);
    const AffineConv before = random.conv(kIn, kIn, 1, 1), last = random.conv(kOut, kMiddle, 1, 1);
    for (const Padding padding : kPaddings) {
      AffineConv conv = random.conv(kMiddle, kIn, 3, 3);
      conv.padding = padding;
      const AffineConv folded =
          sequence(sequence(before, conv, InnerPadding::Outside), last, InnerPadding::Outside);
      for (const Shape size : awkward_sizes(kIn)) {
        const Planes x = random.planes(size);
        CHECK(relative_error(convolved(last, convolved(conv, convolved(before, x))),
                             convolved(folded, x)) < kTolerance);
      }
    }
  }

  TEST_CASE("F3, F4, F5, F10, F12: kernels of all sizes and identities add up") {
    RandomNumbers random(8);
    const std::vector<AffineConv> branches{random.conv(kIn, kIn, 3, 3), random.conv(kIn, kIn, 1, 1),
                                           random.conv(kIn, kIn, 1, 3), random.conv(kIn, kIn, 3, 1),
                                           model::identity_conv(kIn)};
    const AffineConv folded = plus_identity(sum_of(branches));
    for (const Shape size : awkward_sizes(kIn)) {
      const Planes x = random.planes(size);
      Planes expected = test::sum(x, x);
      for (std::size_t k = 0; k + 1 < branches.size(); ++k)
        expected = test::sum(std::move(expected), convolved(branches[k], x));
      CHECK(relative_error(expected, convolved(folded, x)) < kTolerance);
    }
    const Planes x = random.planes({6, 3, 4});
    CHECK(relative_error(x, convolved(model::identity_conv(6, 3), x)) == 0.0);
  }

  TEST_CASE("F6: an average pool is a depthwise convolution when padding counts") {
    RandomNumbers random(9);
    const AffineConv pool = model::average_pool_conv(kIn, 3);
    const Planes x = random.planes({kIn, 4, 5});
    double corner = 0.0;
    for (const int y : {0, 1})
      for (const int column : {0, 1}) corner += x.at(1, y, column);
    CHECK(convolved(pool, x).at(1, 0, 0) == doctest::Approx(corner / 9));
    CHECK(convolved(pool, x).at(1, 0, 0) != doctest::Approx(corner / 4));
  }

  TEST_CASE("F7 and F14: fixed masks are depthwise convolutions") {
    RandomNumbers random(10);
    const Planes x = random.planes({2, 5, 5});
    const auto sobel = convolved(model::mask_conv(model::kSobelX, {2.0, -1.0}, {0.5, 0.0}), x);
    double expected = 0.5;
    for (const int dy : {-1, 0, 1})
      expected += 2.0 * (dy == 0 ? 2 : 1) * (x.at(0, 2 + dy, 1) - x.at(0, 2 + dy, 3));
    CHECK(sobel.at(0, 2, 2) == doctest::Approx(expected));
    const auto mixed =
        convolved(model::stencil_mixture_conv({{{3, 2, -1, 0.5}}, {{1, 0, 0, 0}}}), x);
    const double laplacian =
        x.at(0, 1, 2) + x.at(0, 3, 2) + x.at(0, 2, 1) + x.at(0, 2, 3) - 4 * x.at(0, 2, 2);
    CHECK(mixed.at(0, 2, 2) ==
          doctest::Approx(3 * x.at(0, 2, 2) + (x.at(0, 2, 3) - x.at(0, 2, 1)) -
                          0.5 * (x.at(0, 3, 2) - x.at(0, 1, 2)) + 0.5 * laplacian));
    CHECK(mixed.at(1, 3, 3) == x.at(1, 3, 3));
  }

  TEST_CASE("F11: factors per channel scale rows and biases") {
    RandomNumbers random(11);
    const std::vector<double> scale{0.5, -2.0, 3.0, 0.25};
    const AffineConv conv =
        sequence(random.conv(kIn, kIn, 1, 1), random.conv(kIn, kIn, 3, 3), InnerPadding::Outside);
    const auto scaled = [&](Planes x) {
      for (int c = 0; c < kIn; ++c)
        for (int y = 0; y < x.shape.height; ++y)
          for (int column = 0; column < x.shape.width; ++column) x.at(c, y, column) *= scale[c];
      return x;
    };
    for (const Shape size : awkward_sizes(kIn)) {
      const Planes x = random.planes(size);
      CHECK(relative_error(scaled(convolved(conv, x)), convolved(scale_outputs(conv, scale), x)) <
            kTolerance);
      AffineConv unscaled_bias = scale_outputs(conv, scale);
      unscaled_bias.bias = conv.bias;
      CHECK(relative_error(scaled(convolved(conv, x)), convolved(unscaled_bias, x)) > 1e-3);
    }
  }

  TEST_CASE("F13: a dilated kernel spread over a dense grid is the same") {
    RandomNumbers random(12);
    AffineConv conv =
        sequence(random.conv(kIn, kIn, 1, 1), random.conv(kIn, kIn, 3, 3), InnerPadding::Outside);
    conv.dilation = 2;
    const AffineConv dense = without_dilation(conv);
    CHECK(dense.height == 5);
    for (const Padding padding : kPaddings) {
      CAPTURE(name_of(padding));
      AffineConv padded = conv;
      padded.padding = padding;
      const Planes x = random.planes({kIn, 9, 7});
      CHECK(relative_error(convolved(padded, x), convolved(without_dilation(padded), x)) <
            kTolerance);
    }
    for (const Shape size : awkward_sizes(kIn)) {
      const Planes x = random.planes(size);
      CHECK(relative_error(convolved(conv, x), convolved(dense, x)) < kTolerance);
    }
  }

  TEST_CASE("what no convolution equals is refused by name") {
    RandomNumbers random(13);
    const AffineConv square = random.conv(kIn, kIn, 3, 3), point = random.conv(kIn, kIn, 1, 1);
    AffineConv strided = point, dilated = square, replicated = square, transposed = square;
    strided.stride = 2;
    dilated.dilation = 2;
    replicated.padding = Padding::Replicate;
    transposed.transposed = true;
    const auto in_sequence = [](const AffineConv& a, const AffineConv& b) {
      return refusal([&] { sequence(a, b, InnerPadding::Outside); });
    };
    const auto in_sum = [](const AffineConv& a, const AffineConv& b) {
      const AffineConv both[] = {a, b};
      return refusal([&] { sum_of(both); });
    };
    CHECK(test::mentions(in_sequence(square, square), "3x3 after a 3x3"));
    CHECK(test::mentions(in_sequence(strided, square), "strided"));
    CHECK(test::mentions(in_sequence(transposed, point), "transposed"));
    CHECK(test::mentions(in_sequence(random.conv(3, kIn, 1, 1), square), "channels"));
    CHECK(test::mentions(in_sum(square, dilated), "dilations: 1 and 2"));
    CHECK(test::mentions(in_sum(square, replicated), "padding: zero and replicate"));
    CHECK(test::mentions(in_sum(point, strided), "strides: 1 and 2"));
    CHECK(test::mentions(in_sum(square, random.conv(kIn, kIn, 3, 3, 2)), "groups: 1 and 2"));
    CHECK(test::mentions(in_sum(square, random.conv(kIn, kIn, 2, 2)), "2x2 kernel"));
    CHECK(
        test::mentions(refusal([&] { plus_identity(random.conv(kOut, kIn, 3, 3)); }), "identity"));
    CHECK(test::mentions(refusal([&] { plus_identity(strided); }), "stride 2"));
    // What only spreads the taps keeps the stride.
    dilated.stride = 2;
    CHECK(without_dilation(dilated).stride == 2);
    CHECK(widened(strided, 3, 3).stride == 2);
  }
}
