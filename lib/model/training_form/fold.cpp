// SPDX-License-Identifier: MIT
#include "model/training_form/fold.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/assertion.h"
#include "model/training_form/not_foldable.h"

namespace tessera::model {
namespace {

std::string size_text(const AffineConv& conv) {
  return fmt::format("{}x{}", conv.height, conv.width);
}

void require_odd(const AffineConv& conv) {
  if (conv.height % 2 == 0 || conv.width % 2 == 0)
    not_foldable(fmt::format("a {} kernel has no centre", size_text(conv)));
}

void require_channels(std::size_t found, int expected) {
  if (found != static_cast<std::size_t>(expected))
    not_foldable(fmt::format("{} channels meet {}", expected, found));
}

/// Per-channel scale and offset of a batch normalisation.
struct Affine {
  std::vector<double> scale, offset;
};

Affine affine_from(const BatchNorm& norm) {
  Affine affine;
  for (std::size_t c = 0; c < norm.gamma.size(); ++c) {
    affine.scale.push_back(norm.gamma[c] / std::sqrt(norm.variance[c] + norm.epsilon));
    affine.offset.push_back(norm.beta[c] - norm.mean[c] * affine.scale[c]);
  }
  return affine;
}

}  // namespace

AffineConv scale_outputs(AffineConv conv, std::span<const double> scale) {
  require_channels(scale.size(), conv.out);
  const auto taps = static_cast<std::size_t>(conv.taps());
  if (conv.transposed) {
    const std::size_t per_group = conv.out / conv.groups;
    for (int i = 0; i < conv.in; ++i)
      for (std::size_t o = 0; o < per_group; ++o)
        for (std::size_t t = 0; t < taps; ++t)
          conv.weights[(i * per_group + o) * taps + t] *=
              scale[i / conv.in_per_group() * per_group + o];
  } else {
    const std::size_t row = conv.in_per_group() * taps;
    for (std::size_t k = 0; k < conv.weights.size(); ++k) conv.weights[k] *= scale[k / row];
  }
  for (std::size_t o = 0; o < conv.bias.size(); ++o) conv.bias[o] *= scale[o];
  for (std::size_t k = 0; k < conv.border_bias.size(); ++k) conv.border_bias[k] *= scale[k / taps];
  return conv;
}

AffineConv conv_then_batch_norm(AffineConv conv, const BatchNorm& norm) {
  const Affine affine = affine_from(norm);
  AffineConv folded = scale_outputs(std::move(conv), affine.scale);
  for (int o = 0; o < folded.out; ++o) folded.bias[o] += affine.offset[o];
  return folded;
}

AffineConv widened(const AffineConv& conv, int height, int width) {
  require_odd(conv);
  TESSERA_ASSERT(height % 2 == 1 && width % 2 == 1 && !conv.transposed);
  TESSERA_ASSERT(height >= conv.height && width >= conv.width);
  AffineConv wide = AffineConv::zeros(conv.out, conv.in, height, width, conv.groups);
  wide.stride = conv.stride;
  wide.dilation = conv.dilation;
  wide.padding = conv.padding;
  wide.bias = conv.bias;
  const int down = (height - conv.height) / 2, right = (width - conv.width) / 2;
  if (!conv.border_bias.empty()) wide.border_bias.assign(wide.out * wide.taps(), 0.0);
  for (int o = 0; o < conv.out; ++o)
    for (int y = 0; y < conv.height; ++y)
      for (int x = 0; x < conv.width; ++x) {
        for (int i = 0; i < conv.in_per_group(); ++i)
          wide.weight(o, i, y + down, x + right) = conv.weight(o, i, y, x);
        if (!conv.border_bias.empty())
          wide.border_bias[(o * height + y + down) * width + x + right] =
              conv.border_bias[(o * conv.height + y) * conv.width + x];
      }
  return wide;
}

AffineConv identity_conv(int channels, int groups) {
  AffineConv conv = AffineConv::zeros(channels, channels, 1, 1, groups);
  for (int o = 0; o < channels; ++o) conv.weight(o, o % conv.in_per_group(), 0, 0) = 1.0;
  return conv;
}

AffineConv average_pool_conv(int channels, int size) {
  AffineConv conv = AffineConv::zeros(channels, channels, size, size, channels);
  std::fill(conv.weights.begin(), conv.weights.end(), 1.0 / (size * size));
  require_odd(conv);
  return conv;
}

AffineConv mask_conv(const Mask3x3& mask,
                     const std::vector<double>& scale,
                     const std::vector<double>& bias) {
  const int channels = static_cast<int>(scale.size());
  AffineConv conv = AffineConv::zeros(channels, channels, 3, 3, channels);
  for (std::size_t k = 0; k < conv.weights.size(); ++k)
    conv.weights[k] = scale[k / mask.size()] * mask[k % mask.size()];
  conv.bias = bias;
  return conv;
}

AffineConv stencil_mixture_conv(const std::vector<std::array<double, 4>>& coefficients) {
  constexpr Mask3x3 kDelta{0, 0, 0, 0, 1, 0, 0, 0, 0};
  constexpr Mask3x3 kAlongX{0, 0, 0, -0.5, 0, 0.5, 0, 0, 0};
  constexpr Mask3x3 kAlongY{0, -0.5, 0, 0, 0, 0, 0, 0.5, 0};
  constexpr std::array<Mask3x3, 4> kStencils{kDelta, kAlongX, kAlongY, kLaplacian};
  const int channels = static_cast<int>(coefficients.size());
  AffineConv conv = AffineConv::zeros(channels, channels, 3, 3, channels);
  for (int c = 0; c < channels; ++c)
    for (std::size_t s = 0; s < kStencils.size(); ++s)
      for (int t = 0; t < 9; ++t) conv.weights[9 * c + t] += coefficients[c][s] * kStencils[s][t];
  return conv;
}

AffineConv without_groups(const AffineConv& conv) {
  if (conv.groups == 1) return conv;
  AffineConv dense = AffineConv::zeros(conv.out, conv.in, conv.height, conv.width);
  dense.stride = conv.stride;
  dense.dilation = conv.dilation;
  dense.padding = conv.padding;
  dense.bias = conv.bias;
  dense.border_bias = conv.border_bias;
  for (int o = 0; o < conv.out; ++o) {
    const int first = o / (conv.out / conv.groups) * conv.in_per_group();
    for (int i = 0; i < conv.in_per_group(); ++i)
      for (int y = 0; y < conv.height; ++y)
        for (int x = 0; x < conv.width; ++x)
          dense.weight(o, first + i, y, x) = conv.weight(o, i, y, x);
  }
  return dense;
}

}  // namespace tessera::model
