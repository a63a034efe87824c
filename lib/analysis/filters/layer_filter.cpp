// SPDX-License-Identifier: MIT
#include "analysis/filters/layer_filter.h"

#include <algorithm>

#include "graph/laplacian.h"
#include "solver/conjugate_gradient.h"

namespace tessera::analysis {
namespace {

TensorView<const float> first_plane(TensorView<const float> planes) {
  return planes.empty() ? planes : planes.channels(0, 1);
}

}  // namespace

LayerFilter::LayerFilter(const model::FilterEvent& event)
    : matrix_(event.matrix),
      weights_(event.matrix.weights),
      steps_(event.steps),
      from_zero_(event.from_zero) {
  matrix_.diagonal = first_plane(matrix_.diagonal);
  matrix_.free = first_plane(matrix_.free);
}

float LayerFilter::diagonal(std::size_t i) const {
  if (matrix_.diagonal.empty()) return matrix_.diagonal_value;
  return matrix_.diagonal_scale * matrix_.diagonal.data()[i];
}

bool LayerFilter::observed(std::size_t i) const {
  return extends() ? matrix_.free.data()[i] == 0.0F : diagonal(i) > 0.0F;
}

void LayerFilter::matrix(TensorView<const float> p, TensorView<float> out) {
  const std::size_t count = p.shape().count();
  if (!extends()) {
    graph::apply_laplacian(weights_, p, out);
    for (std::size_t i = 0; i < count; ++i)
      out.data()[i] = diagonal(i) * p.data()[i] + matrix_.laplacian_scale * out.data()[i];
    return;
  }
  // On the free pixels alone, so that the product is symmetric.
  const WorkspaceScope scope(scratch_);
  const auto inside = scratch_.take(p.shape());
  for (std::size_t i = 0; i < count; ++i) inside.data()[i] = matrix_.free.data()[i] * p.data()[i];
  graph::apply_laplacian(weights_, inside, out);
  for (std::size_t i = 0; i < count; ++i)
    out.data()[i] = diagonal(i) * inside.data()[i] +
                    matrix_.laplacian_scale * matrix_.free.data()[i] * out.data()[i];
}

void LayerFilter::problem(TensorView<const float> z, TensorView<float> b, TensorView<float> x) {
  const std::size_t count = z.shape().count();
  if (!extends()) {
    for (std::size_t i = 0; i < count; ++i) {
      b.data()[i] = diagonal(i) * z.data()[i];
      x.data()[i] = from_zero_ ? 0.0F : z.data()[i];
    }
    return;
  }
  for (std::size_t i = 0; i < count; ++i)
    x.data()[i] = (1.0F - matrix_.free.data()[i]) * z.data()[i];
  graph::apply_laplacian(weights_, x, b);
  for (std::size_t i = 0; i < count; ++i) {
    b.data()[i] *= -matrix_.laplacian_scale * matrix_.free.data()[i];
    x.data()[i] = 0.0F;
  }
}

void LayerFilter::keep_known(TensorView<const float> z, TensorView<float> out) const {
  if (!extends()) return;
  for (std::size_t i = 0; i < z.shape().count(); ++i)
    if (observed(i)) out.data()[i] = z.data()[i];
}

void LayerFilter::realised(TensorView<const float> z, TensorView<float> out) {
  const WorkspaceScope scope(scratch_);
  const auto b = scratch_.take(z.shape());
  problem(z, b, out);
  graph::filter_by_learned_cg(matrix_, b, out, steps_, scratch_);
  keep_known(z, out);
}

void LayerFilter::ideal(TensorView<const float> z, TensorView<float> out) {
  const WorkspaceScope scope(scratch_);
  const auto b = scratch_.take(z.shape());
  problem(z, b, out);
  const auto r = scratch_.take(z.shape()), p = scratch_.take(z.shape()),
             q = scratch_.take(z.shape());
  solver::conjugate_gradient(
      [&](std::span<const float> in, std::span<float> product) {
        matrix({in.data(), z.shape()}, {product.data(), z.shape()});
      },
      b.flat(), out.flat(), {r.flat(), p.flat(), q.flat()},
      {.max_iterations = 1000, .relative_tolerance = 1e-6F});
  keep_known(z, out);
}

PlaneMap LayerFilter::realised_map() {
  return [this](TensorView<const float> z, TensorView<float> out) { realised(z, out); };
}
PlaneMap LayerFilter::ideal_map() {
  return [this](TensorView<const float> z, TensorView<float> out) { ideal(z, out); };
}
PlaneMap LayerFilter::matrix_map() {
  return [this](TensorView<const float> p, TensorView<float> out) { matrix(p, out); };
}

}  // namespace tessera::analysis
