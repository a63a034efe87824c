// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <variant>
#include <vector>

#include "model/network.h"

namespace tessera::model {

/// What a feature graph block is: `heads` graphs from `features` planes each, at the backbone's
/// resolution, after the residual block number `after` (0: before the first).
struct FeatureGraphSpec {
  int after = 0, heads = 0, features = 0, steps = 0;
  /// How far a filtered pixel sees, at the backbone's resolution: a pixel each step, and one more,
  /// from which the degrees of the outermost come.
  int reach() const { return steps + 1; }
};

/// What the image graph block is, at full resolution.
struct ImageGraphSpec {
  int heads = 0, features = 0, steps = 0;
  bool present() const { return heads > 0; }
};

/// What the residual blocks at one resolution are, and what is visited at half of it.
struct BackboneSpec {
  int width = 0, blocks = 0;
  std::vector<FeatureGraphSpec> feature_graphs{};
  int inner_after = 0;                ///< residual blocks in front of the inner backbone
  std::vector<BackboneSpec> inner{};  ///< none or one, at half this resolution

  /// Resolutions from this one down.
  int scales() const { return 1 + (inner.empty() ? 0 : inner.front().scales()); }
};

/// Hyper-parameters of graph_mixture_net.
///
/// JSON, the keys of the outermost backbone beside the others:
///   {"name": "graph_mixture_net", "version": 1, "observation": "noise", "channels": 3,
///    "width": 48, "blocks": 4, "feature_graphs": [{"after": 2, "heads": 4, "features": 6,
///    "steps": 3}], "inner": {"after": 2, "width": 96, "blocks": 4, "feature_graphs": [],
///    "inner": {...}}, "image_graph": {"heads": 2, "features": 6, "steps": 4}, "fill_steps": 0}
/// image_graph may be null; feature_graphs, inner and fill_steps may be left out.
struct GraphMixtureSpec {
  ObservationKind observation = ObservationKind::Bayer;
  int channels = 3;
  BackboneSpec backbone;  ///< at half the picture's resolution
  ImageGraphSpec image_graph;
  int fill_steps = 0;  ///< Mask only: thin_plate_fill() of the estimate before anything else
};

/// Which smoothness prior an unrolled reference network minimises.
enum class GraphPrior { Glr, Gtv };

/// Hyper-parameters of glr_net and gtv_net.
struct UnrolledGraphSpec {
  GraphPrior prior = GraphPrior::Glr;
  ObservationKind observation = ObservationKind::Bayer;
  int channels = 3, blocks = 0, layers = 0, steps = 0, heads = 0, features = 0, width = 0;
  /// How many pixels far the layers of a block see: one each step, in gtv_net another for the C'C
  /// of each layer's right-hand side, and one from which the degrees of the outermost come.
  int reach() const { return layers * (steps + (prior == GraphPrior::Gtv ? 1 : 0)) + 1; }
};

/// What follows a convolution of conv_net.
enum class LayerActivation { None, Relu, Prelu };

/// One convolution of conv_net, stride 1, padded with zeros to the size of its input:
///   z = activation(bias + conv(x)),
/// and with a border bias  z(p) = activation(bias + sum over the taps t with p + t inside the image
/// of (weight_t x(p + t) + border_bias_t)).
/// That is what remains of a biased pointwise convolution in front of a zero-padded 3x3: nine
/// different biases (corners, edges, interior) for 3x3 on images of three pixels and more.
///
/// Tensors, under `tensors`: weight (out, in, k, k), bias (out), slope (out) with Prelu,
/// border_bias (out, k, k) if it has one.
struct ConvLayerSpec {
  std::string tensors;  ///< prefix of the names of its tensors, "layers.0"
  int out_channels = 0;
  int kernel = 3;  ///< 1 or 3
  int dilation = 1;
  LayerActivation activation = LayerActivation::None;
  bool border_bias = false;
};

/// What is added to the result of conv_net's last layer.
enum class Skip { None, Add, Subtract };

/// Hyper-parameters of conv_net: plain convolutions in a chain.
///
/// JSON, with defaults where a value is given:
///   {"name": "conv_net", "version": 1, "observation": "noise", "channels": 3,
///    "shuffle": 1, "noise_map": false, "skip": "none",
///    "layers": [{"out": 64, "kernel": 3, "dilation": 1, "activation": "none", "padding": "zeros",
///                "border_bias": false}, ...]}
///
/// shuffle    noise only, 1 or 2: 2 rearranges 2x2 pixels into planes before the first layer and
///            back after the last. The other observations are packed as by graph_mixture_net and
///            always shuffled by 2 at the end.
/// noise_map  noise only: one more input plane, the last, holds sigma over white (its mean over
///            each 2x2 cell with shuffle 2).
/// skip       "none": the last layer is the result; "add", "subtract": base + or - last layer. The
///            base is the noisy picture (noise), each measured pixel four times (decimation2), the
///            first estimate (bayer, mask).
/// layers     activation "none", "relu" or "prelu"; padding "zeros" is the only one; tensors are
///            layers.K.weight and so on, see ConvLayerSpec. The last layer has
///            channels * shuffle^2 outputs.
struct ConvNetSpec {
  ObservationKind observation = ObservationKind::Noise;
  int channels = 3, shuffle = 1;
  bool noise_map = false;
  Skip skip = Skip::None;
  std::vector<ConvLayerSpec> layers;
};

/// Hyper-parameters of transformer_net: window attention at half resolution.
///
/// JSON, with defaults where a value is given:
///   {"name": "transformer_net", "version": 1, "observation": "noise", "channels": 3,
///    "width": 64, "blocks": 5, "heads": 4, "window": 8, "hidden": 128,
///    "depthwise": true, "layer_norm": true, "residual": true}
struct TransformerSpec {
  ObservationKind observation = ObservationKind::Noise;
  int channels = 3, width = 0, blocks = 0;
  int heads = 0;           ///< divide the width
  int window = 0;          ///< side in pixels of the half-size map, even
  int hidden = 0;          ///< width inside the perceptrons
  bool depthwise = true;   ///< a 3x3 depthwise convolution inside them
  bool layer_norm = true;  ///< in front of both halves of a block
  bool residual = true;    ///< each half adds to its input, not replaces it
};

using Architecture =
    std::variant<GraphMixtureSpec, UnrolledGraphSpec, ConvNetSpec, TransformerSpec>;

/// Reads the JSON text under tessera.architecture; every number is checked against sane limits.
/// Errors  BadCheckpoint, naming the key, what was expected and what was found; `name` stands
/// first.
Architecture architecture_from_json(const std::string& text, const std::string& name);

}  // namespace tessera::model
