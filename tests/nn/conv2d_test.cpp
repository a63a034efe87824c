// SPDX-License-Identifier: MIT
#include "nn/conv2d.h"

#include <doctest/doctest.h>

#include "base/threads/thread_pool.h"
#include "base/threads/threads_inside.h"
#include "judge.h"
#include "nn/engine.h"
#include "tessera/error.h"

using namespace tessera;

namespace {

const std::vector<Shape> kSizes{{0, 1, 1},   {0, 1, 9},  {0, 7, 1},   {0, 4, 8},
                                {0, 13, 17}, {0, 3, 40}, {0, 2, 300}, {0, 30, 35}};

/// A spec, its numbers and an input of one size.
struct Case {
  nn::ConvSpec spec;
  test::ConvWeights numbers;
  Tensor in, residual;

  Case(const nn::ConvSpec& wanted, Shape size)
      : spec(wanted),
        numbers(wanted),
        in(test::random_tensor({wanted.in_channels, size.height, size.width}, 3, -1.0F, 1.0F)),
        residual(test::random_tensor({wanted.out_channels, size.height, size.width}, 4)) {}

  Tensor expected() const {
    return test::convolve(spec, numbers, in,
                          spec.adds_residual ? residual.view() : TensorView<const float>{});
  }
  /// `in_place`: the output's map is the residual's.
  Tensor found(const nn::Conv2d& conv, bool in_place) const {
    nn::FeatureMap out, kept = test::map_of(residual);
    nn::FeatureMap& target = in_place ? kept : out;
    conv.forward(test::map_of(in), target, spec.adds_residual ? &kept : nullptr);
    return test::planes_of(target);
  }
};

nn::ConvSpec with(nn::ConvSpec spec, nn::ConvAlgorithm algorithm) {
  spec.algorithm = algorithm;
  return spec;
}

}  // namespace

TEST_SUITE("nn/conv2d") {
  TEST_CASE("every algorithm equals the definition for all specs and sizes") {
    for (const nn::ConvSpec& spec : test::usual_specs())
      for (const Shape size : kSizes) {
        const Case judged(spec, size);
        const Tensor expected = judged.expected();
        for (const auto algorithm : test::algorithms()) {
          const nn::Conv2d conv = judged.numbers.make(with(spec, algorithm));
          CAPTURE(test::name_of(spec, algorithm));
          CAPTURE(size.height);
          CAPTURE(size.width);
          for (const bool in_place : {false, true})
            CHECK(test::relative_error(expected, judged.found(conv, in_place)) <
                  test::tolerance(algorithm));
        }
      }
  }

  TEST_CASE("no algorithm runs in oneDNN's reference implementation") {
    for (const nn::ConvSpec& spec : test::usual_specs())
      for (const auto algorithm : test::algorithms()) {
        const nn::Conv2d conv = test::ConvWeights(spec).make(with(spec, algorithm));
        CAPTURE(test::name_of(spec, algorithm));
        for (const Shape size :
             {Shape{0, 1, 1}, Shape{0, 5, 300}, Shape{0, 64, 64}, Shape{0, 300, 400}}) {
          const std::string name = conv.implementation(size.height, size.width);
          CAPTURE(name);
          CHECK(name.find("ref") == std::string::npos);
          if (conv.algorithm() == nn::ConvAlgorithm::Winograd)
            CHECK(name ==
                  (nn::channel_block() == 16 ? "winograd_4x4:avx512" : "winograd_4x4:avx2"));
        }
      }
  }

  TEST_CASE("a chain of convolutions equals the chain of their definitions") {
    const nn::ConvSpec head{.in_channels = 4, .out_channels = 48};
    const nn::ConvSpec tail{.in_channels = 48, .out_channels = 12};
    for (const auto algorithm : test::algorithms()) {
      const nn::ConvSpec first = with(
          {.in_channels = 48, .out_channels = 48, .activation = nn::Activation::Relu}, algorithm);
      const nn::ConvSpec second =
          with({.in_channels = 48, .out_channels = 48, .adds_residual = true}, algorithm);
      const test::ConvWeights a(head, 1), b(first, 3), c(second, 5), d(tail, 7);
      const Tensor in = test::random_tensor({4, 21, 18}, 9);

      Tensor expected = test::convolve(head, a, in);
      expected = test::convolve(second, c, test::convolve(first, b, expected), expected);
      expected = test::convolve(tail, d, expected);

      nn::FeatureMap h, inner, out;
      a.make(head).forward(test::map_of(in), h);
      b.make(first).forward(h, inner);
      c.make(second).forward(inner, h, &h);
      d.make(tail).forward(h, out);
      CHECK(test::relative_error(expected, test::planes_of(out)) < test::tolerance(algorithm));
    }
  }

  TEST_CASE("an output with few channels is a valid input") {
    const nn::ConvSpec first{.in_channels = 48, .out_channels = 12};
    const nn::ConvSpec second{.in_channels = 12, .out_channels = 48};
    const test::ConvWeights a(first, 1), b(second, 2);
    const Tensor in = test::random_tensor({48, 9, 11}, 3);
    nn::FeatureMap middle, out;
    a.make(first).forward(test::map_of(in), middle);
    b.make(second).forward(middle, out);
    const Tensor expected = test::convolve(second, b, test::convolve(first, a, in));
    CHECK(test::relative_error(expected, test::planes_of(out)) < 1e-5);
  }

  TEST_CASE("an empty bias is zero") {
    const nn::ConvSpec spec{.in_channels = 16, .out_channels = 16};
    test::ConvWeights numbers(spec);
    const Tensor in = test::random_tensor({16, 6, 5}, 3);
    const nn::Conv2d conv(spec, numbers.weights, {});
    std::fill(numbers.bias.begin(), numbers.bias.end(), 0.0F);
    nn::FeatureMap out;
    conv.forward(test::map_of(in), out);
    CHECK(test::relative_error(test::convolve(spec, numbers, in), test::planes_of(out)) < 1e-5);
  }

  TEST_CASE("many threads share a convolution and get the same bits") {
    const std::vector<Shape> sizes{{48, 8, 8}, {48, 33, 20}, {48, 40, 64}, {48, 5, 90}};
    for (const auto algorithm : test::algorithms()) {
      const nn::ConvSpec spec = with({.in_channels = 48, .out_channels = 48}, algorithm);
      const nn::Conv2d conv = test::ConvWeights(spec).make(spec);
      std::vector<Tensor> in, expected;
      for (const Shape size : sizes) {
        in.push_back(test::random_tensor(size, 5, -1.0F, 1.0F));
        nn::FeatureMap out;
        conv.forward(test::map_of(in.back()), out);
        expected.push_back(test::planes_of(out));
      }
      std::vector<double> differences(64, -1.0);
      base::ThreadPool pool(4);
      pool.for_each(64, [&](int index, int worker) {
        base::set_threads_inside(1 + worker % 2);
        nn::FeatureMap out;
        conv.forward(test::map_of(in[index % 4]), out);
        differences[index] = test::max_difference(expected[index % 4], test::planes_of(out));
      });
      for (const double difference : differences) CHECK(difference == 0.0);
    }
  }

  TEST_CASE("more sizes than the cache holds still give the same bits") {
    const nn::ConvSpec spec{.in_channels = 16, .out_channels = 16};
    const nn::Conv2d conv = test::ConvWeights(spec).make(spec);
    const Tensor in = test::random_tensor({16, 12, 12}, 5);
    nn::FeatureMap out;
    conv.forward(test::map_of(in), out);
    const Tensor expected = test::planes_of(out);
    for (int width = 1; width < 80; ++width) CHECK(!conv.implementation(3, width).empty());
    conv.forward(test::map_of(in), out);
    CHECK(test::max_difference(expected, test::planes_of(out)) == 0.0);
  }

  TEST_CASE("Auto is Winograd from 8 channels on where the processor has it") {
    const auto algorithm_of = [](nn::ConvSpec spec) {
      return test::ConvWeights(spec).make(spec).algorithm();
    };
    const auto wide = algorithm_of({.in_channels = 8, .out_channels = 24});
    CHECK(wide == algorithm_of({.in_channels = 96, .out_channels = 3}));
    CHECK(wide ==
          algorithm_of(
              {.in_channels = 4, .out_channels = 16, .algorithm = nn::ConvAlgorithm::Winograd}));
    CHECK(algorithm_of({.in_channels = 7, .out_channels = 48}) == nn::ConvAlgorithm::Direct);
    CHECK(algorithm_of({.in_channels = 48, .out_channels = 48, .kernel = 1}) ==
          nn::ConvAlgorithm::Direct);
    CHECK(algorithm_of({.in_channels = 48, .out_channels = 48, .dilation = 2}) ==
          nn::ConvAlgorithm::Direct);
  }

  TEST_CASE("bf16 is refused where the processor lacks it") {
    const nn::ConvSpec spec{
        .in_channels = 16, .out_channels = 16, .algorithm = nn::ConvAlgorithm::Bf16};
    if (nn::has_native_bf16())
      CHECK(test::ConvWeights(spec).make(spec).algorithm() == nn::ConvAlgorithm::Bf16);
    else
      CHECK_THROWS_AS(test::ConvWeights(spec).make(spec), Error);
  }
}
