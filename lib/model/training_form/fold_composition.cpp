// SPDX-License-Identifier: MIT
// Compositions of fold.h: sequences and sums of convolutions.
#include <fmt/format.h>

#include <algorithm>

#include "base/assertion.h"
#include "model/training_form/fold.h"
#include "model/training_form/not_foldable.h"

namespace tessera::model {
namespace {

void require_composable(const AffineConv& first, const AffineConv& second) {
  if (first.out != second.in)
    not_foldable(fmt::format("{} channels meet {}", first.out, second.in));
  if (first.transposed || second.transposed) not_foldable("a transposed convolution in a sequence");
  if (!first.pointwise() && !second.pointwise())
    not_foldable(fmt::format("a {}x{} after a {}x{} convolution has two different borders",
                             second.height, second.width, first.height, first.width));
  if (first.stride != 1 && !second.pointwise()) not_foldable("a convolution after a strided one");
}

/// Rows of products: weights of `result` and the bias that goes through each tap of `second`.
/// through(o, t) = sum_m second(o, m, t) first.bias(m).
std::vector<double> multiply(const AffineConv& first,
                             const AffineConv& second,
                             AffineConv& result) {
  std::vector<double> through(static_cast<std::size_t>(second.out) * second.taps(), 0.0);
  const int out_per_group = second.out / second.groups;
  for (int o = 0; o < second.out; ++o) {
    const int first_middle = o / out_per_group * second.in_per_group();
    for (int m = 0; m < second.in_per_group(); ++m) {
      const int middle = first_middle + m;
      for (int t = 0; t < second.taps(); ++t) {
        const double factor = second.weight(o, m, t / second.width, t % second.width);
        through[o * second.taps() + t] += factor * first.bias[middle];
        for (int s = 0; s < first.taps(); ++s) {
          const int tap = first.pointwise() ? t : s;
          if (!first.border_bias.empty())
            result.border_bias[o * result.taps() + tap] +=
                factor * first.border_bias[middle * first.taps() + s];
          for (int i = 0; i < result.in_per_group(); ++i)
            result.weight(o, i, tap / result.width, tap % result.width) +=
                factor * first.weight(middle, i, s / first.width, s % first.width);
        }
      }
    }
  }
  return through;
}

bool all_zero(const std::vector<double>& values) {
  return std::all_of(values.begin(), values.end(), [](double value) { return value == 0.0; });
}

}  // namespace

AffineConv sequence(const AffineConv& first_given,
                    const AffineConv& second_given,
                    InnerPadding inner) {
  require_composable(first_given, second_given);
  const bool same_groups = first_given.groups == second_given.groups;
  const AffineConv first = same_groups ? first_given : without_groups(first_given);
  const AffineConv second = same_groups ? second_given : without_groups(second_given);
  const AffineConv& larger = second.pointwise() ? first : second;
  AffineConv result =
      AffineConv::zeros(second.out, first.in, larger.height, larger.width, second.groups);
  result.stride = first.stride * second.stride;
  result.dilation = larger.dilation;
  result.padding = larger.padding;
  result.bias = second.bias;
  if (!first.border_bias.empty() || !second.border_bias.empty())
    result.border_bias.assign(static_cast<std::size_t>(result.out) * result.taps(), 0.0);
  const std::vector<double> through = multiply(first, second, result);
  for (std::size_t k = 0; k < second.border_bias.size(); ++k)
    result.border_bias[k] += second.border_bias[k];

  // Outside the picture zero padding has 0 where the training graph may have had first.bias.
  const bool border_differs = !second.pointwise() && second.padding == Padding::Zero &&
                              inner == InnerPadding::Outside && !all_zero(first.bias);
  if (border_differs) {
    result.border_bias.resize(through.size(), 0.0);
    for (std::size_t k = 0; k < through.size(); ++k) result.border_bias[k] += through[k];
  } else {
    for (std::size_t k = 0; k < through.size(); ++k) result.bias[k / second.taps()] += through[k];
  }
  return result;
}

AffineConv plus_identity(const AffineConv& conv) {
  if (conv.in != conv.out || conv.stride != 1)
    not_foldable(fmt::format("an identity beside a convolution of {} to {} channels, stride {}",
                             conv.in, conv.out, conv.stride));
  const AffineConv both[] = {conv, identity_conv(conv.out, conv.groups)};
  return sum_of(both);
}

AffineConv without_dilation(const AffineConv& conv) {
  if (conv.dilation == 1) return conv;
  const int d = conv.dilation;
  AffineConv dense = AffineConv::zeros(conv.out, conv.in, d * (conv.height - 1) + 1,
                                       d * (conv.width - 1) + 1, conv.groups);
  dense.stride = conv.stride;
  dense.padding = conv.padding;
  dense.bias = conv.bias;
  if (!conv.border_bias.empty())
    dense.border_bias.assign(static_cast<std::size_t>(dense.out) * dense.taps(), 0.0);
  for (int o = 0; o < conv.out; ++o)
    for (int y = 0; y < conv.height; ++y)
      for (int x = 0; x < conv.width; ++x) {
        for (int i = 0; i < conv.in_per_group(); ++i)
          dense.weight(o, i, d * y, d * x) = conv.weight(o, i, y, x);
        if (!conv.border_bias.empty())
          dense.border_bias[(o * dense.height + d * y) * dense.width + d * x] =
              conv.border_bias[(o * conv.height + y) * conv.width + x];
      }
  return dense;
}

namespace {

void require_summable(const AffineConv& a, const AffineConv& b) {
  const auto differ = [](const char* what, const std::string& left, const std::string& right) {
    if (left != right)
      not_foldable(fmt::format("branches with different {}: {} and {}", what, left, right));
  };
  const auto text = [](int value) { return std::to_string(value); };
  if (a.transposed || b.transposed) not_foldable("a transposed convolution in a sum");
  differ("input channels", text(a.in), text(b.in));
  differ("output channels", text(a.out), text(b.out));
  differ("strides", text(a.stride), text(b.stride));
  differ("groups", text(a.groups), text(b.groups));
  if (a.pointwise() || b.pointwise()) return;  // neither dilation nor padding means anything
  differ("dilations", text(a.dilation), text(b.dilation));
  differ("padding", name_of(a.padding), name_of(b.padding));
}

}  // namespace

AffineConv sum_of(std::span<const AffineConv> branches) {
  TESSERA_ASSERT(!branches.empty());
  const AffineConv* model = &branches.front();
  int height = 1, width = 1;
  bool border = false;
  for (const AffineConv& branch : branches) {
    if (!branch.pointwise() && model->pointwise()) model = &branch;
    height = std::max(height, branch.height);
    width = std::max(width, branch.width);
    border = border || !branch.border_bias.empty();
  }
  AffineConv sum = AffineConv::zeros(model->out, model->in, height, width, model->groups);
  sum.stride = model->stride;
  sum.dilation = model->dilation;
  sum.padding = model->padding;
  if (border) sum.border_bias.assign(static_cast<std::size_t>(sum.out) * sum.taps(), 0.0);
  for (const AffineConv& branch : branches) {
    require_summable(*model, branch);
    const AffineConv wide = widened(branch, height, width);
    for (std::size_t k = 0; k < wide.weights.size(); ++k) sum.weights[k] += wide.weights[k];
    for (std::size_t k = 0; k < wide.bias.size(); ++k) sum.bias[k] += wide.bias[k];
    for (std::size_t k = 0; k < wide.border_bias.size(); ++k)
      sum.border_bias[k] += wide.border_bias[k];
  }
  return sum;
}

}  // namespace tessera::model
