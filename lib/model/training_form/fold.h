// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <span>
#include <vector>

#include "model/training_form/affine_conv.h"

namespace tessera::model {

/// The algebra of structural re-parameterisation, in double precision. Every function gives one
/// convolution that computes what the given graph computes, borders included.
/// Errors  BadCheckpoint "not foldable: ..." for every combination that no such convolution equals.

/// Batch normalisation in evaluation: y = gamma (x - mean) / sqrt(variance + epsilon) + beta.
/// Shapes  all (channels).
struct BatchNorm {
  std::vector<double> gamma, beta, mean, variance;
  double epsilon = 1e-5;
};

/// F1: conv, then batch normalisation. Transposed convolutions too.
AffineConv conv_then_batch_norm(AffineConv conv, const BatchNorm& norm);

/// What the padding of a convolution holds that follows a per-pixel map g in a training graph.
enum class InnerPadding {
  Outside,  ///< the conv's own padding of g(x): zeros, or pixels of g(x)
  Image,    ///< g(0), the image of the zero outside: exact, the only choice for new trainings
};

/// F3 and F4: the same taps in the middle of a larger kernel.
/// Requires odd sizes, none smaller than conv's.
AffineConv widened(const AffineConv& conv, int height, int width);

/// F5: y = x.
AffineConv identity_conv(int channels, int groups = 1);

/// F6: average over size x size pixels, depthwise; padding counts as pixels.
AffineConv average_pool_conv(int channels, int size);

/// Fixed 3x3 masks of edge-oriented convolution blocks (Zhang, Zeng, Zhang 2021).
using Mask3x3 = std::array<double, 9>;
inline constexpr Mask3x3 kSobelX{1, 0, -1, 2, 0, -2, 1, 0, -1};
inline constexpr Mask3x3 kSobelY{1, 2, 1, 0, 0, 0, -1, -2, -1};
inline constexpr Mask3x3 kLaplacian{0, 1, 0, 1, -4, 1, 0, 1, 0};

/// F7: a fixed mask with one learned factor and bias per channel, depthwise.
AffineConv mask_conv(const Mask3x3& mask,
                     const std::vector<double>& scale,
                     const std::vector<double>& bias);

/// F14: p1 delta + p2 dx + p3 dy + p4 Laplacian, central differences halved, depthwise.
/// Shapes  coefficients (channels, 4).
AffineConv stencil_mixture_conv(const std::vector<std::array<double, 4>>& coefficients);

/// F2, F8 and F9: first, then second; one of them 1x1 (batch normalisation as a conv is, too).
/// Groups are kept where equal, else expanded. With zero padding, InnerPadding::Outside and a
/// biased 1x1 first, the result has a border_bias.
AffineConv sequence(const AffineConv& first, const AffineConv& second, InnerPadding inner);

/// F10: conv(x) + x.
AffineConv plus_identity(const AffineConv& conv);

/// F11: a factor per channel after the conv, for rows and bias.
AffineConv scale_outputs(AffineConv conv, std::span<const double> scale);

/// F12: the sum of convolutions of the same input.
/// Requires equal channels, stride, groups; equal dilation and padding where larger than 1x1.
AffineConv sum_of(std::span<const AffineConv> branches);

/// F13: the taps spread over a dense grid, so that dilation is 1.
AffineConv without_dilation(const AffineConv& conv);

/// The same convolution with groups = 1.
AffineConv without_groups(const AffineConv& conv);

}  // namespace tessera::model
