// SPDX-License-Identifier: MIT
#include "analysis/iteration_record.h"

#include <algorithm>

#include "analysis/plane_map.h"
#include "graph/incidence.h"
#include "graph/laplacian.h"

namespace tessera::analysis {
namespace {

/// A p for all channels.
void multiply(const graph::FilterMatrix& matrix, TensorView<const float> p, TensorView<float> out) {
  graph::apply_laplacian(matrix.weights, p, out);
  const std::size_t plane = p.shape().plane();
  const auto at = [plane](TensorView<const float> planes, std::size_t i, float otherwise) {
    if (planes.empty()) return otherwise;
    return planes.data()[planes.channels() == 1 ? i % plane : i];
  };
  const float scale = matrix.diagonal.empty() ? 1.0F : matrix.diagonal_scale;
  for (std::size_t i = 0; i < p.shape().count(); ++i) {
    const float diagonal = scale * at(matrix.diagonal, i, matrix.diagonal_value);
    out.data()[i] = at(matrix.free, i, 1.0F) *
                    (diagonal * p.data()[i] + matrix.laplacian_scale * out.data()[i]);
  }
}

}  // namespace

IterationRecord record_iterations(const model::FilterEvent& event) {
  const Shape shape = event.b.shape();
  const std::size_t count = shape.count();
  Tensor x(shape), r(shape), p(shape), q(shape);
  std::copy_n(event.start.data(), count, x.data());
  multiply(event.matrix, x, q);
  for (std::size_t i = 0; i < count; ++i)
    p.data()[i] = r.data()[i] = event.b.data()[i] - q.data()[i];

  IterationRecord record;
  const double b_norm = norm(event.b);
  const auto look = [&] {
    record.energy.push_back(graph::laplacian_energy(event.weights, x));
    record.variation.push_back(graph::graph_total_variation(event.weights, x));
    // A x = b - r, so that 1/2 x'Ax - b'x = -1/2 x'(b + r).
    record.objective.push_back(-0.5 * (dot(x, event.b) + dot(x, r)));
    record.residual.push_back(b_norm > 0.0 ? norm(r) / b_norm : 0.0);
  };
  look();
  for (const graph::CgStep step : event.steps) {
    multiply(event.matrix, p, q);
    for (std::size_t i = 0; i < count; ++i) {
      x.data()[i] += step.alpha * p.data()[i];
      r.data()[i] -= step.alpha * q.data()[i];
      p.data()[i] = r.data()[i] + step.beta * p.data()[i];
    }
    look();
  }
  return record;
}

}  // namespace tessera::analysis
