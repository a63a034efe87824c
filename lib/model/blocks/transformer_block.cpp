// SPDX-License-Identifier: MIT
#include "model/blocks/transformer_block.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "base/rounding.h"
#include "model/trace.h"
#include "nn/pixel_passes.h"

namespace tessera::model {
namespace {

constexpr float kEpsilon = 1e-5F;  // of PyTorch's LayerNorm

RowNorm row_norm(const TransformerSpec& spec, const checkpoint::Weights& weights) {
  if (!spec.layer_norm) return {};
  return {weights.read("weight", {spec.width}), weights.read("bias", {spec.width})};
}

nn::Linear linear(const nn::LinearSpec& spec, const checkpoint::Weights& weights) {
  return nn::Linear(spec, weights.read("weight", {spec.out, spec.in}),
                    weights.read("bias", {spec.out}));
}

/// The three matrices one below the other, the first and its bias times 1 / sqrt(D).
nn::Linear query_key_value(const TransformerSpec& spec, const checkpoint::Weights& weights) {
  std::vector<float> matrix, bias;
  const auto scale = static_cast<float>(std::sqrt(static_cast<double>(spec.heads) / spec.width));
  for (const char* part : {"query", "key", "value"}) {
    const auto tensors = weights.below(part);
    const float factor = matrix.empty() ? scale : 1.0F;
    for (const float value : tensors.read("weight", {spec.width, spec.width}))
      matrix.push_back(factor * value);
    for (const float value : tensors.read("bias", {spec.width})) bias.push_back(factor * value);
  }
  return nn::Linear({.rows = spec.window * spec.window, .in = spec.width, .out = 3 * spec.width},
                    matrix, bias);
}

/// (G, K, K) from a row of (2 window - 1)^2 places for each head: key minus query, row by row.
std::vector<float> expanded_bias(const TransformerSpec& spec, const std::vector<float>& table) {
  const int size = spec.window, side = 2 * size - 1, pixels = size * size;
  std::vector<float> bias;
  bias.reserve(static_cast<std::size_t>(spec.heads) * pixels * pixels);
  for (int g = 0; g < spec.heads; ++g)
    for (int query = 0; query < pixels; ++query)
      for (int key = 0; key < pixels; ++key) {
        const int down = key / size - query / size + size - 1;
        const int right = key % size - query % size + size - 1;
        bias.push_back(table[static_cast<std::size_t>((g * side + down) * side + right)]);
      }
  return bias;
}

/// (hidden, 1, 3, 3) with the taps first.
std::vector<float> taps_first(const std::vector<float>& kernels) {
  std::vector<float> turned(kernels.size());
  const std::size_t channels = kernels.size() / 9;
  for (std::size_t c = 0; c < channels; ++c)
    for (std::size_t t = 0; t < 9; ++t) turned[t * channels + c] = kernels[c * 9 + t];
  return turned;
}

/// Rows (K, parts * G * D) as (parts, G, K, D), or back.
template <typename Copy>
void for_each_head_row(int parts, int heads, int pixels, int width, const Copy& copy) {
  for (int part = 0; part < parts; ++part)
    for (int g = 0; g < heads; ++g)
      for (int k = 0; k < pixels; ++k)
        copy(static_cast<std::size_t>((k * parts + part) * heads + g) * width,
             static_cast<std::size_t>((part * heads + g) * pixels + k) * width);
}

}  // namespace

void RowNorm::apply(std::span<float> rows) const {
  if (!gain.empty()) nn::layer_norm(rows, gain, bias, kEpsilon);
}

WindowAttention::WindowAttention(const TransformerSpec& spec, const checkpoint::Weights& weights)
    : heads_(spec.heads),
      pixels_(spec.window * spec.window),
      channels_(spec.width),
      query_key_value_(query_key_value(spec, weights)),
      projection_(linear({.rows = pixels_, .in = spec.width, .out = spec.width},
                         weights.below("projection"))),
      scores_({.batch = spec.heads,
               .rows = pixels_,
               .inner = spec.width / spec.heads,
               .columns = pixels_,
               .transposed = true}),
      mixture_({.batch = spec.heads,
                .rows = pixels_,
                .inner = pixels_,
                .columns = spec.width / spec.heads}),
      bias_(expanded_bias(
          spec,
          weights.read("position_bias",
                       {spec.heads, (2 * spec.window - 1) * (2 * spec.window - 1)}))) {}

void WindowAttention::forward(std::span<float> rows,
                              std::span<const float> offset,
                              TensorView<float> attention,
                              Workspace& scratch) const {
  const WorkspaceScope scope(scratch);
  const int width = channels_ / heads_;
  const auto joined = scratch.take({1, pixels_, 3 * channels_});
  const auto split = scratch.take({3, pixels_, channels_});
  query_key_value_.forward(rows, joined.flat());
  for_each_head_row(3, heads_, pixels_, width, [&](std::size_t from, std::size_t to) {
    std::copy_n(joined.data() + from, width, split.data() + to);
  });

  scores_.forward(split.channels(0, 1).flat(), split.channels(1, 1).flat(), attention.flat());
  const std::size_t square = attention.shape().plane();
  for (int g = 0; g < heads_; ++g)
    nn::softmax(attention.channels(g, 1).flat(), std::span(bias_).subspan(g * square, square),
                offset);

  const auto mixed = split.channels(0, 1);
  mixture_.forward(attention.flat(), split.channels(2, 1).flat(), mixed.flat());
  for_each_head_row(1, heads_, pixels_, width, [&](std::size_t from, std::size_t to) {
    std::copy_n(mixed.data() + to, width, joined.data() + from);
  });
  projection_.forward({joined.data(), rows.size()}, rows);
}

TransformerBlock::TransformerBlock(const TransformerSpec& spec,
                                   int index,
                                   const checkpoint::Weights& weights)
    : spec_(spec),
      name_("blocks." + std::to_string(index)),
      shift_(index % 2 * (spec.window / 2)),
      norm1_(row_norm(spec, weights.below("norm1"))),
      norm2_(row_norm(spec, weights.below("norm2"))),
      attention_(spec, weights.below("attention")),
      expand_(linear({.rows = spec.window * spec.window,
                      .in = spec.width,
                      .out = spec.hidden,
                      .activation = spec.depthwise ? nn::Activation::None : nn::Activation::Relu},
                     weights.below("mlp.expand"))),
      contract_(linear({.rows = spec.window * spec.window, .in = spec.hidden, .out = spec.width},
                       weights.below("mlp.contract"))) {
  if (!spec.depthwise) return;
  const auto tensors = weights.below("mlp.depthwise");
  depthwise_ = taps_first(tensors.read("weight", {spec.hidden, 1, 3, 3}));
  depthwise_bias_ = tensors.read("bias", {spec.hidden});
}

int TransformerBlock::border_after(int border) const {
  // Windows on the grid end where the side does. Moved ones are cut by it: half of each is missing.
  const int size = spec_.window;
  const int whole = base::rounded_up(std::max(border - shift_, 0), size);
  return shift_ + whole + (spec_.depthwise ? 1 : 0);
}

void TransformerBlock::finish(std::span<const float> rows,
                              Region window,
                              const PixelWindows& windows,
                              TensorView<float> h) const {
  if (spec_.residual)
    windows.add(rows, window, h);
  else
    windows.write(rows, window, h);
}

void TransformerBlock::attend(TensorView<float> h, Workspace& scratch, Trace* trace) const {
  const WorkspaceScope scope(scratch);
  const int pixels = spec_.window * spec_.window;
  const PixelWindows windows(h.channels(), h.height(), spec_.window, shift_);
  const auto rows = scratch.take({1, pixels, spec_.width}).flat();
  const auto offset = scratch.take({1, 1, pixels}).flat();
  const auto attention = scratch.take({spec_.heads, pixels, pixels});
  windows.for_each([&](Region window) {
    windows.gather(h, window, rows);
    norm1_.apply(rows);
    windows.outside_offset(window, offset);
    attention_.forward(rows, windows.inside(window) == window ? std::span<const float>{} : offset,
                       attention, scratch);
    if (trace != nullptr) trace->attention({.window = window, .scale = 2, .rows = attention});
    finish(rows, window, windows, h);
  });
}

void TransformerBlock::perceive(TensorView<float> h, Workspace& scratch) const {
  const WorkspaceScope scope(scratch);
  const int pixels = spec_.window * spec_.window;
  const PixelWindows windows(h.channels(), h.height(), spec_.window, 0);
  const auto rows = scratch.take({1, pixels, spec_.width}).flat();
  const auto hidden = scratch.take({1, pixels, spec_.hidden}).flat();
  const auto expand = [&](Region window) {
    windows.gather(h, window, rows);
    norm2_.apply(rows);
    expand_.forward(rows, hidden);
  };
  const auto contract = [&](Region window) {
    contract_.forward(hidden, rows);
    finish(rows, window, windows, h);
  };
  if (!spec_.depthwise) {
    windows.for_each([&](Region window) {
      expand(window);
      contract(window);
    });
    return;
  }
  // The depthwise convolution looks into neighbouring windows, so all are expanded before it.
  const auto expanded = scratch.take({h.channels(), h.height(), spec_.hidden});
  windows.for_each([&](Region window) {
    expand(window);
    windows.write(hidden, window, expanded);
  });
  const auto channels = static_cast<std::size_t>(spec_.hidden);
  windows.for_each([&](Region window) {
    windows.for_each_line(window, [&](int y, int x, int first, int count) {
      nn::depthwise3x3_relu(expanded, depthwise_, depthwise_bias_, {y, x, 1, count},
                            hidden.subspan(first * channels, count * channels));
    });
    contract(window);
  });
}

void TransformerBlock::forward(TensorView<float> h, Workspace& scratch, Trace* trace) const {
  if (trace != nullptr) trace->enter(name_ + ".attention");
  attend(h, scratch, trace);
  trace_pixels(trace, "features", 2, h, scratch);
  if (trace != nullptr) trace->enter(name_ + ".mlp");
  perceive(h, scratch);
  trace_pixels(trace, "features", 2, h, scratch);
}

}  // namespace tessera::model
