// SPDX-License-Identifier: MIT
#pragma once

#include <span>
#include <string>
#include <vector>

#include "checkpoint/weights.h"
#include "model/architecture/architecture.h"
#include "model/blocks/pixel_windows.h"
#include "model/network.h"
#include "nn/matrix_product.h"
#include "tensor/workspace.h"

namespace tessera::model {

/// Gain and bias of a layer normalisation; none when the network has none.
struct RowNorm {
  std::vector<float> gain, bias;
  /// Shapes  rows (n, C), in place.
  void apply(std::span<float> rows) const;
};

/// softmax(q k' / sqrt(D) + bias(place of key - place of query)) v in windows of the map, then a
/// projection; K = window^2 pixels, G heads of D = C / G channels.
/// Keys outside the map do not exist. Source: Liu et al., Swin Transformer (2021), equation 4.
class WindowAttention {
 public:
  WindowAttention(const TransformerSpec& spec, const checkpoint::Weights& weights);

  /// Changes of a window's rows.  Shapes  rows (K, C), normalised, replaced by the result; offset
  /// (K), or empty when the window lies in the map; attention (G, K, K) receives softmax rows.
  void forward(std::span<float> rows,
               std::span<const float> offset,
               TensorView<float> attention,
               Workspace& scratch) const;

 private:
  int heads_, pixels_, channels_;
  nn::Linear query_key_value_, projection_;
  nn::BatchedProduct scores_, mixture_;
  std::vector<float> bias_;  ///< (G, K, K), read off the table of places
};

/// One block: h + attention(norm(h)), then h + mlp(norm(h)). The perceptron is two matrices around
/// a ReLU, behind a 3x3 depthwise convolution if the network has them.
class TransformerBlock {
 public:
  TransformerBlock(const TransformerSpec& spec, int index, const checkpoint::Weights& weights);

  /// Shapes  h (H, W, C), in place; the trace is told the softmax rows and of h after each of both
  /// halves.
  void forward(TensorView<float> h, Workspace& scratch, Trace* trace) const;
  /// Pixels of h that differ at a cut side afterwards, when `border` differ before. The side lies
  /// on a multiple of the window.
  int border_after(int border) const;

 private:
  void attend(TensorView<float> h, Workspace& scratch, Trace* trace) const;
  void perceive(TensorView<float> h, Workspace& scratch) const;
  void finish(std::span<const float> rows,
              Region window,
              const PixelWindows& windows,
              TensorView<float> h) const;

  TransformerSpec spec_;
  std::string name_;  ///< "blocks.0"
  int shift_ = 0;
  RowNorm norm1_, norm2_;
  WindowAttention attention_;
  nn::Linear expand_, contract_;
  std::vector<float> depthwise_, depthwise_bias_;  ///< (9, hidden), (hidden); empty without
};

}  // namespace tessera::model
