// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <string>
#include <vector>

#include "nn/conv2d.h"
#include "nn/engine.h"
#include "support/compare.h"

namespace tessera::test {

/// A convolution's numbers: standard normal over the square root of the fan-in; bias in [-1, 1).
struct ConvWeights {
  std::vector<float> weights, bias;

  explicit ConvWeights(const nn::ConvSpec& spec, std::uint64_t seed = 11)
      : weights(static_cast<std::size_t>(spec.in_channels) * spec.out_channels * spec.kernel *
                spec.kernel),
        bias(spec.out_channels) {
    const auto scale =
        static_cast<float>(1.0 / std::sqrt(spec.in_channels * spec.kernel * spec.kernel));
    for (std::size_t i = 0; i < weights.size(); ++i)
      weights[i] = scale * base::random_normal(seed, i);
    for (std::size_t i = 0; i < bias.size(); ++i)
      bias[i] = 2.0F * static_cast<float>(base::random_uniform(seed + 1, i)) - 1.0F;
  }
  nn::Conv2d make(const nn::ConvSpec& spec) const { return nn::Conv2d(spec, weights, bias); }
};

/// The definition, in double: sum over all taps inside the map, activation, residual.
inline Tensor convolve(const nn::ConvSpec& spec,
                       const ConvWeights& numbers,
                       TensorView<const float> in,
                       TensorView<const float> residual = {}) {
  Tensor out(spec.out_channels, in.height(), in.width());
  const int k = spec.kernel, centre = k / 2;
  for (int o = 0; o < spec.out_channels; ++o)
    for (int y = 0; y < in.height(); ++y)
      for (int x = 0; x < in.width(); ++x) {
        double sum = numbers.bias[o];
        for (int c = 0; c < spec.in_channels; ++c)
          for (int i = 0; i < k; ++i)
            for (int j = 0; j < k; ++j) {
              const int row = y + (i - centre) * spec.dilation;
              const int column = x + (j - centre) * spec.dilation;
              if (row < 0 || row >= in.height() || column < 0 || column >= in.width()) continue;
              const double weight =
                  numbers
                      .weights[((static_cast<std::size_t>(o) * spec.in_channels + c) * k + i) * k +
                               j];
              sum += weight * in(c, row, column);
            }
        if (spec.activation == nn::Activation::Relu) sum = std::max(sum, 0.0);
        if (spec.activation == nn::Activation::LeakyRelu && sum < 0.0) sum *= spec.leaky_slope;
        out(o, y, x) = static_cast<float>(sum + (residual.empty() ? 0.0F : residual(o, y, x)));
      }
  return out;
}

inline nn::FeatureMap map_of(TensorView<const float> planes) {
  nn::FeatureMap map;
  map.assign(planes);
  return map;
}

inline Tensor planes_of(const nn::FeatureMap& map) {
  Tensor planes(map.shape());
  map.copy_to(planes);
  return planes;
}

/// The algorithms that this processor can run.
inline std::vector<nn::ConvAlgorithm> algorithms() {
  std::vector<nn::ConvAlgorithm> all{nn::ConvAlgorithm::Auto, nn::ConvAlgorithm::Direct,
                                     nn::ConvAlgorithm::Winograd};
  if (nn::has_native_bf16()) all.push_back(nn::ConvAlgorithm::Bf16);
  return all;
}

/// Relative error: fp32 against double; bf16 has 8 significant bits in weights, input and output.
inline double tolerance(nn::ConvAlgorithm algorithm) {
  return algorithm == nn::ConvAlgorithm::Bf16 ? 2e-2 : 1e-5;
}

/// Channel counts of the networks that exist, and some that fill no block.
inline const std::vector<nn::ConvSpec>& usual_specs() {
  using enum nn::Activation;
  static const std::vector<nn::ConvSpec> specs{
      {.in_channels = 3, .out_channels = 48, .activation = Relu},
      {.in_channels = 4, .out_channels = 48},
      {.in_channels = 1, .out_channels = 16, .activation = Relu},
      {.in_channels = 12, .out_channels = 48, .activation = LeakyRelu, .leaky_slope = 0.1F},
      {.in_channels = 4, .out_channels = 12, .adds_residual = true},
      {.in_channels = 16, .out_channels = 48},
      {.in_channels = 24, .out_channels = 20, .activation = Relu},
      {.in_channels = 48, .out_channels = 48, .activation = Relu},
      {.in_channels = 48, .out_channels = 48, .adds_residual = true},
      {.in_channels = 48, .out_channels = 48, .activation = Relu, .adds_residual = true},
      {.in_channels = 48, .out_channels = 48, .activation = LeakyRelu, .leaky_slope = 0.2F},
      {.in_channels = 32,
       .out_channels = 32,
       .activation = LeakyRelu,
       .leaky_slope = 0.2F,
       .adds_residual = true},
      {.in_channels = 9, .out_channels = 64, .activation = Relu},
      {.in_channels = 16, .out_channels = 80, .adds_residual = true},
      {.in_channels = 32, .out_channels = 112},
      {.in_channels = 48, .out_channels = 12},
      {.in_channels = 48, .out_channels = 3},
      {.in_channels = 64, .out_channels = 64, .dilation = 2, .activation = Relu},
      {.in_channels = 4, .out_channels = 16, .dilation = 3},
      {.in_channels = 16, .out_channels = 16, .dilation = 3, .adds_residual = true},
      {.in_channels = 48, .out_channels = 24, .kernel = 1},
      {.in_channels = 48, .out_channels = 56, .kernel = 1, .activation = Relu},
      {.in_channels = 3, .out_channels = 8, .kernel = 1, .adds_residual = true},
      {.in_channels = 80, .out_channels = 96, .kernel = 1},
      {.in_channels = 96, .out_channels = 24, .kernel = 1},
      {.in_channels = 112, .out_channels = 384, .kernel = 1, .activation = Relu},
      {.in_channels = 168, .out_channels = 20, .kernel = 1, .adds_residual = true},
      {.in_channels = 192,
       .out_channels = 96,
       .kernel = 1,
       .activation = Relu,
       .adds_residual = true},
      {.in_channels = 96, .out_channels = 96, .activation = Relu},
  };
  return specs;
}

inline std::string name_of(const nn::ConvSpec& spec, nn::ConvAlgorithm algorithm) {
  static const char* const names[] = {"auto", "direct", "winograd", "bf16"};
  return std::string(names[static_cast<int>(algorithm)]) + " " + std::to_string(spec.in_channels) +
         "->" + std::to_string(spec.out_channels) + " kernel " + std::to_string(spec.kernel) +
         " dilation " + std::to_string(spec.dilation) + " activation " +
         std::to_string(static_cast<int>(spec.activation)) +
         (spec.adds_residual ? " plus residual" : "");
}

}  // namespace tessera::test
