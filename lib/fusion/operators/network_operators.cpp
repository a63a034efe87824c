// SPDX-License-Identifier: MIT
#include <functional>

#include "fusion/operators/block_operators.h"
#include "fusion/operators/operator_graph.h"
#include "model/architecture/architecture.h"
#include "model/architecture/published_layout.h"
#include "model/blocks/observation_pack.h"
#include "model/training_form/training_form.h"
#include "tessera/error.h"

namespace tessera::fusion {
namespace {

using model::ObservationKind;

/// What a network at half resolution sees.
int packed_input(OperatorGraph& graph,
                 ObservationKind observation,
                 int channels,
                 int fill_steps = 0) {
  if (observation == ObservationKind::Bayer) return graph.input(4, Packing::Mosaic);
  if (observation == ObservationKind::NoisyBayer) return graph.input(5, Packing::NoisyMosaic);
  if (observation == ObservationKind::Decimation2) return graph.input(channels, Packing::Decimated);
  return graph.add(
      {.kind = OperatorKind::Input,
       .channels = model::packed_planes(observation, channels),
       .steps = fill_steps,
       .packing = observation == ObservationKind::Noise ? Packing::WithSigma : Packing::WithMask});
}

/// What conv_net sees of a noisy picture.
int noisy_input(OperatorGraph& graph, const model::ConvNetSpec& spec) {
  if (spec.shuffle == 2 && spec.noise_map)
    return graph.input(4 * spec.channels + 1, Packing::WithMean);
  if (spec.noise_map) return graph.input(spec.channels + 1, Packing::SamplesSigma);
  const int samples = graph.input(spec.channels, Packing::Samples);
  return spec.shuffle == 2 ? graph.unshuffle(samples, 2) : samples;
}

/// h + mix .* (filtered - h) on graphs of q = features(h).
int feature_graph(OperatorGraph& graph,
                  int h,
                  const model::FeatureGraphSpec& spec,
                  const std::string& prefix) {
  const int q = graph.conv(h, spec.heads * spec.features, prefix + ".features", 1);
  return graph.add({.kind = OperatorKind::FeatureGraph,
                    .inputs = {h, q},
                    .prefix = prefix,
                    .channels = graph.channels(h),
                    .heads = spec.heads,
                    .features = spec.features,
                    .steps = spec.steps});
}

/// The residual blocks of one resolution, with the streams of those inside it: they meet in the
/// convolutions down and up only.
int backbone(OperatorGraph& graph,
             int h,
             const model::BackboneSpec& spec,
             const std::string& prefix) {
  const auto inner = [&](int outer) {
    const model::BackboneSpec& part = spec.inner.front();
    const std::string below = prefix + "inner.";
    const int down = graph.conv(outer, part.width, below + "down", 2);
    graph.operators.back().stride = 2;
    return graph.add({.kind = OperatorKind::Transposed,
                      .inputs = {backbone(graph, down, part, below)},
                      .prefix = below + "up",
                      .channels = spec.width,
                      .kernel = 2,
                      .stride = 2});
  };
  for (int k = 0; k <= spec.blocks; ++k) {
    for (std::size_t j = 0; j < spec.feature_graphs.size(); ++j)
      if (spec.feature_graphs[j].after == k)
        h = feature_graph(graph, h, spec.feature_graphs[j],
                          prefix + "feature_graphs." + std::to_string(j));
    if (!spec.inner.empty() && spec.inner_after == k)
      h = graph.binary(OperatorKind::Add, h, inner(h));
    if (k == spec.blocks) break;
    const std::string block = prefix + "blocks." + std::to_string(k);
    const int first = graph.unary(OperatorKind::Relu, graph.conv(h, spec.width, block + ".conv1"));
    h = graph.binary(OperatorKind::Add, h, graph.conv(first, spec.width, block + ".conv2"));
  }
  return h;
}

/// The graph on the image: planes of features, then one plane of logits per head, once or more.
void image_graph(OperatorGraph& graph, int h, const model::ImageGraphSpec& spec, int logits) {
  const int planes = spec.heads * (spec.features + logits);
  const int shuffled = graph.shuffle(graph.conv(h, 4 * planes, "image_graph.features", 1), 2);
  std::vector<int> parts{graph.slice(shuffled, 0, spec.heads * spec.features)};
  for (int k = 0; k < logits; ++k)
    parts.push_back(graph.slice(shuffled, spec.heads * (spec.features + k), spec.heads));
  graph.add({.kind = OperatorKind::GraphMix,
             .inputs = parts,
             .prefix = "image_graph",
             .channels = 0,
             .heads = spec.heads,
             .features = spec.features,
             .steps = spec.steps});
}

/// Attention in windows, every second time moved by half of one, and its projection.
int window_attention(OperatorGraph& graph,
                     int h,
                     const model::TransformerSpec& spec,
                     int index,
                     const std::string& prefix) {
  std::vector<int> parts;
  for (const char* part : {".query", ".key", ".value"})
    parts.push_back(graph.linear(h, spec.width, prefix + part));
  const int mixed = graph.add({.kind = OperatorKind::Attention,
                               .inputs = parts,
                               .prefix = prefix,
                               .channels = spec.width,
                               .heads = spec.heads,
                               .window = spec.window,
                               .shift = index % 2 * (spec.window / 2)});
  return graph.linear(mixed, spec.width, prefix + ".projection");
}

/// Two matrices around a ReLU, behind a depthwise convolution if there is one.
int perceptron(OperatorGraph& graph,
               int h,
               const model::TransformerSpec& spec,
               const std::string& prefix) {
  int hidden = graph.linear(h, spec.hidden, prefix + ".expand");
  if (spec.depthwise) hidden = graph.unary(OperatorKind::Depthwise, hidden, prefix + ".depthwise");
  return graph.linear(graph.unary(OperatorKind::Relu, hidden), spec.width, prefix + ".contract");
}

int transformer_block(OperatorGraph& graph, int h, const model::TransformerSpec& spec, int index) {
  const std::string block = "blocks." + std::to_string(index);
  const auto normed = [&](const char* name) {
    return spec.layer_norm ? graph.unary(OperatorKind::LayerNorm, h, block + name) : h;
  };
  const auto finish = [&](int change) {
    h = spec.residual ? graph.binary(OperatorKind::Add, h, change) : change;
  };
  finish(window_attention(graph, normed(".norm1"), spec, index, block + ".attention"));
  finish(perceptron(graph, normed(".norm2"), spec, block + ".mlp"));
  return h;
}

/// What one layer of conv_net makes of a value, without its activation.
using LayerRule = std::function<int(OperatorGraph& graph, int h, const model::ConvLayerSpec&)>;

int plain_layer(OperatorGraph& graph, int h, const model::ConvLayerSpec& layer) {
  h = graph.conv(h, layer.out_channels, layer.tensors, layer.kernel);
  graph.operators.back().dilation = layer.dilation;
  graph.operators.back().border_bias = layer.border_bias;
  return h;
}

// What conv_net adds to its last layer has no weights.
OperatorGraph layers_in_a_chain(const model::ConvNetSpec& spec, const LayerRule& rule) {
  OperatorGraph graph;
  int h = spec.observation == ObservationKind::Noise
              ? noisy_input(graph, spec)
              : packed_input(graph, spec.observation, spec.channels);
  for (const model::ConvLayerSpec& layer : spec.layers) {
    h = rule(graph, h, layer);
    if (layer.activation == model::LayerActivation::Relu)
      h = graph.unary(OperatorKind::Relu, h);
    else if (layer.activation == model::LayerActivation::Prelu)
      h = graph.unary(OperatorKind::Prelu, h, layer.tensors);
  }
  graph.outputs.push_back(h);
  graph.skip = static_cast<int>(spec.skip);
  return graph;
}

/// Builds the table of each architecture.
struct Tables {
  OperatorGraph operator()(const model::GraphMixtureSpec& spec) const {
    OperatorGraph graph;
    const int packed = packed_input(graph, spec.observation, spec.channels, spec.fill_steps);
    const int h =
        backbone(graph, graph.conv(packed, spec.backbone.width, "head"), spec.backbone, "");
    const int mean = graph.binary(OperatorKind::Add, graph.conv(h, 4 * spec.channels, "tail"),
                                  graph.conv(packed, 4 * spec.channels, "skip"));
    graph.outputs.push_back(mean);
    const int logits = model::is_noisy(spec.observation) ? 2 : 1;
    if (spec.image_graph.present()) image_graph(graph, h, spec.image_graph, logits);
    return graph;
  }

  OperatorGraph operator()(const model::UnrolledGraphSpec& spec) const {
    OperatorGraph graph;
    int x = graph.input(spec.channels, Packing::Estimate);
    for (int b = 0; b < spec.blocks; ++b) {
      const std::string block = "blocks." + std::to_string(b);
      int f = x;
      for (int layer = 0; layer < 4; ++layer) {
        f = graph.conv(f, spec.width, block + ".cnn." + std::to_string(layer));
        if (layer < 3) f = graph.unary(OperatorKind::Relu, f);
      }
      std::vector<std::string> scalars{"log_rho", "relaxation"};
      if (spec.prior == model::GraphPrior::Gtv) scalars.push_back("log_gamma");
      x = graph.add({.kind = OperatorKind::GraphSolve,
                     .inputs = {f, x},
                     .prefix = block,
                     .channels = spec.channels,
                     .first = b,
                     .heads = spec.heads,
                     .features = spec.features,
                     .steps = spec.steps,
                     .scalars = scalars});
    }
    graph.outputs.push_back(x);
    return graph;
  }

  OperatorGraph operator()(const model::TransformerSpec& spec) const {
    OperatorGraph graph;
    const int packed = packed_input(graph, spec.observation, spec.channels);
    int h = graph.conv(packed, spec.width, "head");
    for (int k = 0; k < spec.blocks; ++k) h = transformer_block(graph, h, spec, k);
    graph.outputs.push_back(graph.binary(OperatorKind::Add,
                                         graph.conv(h, 4 * spec.channels, "tail"),
                                         graph.conv(packed, 4 * spec.channels, "skip")));
    return graph;
  }

  OperatorGraph operator()(const model::ConvNetSpec& spec) const {
    return layers_in_a_chain(spec, plain_layer);
  }
};

/// conv_net as it was trained.
OperatorGraph training_operators(const Checkpoint& checkpoint) {
  const model::TrainingForm form(checkpoint);
  const auto* spec = std::get_if<model::ConvNetSpec>(&form.target());
  if (spec == nullptr)
    throw Error(ErrorCode::BadCheckpoint,
                printable_name(checkpoint.name()) +
                    ": of training forms only conv_net can be fused; fold it first");
  return layers_in_a_chain(*spec,
                           [&](OperatorGraph& graph, int h, const model::ConvLayerSpec& layer) {
                             for (const model::PlacedBlock& entry : form.blocks())
                               if (entry.place.name == layer.tensors)
                                 return block_value(graph, h, entry, checkpoint);
                             return plain_layer(graph, h, layer);
                           });
}

}  // namespace

OperatorGraph operators_of(const Checkpoint& checkpoint) {
  if (model::TrainingForm::describes(checkpoint)) return training_operators(checkpoint);
  return std::visit(Tables{}, model::architecture_of(checkpoint));
}

}  // namespace tessera::fusion
