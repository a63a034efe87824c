// SPDX-License-Identifier: MIT
// Convolutions that run hand in hand have the bits of one after the other.
#include <doctest/doctest.h>

#include <tuple>
#include <utility>
#include <vector>

#include "base/threads/threads_inside.h"
#include "judge.h"

using namespace tessera;

namespace {

// From one tile to several bands for each of two threads and one for each of five, with and without
// a cut tile at the ends; 1 to 9 rows in turn.
const std::vector<std::pair<int, int>> kSizes{{1, 1},     {1, 40},   {7, 30},    {33, 8},
                                              {301, 5},   {64, 70},  {150, 300}, {90, 520},
                                              {167, 517}, {300, 60}, {600, 512}};
const std::vector<int> kThreads{1, 2, 3, 5};

nn::ConvSpec spec_of(int in, int out, nn::ConvAlgorithm algorithm, bool adds) {
  return {.in_channels = in,
          .out_channels = out,
          .activation = adds ? nn::Activation::None : nn::Activation::Relu,
          .adds_residual = adds,
          .algorithm = algorithm};
}

}  // namespace

TEST_SUITE("nn/fused_conv2d") {
  TEST_CASE("add_residual has the bits of one convolution after the other") {
    for (const auto algorithm : test::algorithms())
      for (const int channels : {8, 20, 48}) {
        const auto there = spec_of(channels, channels, algorithm, false);
        const auto back = spec_of(channels, channels, algorithm, true);
        const nn::Conv2d first = test::ConvWeights(there, 3).make(there);
        const nn::Conv2d second = test::ConvWeights(back, 5).make(back);
        for (const auto& [height, width] : kSizes) {
          const Tensor start = test::random_tensor({channels, height, width}, 7, -1.0F, 1.0F);
          nn::FeatureMap judged = test::map_of(start), between;
          first.forward(judged, between);
          second.forward(between, judged, &judged);
          const Tensor expected = test::planes_of(judged);
          for (const int threads : kThreads) {
            CAPTURE(channels);
            CAPTURE(height);
            CAPTURE(width);
            CAPTURE(threads);
            const base::ThreadsInsideScope inside(threads);
            nn::FeatureMap h = test::map_of(start);
            nn::add_residual(first, second, h);
            CHECK(test::max_difference(expected, test::planes_of(h)) == 0.0);
          }
        }
      }
  }

  TEST_CASE("forward_sum has the bits of one convolution after the other") {
    for (const auto algorithm : test::algorithms())
      for (const auto& [in, more, out] :
           {std::tuple{48, 16, 12}, {8, 40, 33}, {16, 5, 4}, {112, 8, 16}}) {
        const auto wide = spec_of(in, out, algorithm, false);
        const auto skip = spec_of(more, out, algorithm, true);
        const nn::Conv2d first = test::ConvWeights(wide, 3).make(wide);
        const nn::Conv2d second = test::ConvWeights(skip, 5).make(skip);
        for (const auto& [height, width] : kSizes) {
          const auto x = test::map_of(test::random_tensor({in, height, width}, 7, -1.0F, 1.0F));
          const auto y = test::map_of(test::random_tensor({more, height, width}, 8, -1.0F, 1.0F));
          nn::FeatureMap judged, sum;
          first.forward(x, judged);
          second.forward(y, judged, &judged);
          for (const int threads : kThreads) {
            CAPTURE(in);
            CAPTURE(height);
            CAPTURE(width);
            CAPTURE(threads);
            const base::ThreadsInsideScope inside(threads);
            nn::forward_sum(first, x, second, y, sum);
            CHECK(test::max_difference(test::planes_of(judged), test::planes_of(sum)) == 0.0);
          }
        }
      }
  }
}
