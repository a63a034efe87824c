// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cmath>
#include <string>

#include "fusion/fusion_networks.h"
#include "fusion/random_maps.h"

namespace tessera::test {

/// A network drawn from the table of operators: a graph and its tensors, built side by side.
class RandomGraph {
 public:
  /// At most `longest` of the drawn parts between head and tail, for a smaller case of a failure.
  explicit RandomGraph(std::uint64_t seed, int longest = 8) : dice_(seed), random_(seed + 1) {
    int h = conv(input(), 4 * (1 + dice_.roll(3)));
    const int length = std::min(3 + dice_.roll(5), longest);
    for (int k = 0; k < length; ++k) h = next(h);
    if (dice_.roll(2) == 0) image_graph(h);
    graph.outputs.push_back(conv(h, 3));
    for (const NamedTensor& tensor : random_.tensors) tensors.emplace(tensor.name, tensor);
  }

  fusion::OperatorGraph graph;
  fusion::TensorMap tensors;

 private:
  std::string prefix() { return "layer." + std::to_string(count_++); }

  /// What any of the tables begins with; all at the size of Mosaic.
  int input() {
    switch (dice_.roll(5)) {
      case 0:
        return graph.input(4, fusion::Packing::Mosaic);
      case 1:
        return graph.input(3, fusion::Packing::Decimated);
      case 2:
        return graph.input(16, fusion::Packing::WithSigma);
      case 3:
        return graph.input(13, fusion::Packing::WithMean);
      default:  // FFDNet's without its noise map
        return graph.unshuffle(graph.input(3, fusion::Packing::Samples), 2);
    }
  }

  /// A graph over the pixels whose features come from the stream, as in graph_mixture_net.
  int feature_graph(int h) {
    const std::string name = prefix();
    const int heads = dice_.roll(2) == 0 ? 2 : 4, features = 2 + dice_.roll(2), steps = 2;
    random_.add_conv(name + ".features", graph.channels(h), heads * features, 1);
    const int q = graph.conv(h, heads * features, name + ".features", 1);
    add_steps(name, heads, steps);
    random_.add(name + ".log_mu", {heads}, 0.5F);
    random_.add(name + ".mix", {graph.channels(h)}, 0.5F, 0.5F);
    return graph.add({.kind = fusion::OperatorKind::FeatureGraph,
                      .inputs = {h, q},
                      .prefix = name,
                      .channels = graph.channels(h),
                      .heads = heads,
                      .features = features,
                      .steps = steps});
  }

  /// The graph on the image with one logit per head, or the denoisers' two. Nothing reads it here;
  /// its tensors have to come back all the same.
  void image_graph(int h) {
    const int heads = 2 + dice_.roll(2), features = 2 + dice_.roll(2), logits = 1 + dice_.roll(2);
    const std::string name = prefix();
    random_.add_conv(name + ".features", graph.channels(h), 4 * heads * (features + logits), 1);
    const int planes =
        graph.shuffle(graph.conv(h, 4 * heads * (features + logits), name + ".features", 1), 2);
    std::vector<int> parts{graph.slice(planes, 0, heads * features)};
    for (int k = 0; k < logits; ++k)
      parts.push_back(graph.slice(planes, heads * (features + k), heads));
    add_steps(name, heads, 2);
    random_.add(name + ".mix", {heads}, 0.2F, 0.5F);
    graph.add({.kind = fusion::OperatorKind::GraphMix,
               .inputs = parts,
               .prefix = name,
               .heads = heads,
               .features = features,
               .steps = 2});
  }

  void add_steps(const std::string& name, int heads, int steps) {
    for (const char* part : {".alpha_logit", ".beta_logit"})
      random_.add(name + part, {steps, heads}, 1.0F);
  }

  int conv(int in, int channels, int groups = 1) {
    const std::string name = prefix();
    const int kernel = dice_.roll(2) == 0 ? 1 : 3;
    random_.add_conv(name, graph.channels(in) / groups, channels, kernel);
    const int out = graph.conv(in, channels, name, kernel);
    graph.operators.back().groups = groups;
    graph.operators.back().dilation = 1 + dice_.roll(2);
    if (dice_.roll(4) == 0) {
      graph.operators.back().border_bias = true;
      random_.add(name + ".border_bias", {channels, kernel, kernel}, 0.1F);
    }
    return out;
  }

  int linear(int in, int channels) {
    const std::string name = prefix();
    random_.add(name + ".weight", {channels, graph.channels(in)},
                std::sqrt(3.0F / static_cast<float>(graph.channels(in))));
    random_.add(name + ".bias", {channels}, 0.1F);
    return graph.linear(in, channels, name);
  }

  int layer_norm(int h) {
    const std::string name = prefix();
    random_.add(name + ".weight", {graph.channels(h)}, 0.3F, 1.0F);
    random_.add(name + ".bias", {graph.channels(h)}, 0.3F);
    return graph.unary(fusion::OperatorKind::LayerNorm, h, name);
  }

  /// Heads of any width, values as wide as queries or not; what follows may be anything.
  int attention(int h) {
    const int heads = dice_.roll(2) == 0 ? 2 : 4, window = 2 + 2 * dice_.roll(2);
    const int width = heads * (2 + dice_.roll(2)), values = heads * (1 + dice_.roll(3));
    const int normed = dice_.roll(2) == 0 ? layer_norm(h) : h;
    const int query = linear(normed, width), key = linear(dice_.roll(2) == 0 ? h : normed, width);
    const int value = dice_.roll(3) == 0 ? conv(normed, values) : linear(normed, values);
    const std::string name = prefix();
    random_.add(name + ".position_bias", {heads, (2 * window - 1) * (2 * window - 1)}, 1.0F);
    return graph.add({.kind = fusion::OperatorKind::Attention,
                      .inputs = {query, key, value},
                      .prefix = name,
                      .channels = values,
                      .heads = heads,
                      .window = window,
                      .shift = dice_.roll(2) * window / 2});
  }

  int per_channel(fusion::OperatorKind kind, int h) {
    const std::string name = prefix();
    const std::int64_t c = graph.channels(h);
    if (kind == fusion::OperatorKind::Prelu) random_.add(name + ".slope", {c}, 0.2F, 0.2F);
    if (kind == fusion::OperatorKind::Depthwise) {
      random_.add(name + ".weight", {c, 1, 3, 3}, 0.4F);
      random_.add(name + ".bias", {c}, 0.1F);
    }
    if (kind == fusion::OperatorKind::BatchNorm)
      for (const char* part : {".weight", ".bias", ".running_mean", ".running_var"})
        random_.add(name + part, {c}, 0.3F, std::string(part) == ".running_var" ? 1.0F : 0.5F);
    return graph.unary(kind, h, name);
  }

  int next(int h) {
    const int c = graph.channels(h);
    switch (dice_.roll(16)) {
      case 0:
        return graph.unary(fusion::OperatorKind::Relu, conv(h, 4 * (1 + dice_.roll(3))));
      case 1:
        return per_channel(fusion::OperatorKind::Prelu, conv(h, c));
      case 2:  // a residual block
        return graph.binary(fusion::OperatorKind::Add, h,
                            conv(graph.unary(fusion::OperatorKind::Relu, conv(h, 8)), c));
      case 3:  // a gate on the stream
        return graph.binary(fusion::OperatorKind::Multiply, h,
                            graph.unary(fusion::OperatorKind::Sigmoid, conv(h, c)));
      case 4:  // a skip to a concatenation
        return conv(graph.binary(fusion::OperatorKind::Concat, h,
                                 graph.unary(fusion::OperatorKind::Relu, conv(h, 5))),
                    8);
      case 5: {  // halves times one another
        const int whole = conv(h, 10);
        const int first = graph.slice(whole, 0, 5);
        return conv(graph.binary(fusion::OperatorKind::Multiply, first, graph.slice(whole, 5, 5)),
                    8);
      }
      case 6:  // down and up again
        return graph.shuffle(conv(graph.unshuffle(h, 2), 4 * c), 2);
      case 7:  // a rearranged stream that is added to
        return graph.binary(fusion::OperatorKind::Add, h,
                            graph.shuffle(conv(graph.unshuffle(h, 2), 4 * c), 2));
      case 8:
        return per_channel(fusion::OperatorKind::Depthwise, h);
      case 9:
        return per_channel(fusion::OperatorKind::BatchNorm, conv(h, c));
      case 10:
        return conv(h, 8, 4);
      case 11:
        return feature_graph(h);
      case 12:  // attention on the stream
        return graph.binary(fusion::OperatorKind::Add, h, linear(attention(h), c));
      case 13:  // attention whose heads meet what is between them and a matrix
        return linear(per_channel(dice_.roll(2) == 0 ? fusion::OperatorKind::Prelu
                                                     : fusion::OperatorKind::Depthwise,
                                  attention(h)),
                      8);
      case 14:
        return layer_norm(h);
      default:
        return graph.binary(fusion::OperatorKind::Subtract, conv(h, c), h);
    }
  }

  Dice dice_;
  RandomTensors random_;
  int count_ = 0;
};

}  // namespace tessera::test
