// SPDX-License-Identifier: MIT
#include "analysis/inspection.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "analysis/filters/influence.h"

namespace tessera::analysis {
namespace {

/// One step of an 8-bit picture: weak enough that networks answer linearly.
constexpr double kWeak = 1.0 / 255.0;

/// P u of the graphs that ran in a step: each head on its own planes where the planes divide among
/// heads that smooth features, else the mean over heads.
Tensor mean_by_graphs(const std::vector<Tensor>& rows, bool own_planes, TensorView<const float> u) {
  const int heads = static_cast<int>(rows.size());
  Tensor result(u.shape());
  for (int g = 0; g < heads; ++g) {
    if (own_planes) {
      const int head_width = u.channels() / heads;
      paste_region(mean_over_rows(rows[g], u.channels(g * head_width, head_width)),
                   result.view().channels(g * head_width, head_width), 0, 0);
      continue;
    }
    const Tensor mean = mean_over_rows(rows[g], u);
    for (std::size_t i = 0; i < u.shape().count(); ++i)
      result.data()[i] += mean.data()[i] / static_cast<float>(heads);
  }
  return result;
}

PdeFit fit_of(const StateRecord& before,
              const StateRecord& after,
              const Recorder& recorder,
              const NetworkScene& scene,
              std::uint64_t seed) {
  const std::vector<GraphRecord>& graphs = recorder.graphs;
  PdeStep step{.before = before.value, .after = after.value};
  std::vector<Tensor> rows;
  for (const std::size_t index : after.graphs)
    if (graphs[index].scale == after.scale) rows.push_back(graph_rows(graphs[index].weights));
  const bool image = after.stream == "image";
  const bool own_planes =
      !image && !rows.empty() && before.value.channels() % static_cast<int>(rows.size()) == 0;
  if (!rows.empty())
    step.attention = [&rows, own_planes](TensorView<const float> u) {
      return mean_by_graphs(rows, own_planes, u);
    };
  if (after.attention >= 0 && !image)
    step.attention = [&recorder, &after](TensorView<const float> u) {
      return mean_over_attention(recorder.attentions[static_cast<std::size_t>(after.attention)], u);
    };
  if (image) {
    step.samples = scene.samples();
    step.mask = scene.mask();
  }
  return fit_pde(step, seed);
}

std::vector<StepRecord> steps_of(const Recorder& recorder,
                                 const Amplification& amplification,
                                 const NetworkScene& scene,
                                 const InspectionRequest& request) {
  std::vector<StepRecord> steps;
  std::map<std::string, const StateRecord*> last;
  for (std::size_t i = 0; i < recorder.states.size(); ++i) {
    const StateRecord& state = recorder.states[i];
    const StateRecord* before = last[state.stream];
    last[state.stream] = &state;
    if (before == nullptr) continue;
    StepRecord step{.stream = state.stream, .layer = state.layer, .scale = state.scale};
    step.increment =
        norm(difference(before->value, state.value)) / std::max(norm(before->value), 1e-30);
    step.roughness_before = roughness(before->value);
    step.roughness_after = roughness(state.value);
    step.amplification = amplification.by_state[i];
    step.participation = participation_ratio(state.value);
    if (request.pde) step.pde = fit_of(*before, state, recorder, scene, request.effort.seed);
    steps.push_back(std::move(step));
  }
  return steps;
}

/// The first pixel of each cell of a plane: what a state of that scale is asked about.
Tensor first_of_cells(TensorView<const float> planes, int channel, int scale) {
  Tensor result(1, planes.height() / scale, planes.width() / scale);
  for (int y = 0; y < result.height(); ++y)
    for (int x = 0; x < result.width(); ++x)
      result(0, y, x) = planes(channel, scale * y, scale * x);
  return result;
}

/// A state with all of its numbers at half the picture's size, or at its own where that is coarser.
Tensor at_half_size(const StateRecord& state) {
  const Tensor& value = state.value;
  if (state.scale >= 2) return value.clone();
  Tensor half(4 * value.channels(), value.height() / 2, value.width() / 2);
  pixel_unshuffle2(value, half);
  return half;
}

std::vector<StateInformation> information_of(NetworkScene& scene,
                                             const InspectionRequest& request) {
  const Tensor noise = white_noise(scene.shape(), request.effort.seed + 100);
  Tensor noisy(scene.shape());
  for (std::size_t i = 0; i < noise.shape().count(); ++i)
    noisy.data()[i] =
        scene.samples().data()[i] + static_cast<float>(request.information_sigma) * noise.data()[i];
  StateRecorder recorder;
  scene.restore(noisy, &recorder);
  std::vector<StateInformation> told;
  for (const StateRecord& state : recorder.states) {
    const Tensor half = at_half_size(state);
    const int scale = std::max(2, state.scale);
    StateInformation information{state.stream,
                                 state.layer,
                                 state.scale,
                                 information_bound(half, first_of_cells(noise, 0, scale)),
                                 {}};
    // The middle colour: in a mosaic it was not measured at these pixels.
    if (!request.reference.empty())
      information.clean = information_bound(
          half, first_of_cells(request.reference, scene.shape().channels / 2, scale));
    told.push_back(std::move(information));
  }
  return told;
}

double psnr_of(TensorView<const float> reference, TensorView<const float> result) {
  const Tensor error = difference(reference, result);
  return -10.0 * std::log10(dot(error, error) / static_cast<double>(result.shape().count()));
}

std::vector<AttentionSummary> attention_of(const Recorder& recorder,
                                           TensorView<const float> picture,
                                           std::uint64_t seed) {
  std::vector<AttentionSummary> summaries;
  for (const AttentionRecord& layer : recorder.attentions) {
    const auto heads = attention_heads(layer, reduced(picture, layer.scale), seed);
    for (std::size_t g = 0; g < heads.size(); ++g)
      summaries.push_back({layer.layer, static_cast<int>(g), layer.scale, heads[g]});
  }
  return summaries;
}

void measure_network(const InspectionRequest& request,
                     const Amplification& amplification,
                     Inspection& inspection) {
  NetworkRecord& network = inspection.network;
  network.constant_gain = amplification.constant_gain;
  network.noise_gain = amplification.noise_gain;
  for (const float value : inspection.result.view().flat()) {
    network.finite = network.finite && std::isfinite(value);
    network.spread = std::max(network.spread, std::abs(static_cast<double>(value)));
  }
  if (!request.reference.empty())
    network.reference_psnr = psnr_of(request.reference, inspection.result);
}

}  // namespace

Inspection inspect_scene(NetworkScene& scene, const InspectionRequest& request) {
  Inspection inspection;
  inspection.estimate = scene.estimate(scene.samples());
  // Graphs are compared with the colours of the result, the best known.
  inspection.result = scene.restore(scene.samples());
  Recorder recorder(inspection.result, request.effort);
  scene.restore(scene.samples(), &recorder);
  const Amplification amplification = amplification_of(scene, kWeak, request.effort.seed);
  inspection.steps = steps_of(recorder, amplification, scene, request);
  if (request.information) inspection.information = information_of(scene, request);
  for (const Point& point : request.points)
    inspection.influences.push_back(influence_at(scene, point, request.influence_radius));
  inspection.attention = attention_of(recorder, inspection.result, request.effort.seed);
  measure_network(request, amplification, inspection);
  if (request.sure_sigma)
    inspection.network.sure = sure_of(scene.restore_map(), scene.samples(), *request.sure_sigma,
                                      request.effort.probes, request.effort.seed);
  inspection.graphs = std::move(recorder.graphs);
  inspection.filters = std::move(recorder.filters);
  return inspection;
}

}  // namespace tessera::analysis
