// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

#include "analysis/graphs/graph_rows.h"
#include "analysis/graphs/similarity_kernel.h"
#include "model/trace.h"

namespace tessera::analysis {

/// The softmax rows of one window, kept.
struct WindowRows {
  Region window;
  Tensor rows;  ///< (G, K, K): head, query, key
};

/// What one head's rows look like.
struct AttentionHead {
  Spread entropy;               ///< of rows, nats
  double entropy_limit = 0.0;   ///< mean of log K, K the keys inside the map
  double own = 0.0;             ///< mean weight of a pixel on itself
  double own_null = 0.0;        ///< mean of 1 / K: what equal weights give
  SimilarityKernel similarity;  ///< against a picture's colours, over windows inside the map
};

/// Attention of one layer over the whole map.
struct AttentionRecord {
  std::string layer;
  int scale = 1;
  std::vector<WindowRows> windows;
};

/// P u, the mean over keys by rows: each head on its own planes where the heads divide the planes,
/// else the mean over heads. Pixels outside all windows become 0.
/// Shapes  u, result (C, H, W) of the layer's map.
Tensor mean_over_attention(const AttentionRecord& attention, TensorView<const float> u);

/// The heads of a layer; their rows beside the colours of a picture of the map's size.
/// Shapes  picture (C, H, W).
std::vector<AttentionHead> attention_heads(const AttentionRecord& attention,
                                           TensorView<const float> picture,
                                           std::uint64_t seed);

}  // namespace tessera::analysis
