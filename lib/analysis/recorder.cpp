// SPDX-License-Identifier: MIT
#include "analysis/recorder.h"

#include <algorithm>
#include <cmath>

namespace tessera::analysis {
namespace {

constexpr int kEigenvalues = 33;

Tensor copy_of(TensorView<const float> planes) {
  Tensor copy(planes.shape());
  std::copy_n(planes.data(), planes.shape().count(), copy.data());
  return copy;
}

/// Mean of log K over pixels, K the neighbours inside the picture.
double mean_log_neighbours(int height, int width) {
  double sum = 0.0;
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x) {
      const int rows = 1 + (y > 0) + (y + 1 < height), columns = 1 + (x > 0) + (x + 1 < width);
      sum += std::log(std::max(rows * columns - 1, 1));
    }
  return sum / (static_cast<double>(height) * width);
}

void record_polynomial(const model::FilterEvent& event, FilterRecord& record) {
  if (!event.matrix.diagonal.empty() || record.extends) return;
  const double d = event.matrix.diagonal_value, s = event.matrix.laplacian_scale;
  for (int i = 0; i < kEigenvalues; ++i) {
    const double lambda = graph::kLaplacianSpectralBound * i / (kEigenvalues - 1.0);
    record.eigenvalues.push_back(lambda);
    record.polynomial.push_back(polynomial_response(event.steps, d, s, lambda));
    record.exact.push_back(d / (d + s * lambda));
  }
}

FilterRecord record_of(const model::FilterEvent& event,
                       const std::string& layer,
                       TensorView<const float> picture,
                       const Effort& effort) {
  FilterRecord record;
  LayerFilter filter(event);
  const Shape shape = filter.shape();
  record.layer = layer;
  record.head = event.head, record.iteration = event.iteration, record.scale = event.scale;
  record.prior = event.prior, record.extends = filter.extends(), record.mix = event.mix;
  record.reach = filter.reach();
  record.iterations = record_iterations(event);
  record.realised = gains_of(filter.realised_map(), shape, filter.free());
  record.ideal = gains_of(filter.ideal_map(), shape, filter.free());
  record.realised_spectrum =
      spectrum_of(filter.realised_map(), shape, effort.bins, effort.probes, effort.seed);
  record.ideal_spectrum = spectrum_of(filter.ideal_map(), shape, effort.bins, 1, effort.seed);
  record_polynomial(event, record);
  record.symmetry_defect = symmetry_defect(filter.matrix_map(), shape, effort.seed);
  record.degrees_of_freedom =
      degrees_of_freedom(filter.realised_map(), Tensor(shape), 1.0, effort.probes, effort.seed);
  const auto tensors = diffusion_tensors(
      filter.realised_map(), shape, filter.reach(),
      [&](int y, int x) { return filter.observed(static_cast<std::size_t>(y) * shape.width + x); });
  record.diffusion = summary_of(tensors, reduced(picture, event.scale));
  return record;
}

}  // namespace

void Recorder::enter(const std::string& layer) { layer_ = layer; }

void Recorder::record_graph(const model::FilterEvent& event) {
  GraphRecord record;
  record.layer = layer_;
  record.head = event.head, record.scale = event.scale;
  record.weights = copy_of(event.weights);
  const Tensor rows = graph_rows(event.weights);
  record.degree = spread_of(graph_degrees(event.weights));
  record.entropy = spread_of(row_entropy(rows));
  record.entropy_limit = mean_log_neighbours(rows.height(), rows.width());
  record.similarity = similarity_kernel(rows, reduced(picture_, event.scale), effort_.seed);
  graphs.push_back(std::move(record));
}

void Recorder::filter(const model::FilterEvent& event) {
  // Later iterations of an unrolled solver run on the same graph.
  if (event.iteration == 0) record_graph(event);
  filters.push_back(record_of(event, layer_, picture_, effort_));
}

void Recorder::state(const model::StateEvent& event) {
  StateRecord record{std::string(event.stream), layer_, event.scale, copy_of(event.value), {}};
  if (told_attentions_ < attentions.size())
    record.attention = static_cast<int>(attentions.size()) - 1;
  told_attentions_ = attentions.size();
  for (; told_graphs_ < graphs.size(); ++told_graphs_) record.graphs.push_back(told_graphs_);
  states.push_back(std::move(record));
}

void Recorder::attention(const model::AttentionEvent& event) {
  if (told_attentions_ == attentions.size()) attentions.push_back({layer_, event.scale, {}});
  attentions.back().windows.push_back({event.window, copy_of(event.rows)});
}

void StateRecorder::state(const model::StateEvent& event) {
  states.push_back({std::string(event.stream), layer_, event.scale, copy_of(event.value), {}});
}

Tensor reduced(TensorView<const float> picture, int scale) {
  Tensor result(picture.channels(), picture.height() / scale, picture.width() / scale);
  for (int c = 0; c < result.channels(); ++c)
    for (int y = 0; y < result.height(); ++y)
      for (int x = 0; x < result.width(); ++x) {
        double sum = 0.0;
        for (int dy = 0; dy < scale; ++dy)
          for (int dx = 0; dx < scale; ++dx) sum += picture(c, scale * y + dy, scale * x + dx);
        result(c, y, x) = static_cast<float>(sum / (scale * scale));
      }
  return result;
}

}  // namespace tessera::analysis
