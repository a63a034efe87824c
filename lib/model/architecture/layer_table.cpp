// SPDX-License-Identifier: MIT
#include "model/architecture/layer_table.h"

#include <algorithm>
#include <numeric>
#include <string>
#include <variant>

#include "graph/neighbourhood.h"

namespace tessera::model {
namespace {

/// One step: eight neighbours and the diagonal, and x, r and p.
constexpr double kMacsPerCgStep = 2 * graph::kEdgePlanes + 1 + 3;
/// A product with the matrix at a pixel reads its neighbours, and features two pixels away: those
/// that the degrees of its neighbours come from.
constexpr int kWeightReach = 1;

/// Writes the rows of one network's table.
class Table {
 public:
  explicit Table(const Checkpoint& checkpoint) : checkpoint_(checkpoint) {}

  /// Values of all tensors whose names begin with `prefix`.
  std::int64_t parameters(const std::string& prefix) const {
    std::int64_t sum = 0;
    for (const std::string& name : checkpoint_.tensor_names())
      if (name.rfind(prefix, 0) == 0) sum += count(name);
    return sum;
  }

  /// A convolution whose tensors are name.weight and name.bias.
  void conv(const std::string& name, int scale) {
    const auto shape = checkpoint_.shape(name + ".weight");
    const int out = static_cast<int>(shape[0]), in = static_cast<int>(shape[1]);
    const int kernel = static_cast<int>(shape[2]);
    const std::string side = std::to_string(kernel);
    add({name, "convolution " + side + "x" + side, in, out, scale, parameters(name + "."),
         static_cast<double>(count(name + ".weight")), kernel / 2});
  }

  /// `macs` and `radius` are those at the layer's own size.
  void add(LayerFacts layer) {
    layer.macs_per_pixel /= layer.scale * layer.scale;
    layer.radius *= layer.scale;
    rows.push_back(std::move(layer));
  }

  std::vector<LayerFacts> rows;

 private:
  std::int64_t count(const std::string& tensor) const {
    const auto shape = checkpoint_.shape(tensor);
    return std::accumulate(shape.begin(), shape.end(), std::int64_t{1}, std::multiplies<>());
  }

  const Checkpoint& checkpoint_;
};

void add_feature_graph(
    const FeatureGraphSpec& graph, const std::string& name, int width, int scale, Table& table) {
  const int nodes = graph.heads * graph.features;
  const double distances = static_cast<double>(nodes) * graph::kEdgePlanes;
  table.add({name, "feature graph", width, width, scale, table.parameters(name + "."),
             static_cast<double>(width) * nodes + distances + kMacsPerCgStep * graph.steps * width,
             graph.reach()});
}

/// The layers of one resolution, whose tensors' names begin with `prefix`, and of those inside it.
void add_backbone(const BackboneSpec& spec, const std::string& prefix, int scale, Table& table) {
  const auto add_inner = [&] {
    const std::string inner = prefix + "inner.";
    table.conv(inner + "down", 2 * scale);
    // A pixel sees the whole of its cell, one pixel of this resolution farther than its own.
    table.rows.back().radius = scale;
    add_backbone(spec.inner.front(), inner, 2 * scale, table);
    const int width = spec.inner.front().width;
    table.add({inner + "up", "transposed 2x2", width, spec.width, scale,
               table.parameters(inner + "up."), static_cast<double>(width) * spec.width, 0});
  };
  for (int k = 0; k <= spec.blocks; ++k) {
    for (std::size_t j = 0; j < spec.feature_graphs.size(); ++j)
      if (spec.feature_graphs[j].after == k)
        add_feature_graph(spec.feature_graphs[j], prefix + "feature_graphs." + std::to_string(j),
                          spec.width, scale, table);
    if (!spec.inner.empty() && spec.inner_after == k) add_inner();
    if (k == spec.blocks) break;
    for (const char* conv : {".conv1", ".conv2"})
      table.conv(prefix + "blocks." + std::to_string(k) + conv, scale);
  }
}

void add_image_graph(const GraphMixtureSpec& spec, Table& table) {
  const ImageGraphSpec& graph = spec.image_graph;
  const double logits = is_noisy(spec.observation) ? 2.0 : 1.0;
  const double nodes = graph.heads * (graph.features + logits);
  const double distances = static_cast<double>(graph.heads) * graph.features * graph::kEdgePlanes;
  // The pointwise convolution has four planes at half size for every one at full size.
  table.add({"image_graph", "image graph", spec.backbone.width, spec.channels, 1,
             table.parameters("image_graph."),
             spec.backbone.width * nodes + distances +
                 kMacsPerCgStep * (graph.steps + 1) * spec.channels * graph.heads,
             graph.steps - (is_noisy(spec.observation) ? 1 : 0) + kWeightReach});
}

void add_transformer_block(const TransformerSpec& spec, int index, Table& table) {
  const std::string block = "blocks." + std::to_string(index);
  const double width = spec.width, keys = static_cast<double>(spec.window) * spec.window;
  // Seen from the result, the last windows may begin at a pixel that is looked at; those before
  // overlap them by half.
  const int moved = spec.window / 2 - (spec.depthwise ? 1 : 0);
  table.add({block + ".attention", "window attention", spec.width, spec.width, 2,
             table.parameters(block + ".norm1.") + table.parameters(block + ".attention."),
             4 * width * width + 2 * keys * width,
             index + 1 == spec.blocks ? spec.window - 1 : moved});
  table.add({block + ".mlp", "perceptron", spec.width, spec.width, 2,
             table.parameters(block + ".norm2.") + table.parameters(block + ".mlp."),
             (2 * width + (spec.depthwise ? 9 : 0)) * spec.hidden, spec.depthwise ? 1 : 0});
}

/// Writes the table of each kind of network.
struct Rows {
  Table& table;

  void operator()(const GraphMixtureSpec& spec) const {
    // Two five-point Laplacians and three updates a step.
    if (spec.fill_steps > 0)
      table.add({"fill", "thin plate", spec.channels, spec.channels, 1, 0,
                 (2 * 5 + 3.0) * spec.fill_steps * spec.channels, 2 * spec.fill_steps});
    table.conv("head", 2);
    add_backbone(spec.backbone, "", 2, table);
    table.conv("tail", 2);
    table.conv("skip", 2);
    // It runs beside the others, not after them.
    table.rows.back().radius = 0;
    if (spec.image_graph.present()) add_image_graph(spec, table);
  }

  void operator()(const UnrolledGraphSpec& spec) const {
    const bool gtv = spec.prior == GraphPrior::Gtv;
    for (int b = 0; b < spec.blocks; ++b) {
      const std::string block = "blocks." + std::to_string(b);
      for (int layer = 0; layer < 4; ++layer)
        table.conv(block + ".cnn." + std::to_string(layer), 1);
      const double metric = static_cast<double>(spec.heads) * spec.features * spec.features;
      const double distances = static_cast<double>(spec.width) * graph::kEdgePlanes;
      const double samples = static_cast<double>(spec.heads) * spec.channels * spec.layers;
      // A layer of gtv_net also advances two numbers per edge and sums them up for each pixel.
      const double edges = gtv ? 3.0 * graph::kEdgePlanes : 0.0;
      table.add({block, gtv ? "GTV layers" : "GLR layers", spec.channels, spec.channels, 1,
                 table.parameters(block + ".") - table.parameters(block + ".cnn."),
                 metric + distances + samples * (kMacsPerCgStep * (spec.steps + 1) + edges),
                 spec.reach()});
    }
  }

  void operator()(const ConvNetSpec& spec) const {
    for (const ConvLayerSpec& layer : spec.layers) {
      table.conv(layer.tensors, spec.shuffle);
      table.rows.back().radius *= layer.dilation;
    }
  }

  void operator()(const TransformerSpec& spec) const {
    table.conv("head", 2);
    for (int k = 0; k < spec.blocks; ++k) add_transformer_block(spec, k, table);
    table.conv("tail", 2);
    table.conv("skip", 2);
    table.rows.back().radius = 0;
  }
};

}  // namespace

std::vector<LayerFacts> layer_table(const Architecture& architecture,
                                    const Checkpoint& checkpoint) {
  Table table(checkpoint);
  std::visit(Rows{table}, architecture);
  return std::move(table.rows);
}

int receptive_radius(const std::vector<LayerFacts>& layers) {
  int radius = 0;
  bool half_size = false;
  for (const LayerFacts& layer : layers) {
    radius += layer.radius;
    half_size = half_size || layer.scale > 1;
  }
  return radius + (half_size ? 1 : 0);
}

}  // namespace tessera::model
