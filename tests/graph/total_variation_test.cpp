// SPDX-License-Identifier: MIT
#include "graph/total_variation.h"

#include <doctest/doctest.h>

#include <algorithm>

#include "base/threads/threads_inside.h"
#include "dense.h"
#include "graph/incidence.h"
#include "support/two_vector_admm.h"

using namespace tessera;

TEST_SUITE("graph/total_variation") {
  TEST_CASE("the fused layer is the plain two-vector layer, difference 0") {
    for (const int channels : {1, 3})
      for (const Shape shape : test::awkward_sizes(channels)) {
        CAPTURE(shape.height);
        CAPTURE(shape.width);
        const Shape edges{4 * channels, shape.height, shape.width};
        const Tensor weights = test::random_weights(shape.height, shape.width, 1);
        const float gammas[] = {50.0F, 80.0F, 20.0F, 20.0F, 35.0F};
        // On edges that do not exist the states are free; the neutral start keeps them out of sums.
        Tensor t1 = test::constant_tensor(edges, -0.5F / gammas[0]), t2 = t1.clone();
        Tensor fused_t1 = t1.clone(), fused_t2 = t1.clone();
        Tensor c(shape), x(shape), scratch_edges(edges), right_side(shape), edge_part(shape);
        const Tensor zero(shape);
        Workspace scratch;
        const auto apply = [&](std::span<const float> in, std::span<float> out) {
          graph::apply_incidence(weights, {in.data(), shape}, {out.data(), edges});
        };
        const auto transpose = [&](std::span<const float> in, std::span<float> out) {
          graph::apply_incidence_transpose(weights, {in.data(), edges}, {out.data(), shape});
        };
        for (int layer = 0; layer < 4; ++layer) {
          const float gamma = gammas[layer], before = gammas[std::max(0, layer - 1)];
          const Tensor answer = test::random_tensor(shape, 10 + layer);
          const auto solve = [&](std::span<const float> rhs, std::span<float> out) {
            // Without samples the right-hand side is the edge part alone.
            if (layer > 0) CHECK(test::max_difference(edge_part, {rhs.data(), shape}) == 0.0);
            std::copy_n(answer.data(), out.size(), out.begin());
          };
          test::two_vector_layer(
              apply, transpose, solve, {zero.view().flat(), zero.view().flat()},
              {gamma, 1.0F, before, 1.0F}, {t1.view().flat(), t2.view().flat(), c.view().flat()},
              x.view().flat(), {scratch_edges.view().flat(), right_side.view().flat()});
          graph::advance_edges(weights, answer,
                               {before / gamma, 0.5F / gamma, gamma / gammas[layer + 1]}, fused_t1,
                               fused_t2, edge_part, scratch);
          // Only existing edges are looked at: C x and C' ignore the others.
          Tensor ones(edges), here(edges), there(edges);
          for (int e = 0; e < edges.channels; ++e)
            for (std::size_t i = 0; i < edges.plane(); ++i) {
              const bool exists = weights.view().plane(e % 4)[i] > 0.0F;
              here.view().plane(e)[i] = exists ? t1.view().plane(e)[i] : 0.0F;
              there.view().plane(e)[i] = exists ? fused_t1.view().plane(e)[i] : 0.0F;
            }
          CHECK(test::max_difference(here, there) == 0.0);
        }
      }
  }

  TEST_CASE("without a right-hand side the edge states are the same") {
    const Shape shape{2, 9, 35}, edges{8, 9, 35};
    const Tensor weights = test::random_weights(9, 35, 2);
    const Tensor x = test::random_tensor(shape, 3);
    Tensor a1 = test::random_tensor(edges, 4, -1.0F, 1.0F), a2 = test::random_tensor(edges, 5);
    Tensor b1 = a1.clone(), b2 = a2.clone(), right_side(shape);
    Workspace scratch;
    graph::advance_edges(weights, x, {0.5F, 0.1F, 1.0F}, a1, a2, right_side, scratch);
    graph::advance_edges(weights, x, {0.5F, 0.1F, 1.0F}, b1, b2, {}, scratch);
    CHECK(test::max_difference(a1, b1) == 0.0);
    CHECK(test::max_difference(a2, b2) == 0.0);
  }

  TEST_CASE("with samples a run is the plain one, layer by layer, on any threads, difference 0") {
    const float gammas[] = {50.0F, 80.0F, 20.0F, 35.0F}, rhos[] = {2.0F, 0.5F, 3.0F, 1.0F};
    for (const int threads : {1, 2, 3, 7})
      for (const int layers : {2, 3, 4})
        for (const Shape shape : test::awkward_sizes(3)) {
          CAPTURE(shape.height);
          CAPTURE(shape.width);
          CAPTURE(threads);
          CAPTURE(layers);
          const Shape edges{12, shape.height, shape.width};
          const Tensor weights = test::random_weights(shape.height, shape.width, 1);
          Tensor mask = test::random_tensor(shape, 2), y = test::random_tensor(shape, 3);
          for (std::size_t i = 0; i < shape.count(); ++i) {
            mask.data()[i] = mask.data()[i] < 0.4F ? 1.0F : 0.0F;
            y.data()[i] *= mask.data()[i];
          }
          Tensor t1 = test::constant_tensor(edges, -0.5F / gammas[0]), t2 = t1.clone();
          Tensor c(shape), x(shape), scratch_edges(edges), right_side(shape);
          // What is not read may be anything.
          Tensor u1 = test::constant_tensor(edges, 1e9F), u2 = u1.clone();
          Tensor fused_c = test::constant_tensor(shape, 1e9F), fused_side(shape);
          Workspace scratch;
          const auto apply = [&](std::span<const float> in, std::span<float> out) {
            graph::apply_incidence(weights, {in.data(), shape}, {out.data(), edges});
          };
          const auto transpose = [&](std::span<const float> in, std::span<float> out) {
            graph::apply_incidence_transpose(weights, {in.data(), edges}, {out.data(), shape});
          };
          for (int layer = 0; layer < layers; ++layer) {
            const int before = std::max(0, layer - 1), next = layer + 1;
            const Tensor answer = test::random_tensor(shape, 10 + layer);
            const auto solve = [&](std::span<const float> rhs, std::span<float> out) {
              if (layer > 0) CHECK(test::max_difference(fused_side, {rhs.data(), shape}) == 0.0);
              std::copy_n(answer.data(), out.size(), out.begin());
            };
            test::two_vector_layer(apply, transpose, solve, {y.view().flat(), mask.view().flat()},
                                   {gammas[layer], rhos[layer], gammas[before], rhos[before]},
                                   {t1.view().flat(), t2.view().flat(), c.view().flat()},
                                   x.view().flat(),
                                   {scratch_edges.view().flat(), right_side.view().flat()});
            if (next == layers) break;
            const float scale = gammas[layer] / gammas[next];
            graph::EdgeLayer edge_layer{gammas[before] / gammas[layer],
                                        0.5F / gammas[layer],
                                        scale,
                                        {},
                                        next + 1 == layers};
            if (layer == 0) edge_layer.start = -0.5F / gammas[0];
            const base::ThreadsInsideScope scope(threads);
            graph::advance_layer(
                weights, answer, edge_layer,
                {mask, y, fused_c, scale * (rhos[layer] / rhos[next]), 0.5F * rhos[next]}, u1, u2,
                fused_side, scratch);
          }
        }
  }
}
