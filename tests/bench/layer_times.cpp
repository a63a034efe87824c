// SPDX-License-Identifier: MIT
#include "bench/layer_times.h"

#include <cmath>
#include <map>
#include <numeric>
#include <optional>

#include "base/threads/threads_inside.h"
#include "bench/layer_clock.h"
#include "bench/observed_tile.h"
#include "bench/stopwatch.h"
#include "model/architecture/architecture.h"
#include "model/architecture/layer_table.h"
#include "model/architecture/published_layout.h"
#include "nn/judge.h"
#include "nn/pointwise/cell_conv2d.h"
#include "tessera/checkpoint.h"
#include "tessera/model.h"

namespace tessera::bench {
namespace {

using model::ObservationKind;
using nn::Activation;
using nn::ConvAlgorithm;

// F(4x4, 3x3): 36 products for 16 outputs of 9 taps.
constexpr double kWinogradSaving = 4.0;

bool is_cell_convolution(const LayerFacts& facts) {
  return facts.name.ends_with("down") || facts.name.ends_with("up");
}
/// The two convolutions of a residual block, which run hand in hand.
bool is_first_of_pair(const LayerFacts& facts) { return facts.name.ends_with("conv1"); }
bool is_second_of_pair(const LayerFacts& facts) { return facts.name.ends_with("conv2"); }

bool is_convolution(const LayerFacts& facts) {
  return facts.kind.starts_with("convolution") || facts.kind.starts_with("transposed");
}

/// The layer of the network that a row of the table is part of.
std::string entered_layer(const LayerFacts& facts, const std::vector<LayerTime>& entered) {
  if (facts.name == "skip") return "tail";
  std::string best;
  for (const LayerTime& layer : entered)
    if (facts.name.starts_with(layer.name) && layer.name.size() > best.size()) best = layer.name;
  return best;
}

nn::ConvSpec spec_of(const LayerFacts& facts, const Setting& setting) {
  const double macs = facts.macs_per_pixel * facts.scale * facts.scale;
  const int kernel = static_cast<int>(std::lround(std::sqrt(macs / facts.inputs / facts.outputs)));
  const bool is_inner =
      facts.name.find("blocks.") != std::string::npos || facts.inputs == facts.outputs;
  return {.in_channels = facts.inputs,
          .out_channels = facts.outputs,
          .kernel = kernel,
          .activation = is_first_of_pair(facts) || facts.name.starts_with("layers.")
                            ? Activation::Relu
                            : Activation::None,
          .adds_residual = is_second_of_pair(facts),
          .algorithm = setting.precision == Precision::Bf16 && is_inner ? ConvAlgorithm::Bf16
                                                                        : ConvAlgorithm::Auto};
}

/// A convolution, or with the second of a pair both, with maps for each worker.
class Alone {
 public:
  Alone(const LayerFacts& facts, const Setting& setting)
      : setting_(setting), spec_(spec_of(facts, setting)), extent_(setting.side / facts.scale) {
    const test::ConvWeights numbers(spec_);
    if (facts.name.ends_with("down"))
      down_.emplace(spec_.in_channels, spec_.out_channels, numbers.weights, numbers.bias);
    else if (facts.name.ends_with("up"))
      up_.emplace(spec_.in_channels, spec_.out_channels, four_times(numbers.weights), numbers.bias);
    else
      conv_.emplace(numbers.make(spec_));
    if (is_second_of_pair(facts)) {
      nn::ConvSpec first = spec_;
      first.activation = Activation::Relu;
      first.adds_residual = false;
      first_.emplace(numbers.make(first));
    }
    for (int k = 0; k < setting.workers; ++k) {
      maps_.emplace_back();
      maps_.back().in.assign(test::random_tensor(in_shape(), 1));
      maps_.back().out.assign(test::random_tensor(out_shape(), 2));
    }
  }

  double seconds() {
    return time_of(setting_.workers, setting_.repetitions,
                   [&](int worker) {
                     base::set_threads_inside(setting_.inside);
                     Maps& maps = maps_[static_cast<std::size_t>(worker)];
                     if (down_) return down_->forward(maps.in, maps.out);
                     if (up_) return up_->add_to(maps.in, maps.out);
                     if (first_) return nn::add_residual(*first_, *conv_, maps.in);
                     conv_->forward(maps.in, maps.out);
                   })
        .wall;
  }
  std::string implementation() const {
    base::set_threads_inside(setting_.inside);
    if (down_) return down_->implementation();
    return up_ ? up_->implementation() : conv_->implementation(extent_, extent_);
  }
  /// Of one worker: what must be read and written. A pair reads its residual as its input.
  double bytes() const {
    const double values =
        static_cast<double>(in_shape().count()) + (up_ ? 2.0 : 1.0) * out_shape().count();
    return sizeof(float) * values;
  }
  bool is_bf16() const { return spec_.algorithm == ConvAlgorithm::Bf16; }

 private:
  struct Maps {
    nn::FeatureMap in, out;
  };
  static std::vector<float> four_times(const std::vector<float>& weights) {
    std::vector<float> all;
    for (int k = 0; k < 4; ++k) all.insert(all.end(), weights.begin(), weights.end());
    return all;
  }
  Shape in_shape() const {
    const int side = down_ ? 2 * extent_ : up_ ? extent_ / 2 : extent_;
    return {spec_.in_channels, side, side};
  }
  Shape out_shape() const { return {spec_.out_channels, extent_, extent_}; }

  Setting setting_;
  nn::ConvSpec spec_;
  int extent_;  ///< of the output
  std::optional<nn::Conv2d> first_, conv_;
  std::optional<nn::StridedConv2d> down_;
  std::optional<nn::TransposedConv2d> up_;
  std::vector<Maps> maps_;
};

/// Adds what a convolution of the table costs to the layer that runs it.
void add_convolution(const LayerFacts& facts,
                     const Setting& setting,
                     const Machine& machine,
                     LayerTime& layer) {
  layer.what += (layer.what.empty() ? "" : ", ") + std::to_string(facts.inputs) + ">" +
                std::to_string(facts.outputs);
  layer.flops += 2.0 * facts.macs_per_pixel;
  if (is_first_of_pair(facts)) return;
  Alone alone(facts, setting);
  const double pixels = static_cast<double>(setting.side) * setting.side * setting.workers;
  const double flops = (is_second_of_pair(facts) ? 2.0 : 1.0) * 2.0 * facts.macs_per_pixel;
  const double bytes = alone.bytes() * setting.workers / pixels;
  const std::string implementation = alone.implementation();
  const bool winograd = implementation.find("wino") != std::string::npos;
  const double peak = alone.is_bf16() ? machine.bf16 : machine.fp32;
  const double arithmetic = flops / (winograd ? kWinogradSaving : 1.0) / peak;
  const Level level = level_of(alone.bytes() / setting.inside, machine.threads);
  const double traffic = bytes / bandwidth(machine, level);
  layer.alone += 1e9 * alone.seconds() / pixels;
  layer.bytes += bytes;
  layer.bound = arithmetic > traffic ? "arithmetic" : name_of(level);
  layer.bound_time += 1e9 * std::max(arithmetic, traffic);
  if (layer.implementation.empty()) layer.implementation = implementation;
}

/// Of a layer that is no convolution: its samples in and out, from memory.
void add_other(const LayerFacts& facts, const Machine& machine, LayerTime& layer) {
  const double area = facts.scale * facts.scale;
  const double flops = 2.0 * facts.macs_per_pixel;
  const double bytes = sizeof(float) * (facts.inputs / 4.0 + 2.0 * facts.outputs) / area;
  const double arithmetic = flops / machine.fp32, traffic = bytes / machine.memory;
  layer.what += (layer.what.empty() ? "" : ", ") + facts.kind;
  layer.other_flops += flops;
  layer.bytes += bytes;
  layer.bound = arithmetic > traffic ? "arithmetic" : "memory";
  layer.bound_time += 1e9 * std::max(arithmetic, traffic);
}

/// Median times of the layers and, as the last one, of the whole without a clock in it.
std::vector<LayerTime> time_layers(const Model& model, const Setting& setting, double& whole) {
  const model::Network& network = model.network();
  std::vector<ObservedTile> tiles;
  for (int k = 0; k < setting.workers; ++k) tiles.emplace_back(network, setting.side);
  std::vector<Workspace> scratch(static_cast<std::size_t>(setting.workers));
  const double pixels = static_cast<double>(setting.side) * setting.side * setting.workers;
  std::map<std::string, std::vector<double>> times;
  std::vector<LayerTime> layers;
  const auto run = [&](int worker, model::Trace* trace) {
    base::set_threads_inside(setting.inside);
    const auto k = static_cast<std::size_t>(worker);
    run_all_stages(network, tiles[k], scratch[k], trace);
  };
  whole = 1e9 / pixels * time_of(setting.workers, setting.repetitions, [&](int worker) {
                           run(worker, nullptr);
                         }).wall;
  time_of(setting.workers, setting.repetitions, [&](int worker) {
    LayerClock clock;
    run(worker, &clock);
    clock.stop();
    if (worker != 0) return;
    for (const auto& entry : clock.entries()) times[entry.layer].push_back(entry.seconds);
    if (layers.empty())
      for (const auto& entry : clock.entries()) layers.emplace_back().name = entry.layer;
  });
  for (LayerTime& layer : layers) layer.in_network = 1e9 * median(times[layer.name]) / pixels;
  return layers;
}

/// The rows of a chain of convolutions are named by their places, as the network enters them.
std::vector<LayerFacts> table_of(const Checkpoint& checkpoint) {
  const model::Architecture architecture = model::architecture_of(checkpoint);
  std::vector<LayerFacts> rows = model::layer_table(architecture, checkpoint);
  if (std::holds_alternative<model::ConvNetSpec>(architecture))
    for (std::size_t k = 0; k < rows.size(); ++k) rows[k].name = "layers." + std::to_string(k);
  return rows;
}

}  // namespace

double NetworkTime::convolutions() const {
  return std::accumulate(layers.begin(), layers.end(), 0.0,
                         [](double sum, const LayerTime& layer) { return sum + layer.alone; });
}

double NetworkTime::flops() const {
  return std::accumulate(layers.begin(), layers.end(), 0.0,
                         [](double sum, const LayerTime& layer) { return sum + layer.flops; });
}

NetworkTime measure_network(const std::filesystem::path& file,
                            const Setting& setting,
                            const Machine& machine) {
  const Checkpoint checkpoint = Checkpoint::open(file);
  const Model model = Model::load(file, setting.precision);
  NetworkTime result{.title = model.title()};
  result.layers = time_layers(model, setting, result.network);
  for (const LayerFacts& facts : table_of(checkpoint)) {
    const std::string name = entered_layer(facts, result.layers);
    for (LayerTime& layer : result.layers) {
      if (layer.name != name) continue;
      if (is_convolution(facts) || is_cell_convolution(facts))
        add_convolution(facts, setting, machine, layer);
      else
        add_other(facts, machine, layer);
    }
  }
  return result;
}

}  // namespace tessera::bench
