// SPDX-License-Identifier: MIT
#include "analysis/filters/iteration_record.h"

#include <algorithm>
#include <span>
#include <vector>

#include "analysis/plane_map.h"
#include "graph/incidence.h"
#include "graph/laplacian.h"
#include "solver/learned_cg.h"

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
  Tensor x(shape), r(shape), p(shape), q(shape);
  std::copy_n(event.start.data(), shape.count(), x.data());

  IterationRecord record;
  const double b_norm = norm(event.b);
  const auto look = [&] {
    record.energy.push_back(graph::laplacian_energy(event.weights, x));
    record.variation.push_back(graph::graph_total_variation(event.weights, x));
    // A x = b - r, so that 1/2 x'Ax - b'x = -1/2 x'(b + r).
    record.objective.push_back(-0.5 * (dot(x, event.b) + dot(x, r)));
    record.residual.push_back(b_norm > 0.0 ? norm(r) / b_norm : 0.0);
  };
  std::vector<solver::LearnedStep> steps;
  for (const graph::CgStep step : event.steps) steps.push_back({step.alpha, step.beta});
  solver::learned_cg(
      [&](std::span<const float> in, std::span<float> out) {
        multiply(event.matrix, {in.data(), shape}, {out.data(), shape});
      },
      event.b.flat(), x.view().flat(), r.view().flat(), p.view().flat(), q.view().flat(), steps,
      look);
  return record;
}

}  // namespace tessera::analysis
