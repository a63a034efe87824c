// SPDX-License-Identifier: MIT
#include "graph/graph_filter.h"

#include <doctest/doctest.h>

#include <vector>

#include "base/threads/threads_inside.h"
#include "dense.h"
#include "graph/kernels/filter_kernel.h"
#include "graph/kernels/vector_lanes.h"
#include "graph/laplacian.h"
#include "solver/learned_cg.h"
#include "uneven_steps.h"

using namespace tessera;

namespace {

// A p written with the plain operators, plane by plane.
void multiply(const graph::FilterMatrix& matrix, TensorView<const float> p, TensorView<float> q) {
  graph::apply_laplacian(matrix.weights, p, q);
  const auto value = [](TensorView<const float> planes, int c, std::size_t i, float otherwise) {
    if (planes.empty()) return otherwise;
    return planes.plane(planes.channels() == 1 ? 0 : c)[i];
  };
  for (int c = 0; c < p.channels(); ++c)
    for (std::size_t i = 0; i < p.shape().plane(); ++i) {
      float diagonal = matrix.diagonal_value;
      if (!matrix.diagonal.empty())
        diagonal = matrix.diagonal_scale * value(matrix.diagonal, c, i, 0.0F);
      float& out = q.plane(c)[i];
      out = value(matrix.free, c, i, 1.0F) *
            (diagonal * p.plane(c)[i] + matrix.laplacian_scale * out);
    }
}

Tensor plain(const graph::FilterMatrix& matrix,
             TensorView<const float> b,
             TensorView<const float> start,
             const std::vector<graph::CgStep>& steps) {
  const Shape shape = b.shape();
  Tensor x(shape), r(shape), p(shape), q(shape);
  std::copy_n(start.data(), shape.count(), x.data());
  std::vector<solver::LearnedStep> same;
  for (const auto& step : steps) same.push_back({step.alpha, step.beta});
  solver::learned_cg(
      [&](std::span<const float> in, std::span<float> out) {
        multiply(matrix, {in.data(), shape}, {out.data(), shape});
      },
      b.flat(), x.view().flat(), r.view().flat(), p.view().flat(), q.view().flat(), same);
  return x;
}

Tensor fused(const graph::FilterMatrix& matrix,
             TensorView<const float> b,
             TensorView<const float> start,
             const std::vector<graph::CgStep>& steps) {
  Tensor x(b.shape());
  std::copy_n(start.data(), x.shape().count(), x.data());
  Workspace scratch;
  graph::filter_by_learned_cg(matrix, b, x, steps, scratch);
  return x;
}

struct System {
  Tensor weights, diagonal, free, b, start;
  graph::FilterMatrix matrix;
};

// kind 0: constant diagonal, everything free; 1: one diagonal plane; 2: a diagonal per channel and
// one mask; 3: constant diagonal and a mask per channel.
System random_system(Shape shape, int kind, std::uint64_t seed) {
  System s{
      test::random_weights(shape.height, shape.width, seed),
      test::random_tensor({kind == 2 ? shape.channels : 1, shape.height, shape.width}, seed + 1),
      test::random_tensor({kind == 3 ? shape.channels : 1, shape.height, shape.width}, seed + 2),
      test::random_tensor(shape, seed + 3, -1.0F, 1.0F),
      test::random_tensor(shape, seed + 4, -1.0F, 1.0F),
      {}};
  for (float& value : s.free.view().flat()) value = value < 0.7F ? 1.0F : 0.0F;
  s.matrix.weights = s.weights;
  s.matrix.laplacian_scale = 0.8F;
  s.matrix.diagonal_value = 0.6F;
  s.matrix.diagonal_scale = 0.9F;
  if (kind == 1 || kind == 2) s.matrix.diagonal = s.diagonal;
  if (kind >= 2) {
    s.matrix.free = s.free;
    for (int c = 0; c < shape.channels; ++c)
      for (std::size_t i = 0; i < shape.plane(); ++i) {
        const float free = s.free.view().plane(s.free.channels() == 1 ? 0 : c)[i];
        s.b.view().plane(c)[i] *= free;
        s.start.view().plane(c)[i] *= free;
      }
  }
  return s;
}

// The same system on a part of the picture.
System cropped(const System& whole, Region window) {
  const auto crop = [&](const Tensor& source) {
    Tensor part(source.channels(), window.height, window.width);
    copy_region(source, window, part);
    return part;
  };
  System part{crop(whole.weights), crop(whole.diagonal), crop(whole.free),
              crop(whole.b),       crop(whole.start),    whole.matrix};
  part.matrix.weights = part.weights;
  if (!whole.matrix.diagonal.empty()) part.matrix.diagonal = part.diagonal;
  if (!whole.matrix.free.empty()) part.matrix.free = part.free;
  return part;
}

constexpr double kRounding = 4e-6;  // values reach 3

}  // namespace

TEST_SUITE("graph/graph_filter") {
  // Differences of rounding: the residual is made anew in each step, and products enter sums
  // unrounded where the processor can do that.
  TEST_CASE("the fused filter is the plain learned conjugate gradient, to rounding") {
    for (const int channels : {1, 2, 3, 4, 5, 12})
      for (const Shape shape : test::awkward_sizes(channels))
        for (int kind = 0; kind < 4; ++kind)
          for (const int count : {0, 1, 2, 3, 4, 10}) {
            CAPTURE(shape.height);
            CAPTURE(shape.width);
            CAPTURE(kind);
            CAPTURE(count);
            const System s = random_system(shape, kind, 20);
            const auto steps = test::uneven_steps(count);
            REQUIRE(test::max_difference(plain(s.matrix, s.b, s.start, steps),
                                         fused(s.matrix, s.b, s.start, steps)) < kRounding);
          }
  }

  TEST_CASE("weights of edges that leave the image are not looked at") {
    for (const Shape shape : test::awkward_sizes(2)) {
      System s = random_system(shape, 0, 25);
      const auto steps = test::uneven_steps(4);
      const Tensor x = fused(s.matrix, s.b, s.start, steps);
      s.weights = test::with_outward_edges(s.weights);
      s.matrix.weights = s.weights;
      CHECK(test::max_difference(x, fused(s.matrix, s.b, s.start, steps)) == 0.0);
    }
  }

  TEST_CASE("strips leave no trace: widths around the strip boundaries, difference 0") {
    // A row of the filter holds 496 columns with the halos; few steps show a halo one too narrow.
    for (const int width : {495, 496, 497, 530, 952, 953, 954, 1199, 1900})
      for (const int count : {2, 3, 10, 40}) {
        CAPTURE(width);
        CAPTURE(count);
        const System s = random_system({3, 13, width}, width % 4, 30);
        const auto steps = test::uneven_steps(count);
        const Tensor x = fused(s.matrix, s.b, s.start, steps);
        CHECK(test::max_difference(plain(s.matrix, s.b, s.start, steps), x) < kRounding);
        // The same rows in narrower pictures that have a strip of their own: equal where the crop
        // is out of reach.
        for (int left = 0; left < width; left += 200) {
          const Region window{0, left, 13, std::min(300, width - left)};
          const System part = cropped(s, window);
          const Tensor y = fused(part.matrix, part.b, part.start, steps);
          const int first = left > 0 ? count : 0;
          const int last = window.width - (left + window.width < width ? count : 0);
          for (int c = 0; c < 3; ++c)
            for (int row = 0; row < 13; ++row)
              for (int i = first; i < last; ++i) REQUIRE(y(c, row, i) == x(c, row, left + i));
        }
      }
  }

  TEST_CASE("threads inside leave no trace, difference 0") {
    for (const int width : {5, 190, 300, 953})
      for (const int count : {1, 4, 40}) {
        CAPTURE(width);
        CAPTURE(count);
        const System s = random_system({3, 13, width}, width % 4, 40);
        const auto steps = test::uneven_steps(count);
        const Tensor alone = fused(s.matrix, s.b, s.start, steps);
        for (const int threads : {2, 3}) {
          const base::ThreadsInsideScope scope(threads);
          CHECK(test::max_difference(alone, fused(s.matrix, s.b, s.start, steps)) == 0.0);
        }
      }
  }

  TEST_CASE("a cropped window agrees exactly where the crop is out of reach") {
    const Shape shape{3, 60, 700};
    const System s = random_system(shape, 2, 40);
    const int count = 6;
    const auto steps = test::uneven_steps(count);
    const Tensor whole = fused(s.matrix, s.b, s.start, steps);
    for (const Region window :
         {Region{7, 300, 40, 90}, Region{0, 601, 33, 99}, Region{5, 3, 55, 690}}) {
      const System crop = cropped(s, window);
      const Tensor part = fused(crop.matrix, crop.b, crop.start, steps);
      for (int c = 0; c < shape.channels; ++c)
        for (int row = count; row < window.height - count; ++row)
          for (int column = count; column < window.width - count; ++column)
            REQUIRE(part(c, row, column) == whole(c, window.top + row, window.left + column));
    }
  }

  TEST_CASE("eight and sixteen lanes give the same bits, four the same but for rounding") {
    for (int channels = 1; channels <= graph::kFilterGroup; ++channels)
      for (const int planes : {0, 1}) {
        const graph::FilterRowLayout layout{channels, planes, planes * channels};
        const int pixels = 64;
        std::vector<Tensor> results;
        for (int lanes = 4; lanes <= graph::vector_lanes(); lanes *= 2) {
          Tensor rows =
              test::random_tensor({3, layout.planes(), graph::kRowStride}, 50, -1.0F, 1.0F);
          const auto at = [&](int row) { return rows.view().plane(row) + graph::kRowPad; };
          for (int row = 0; row < 3; ++row)
            for (int plane = 0; plane < layout.planes(); ++plane)
              std::fill_n(at(row) + plane * graph::kRowStride - graph::kRowPad, graph::kRowPad,
                          0.0F);
          const graph::FilterPass pass{layout, at(0), at(1), at(2), pixels, 0.5F};
          graph::filter_step(lanes, pass, {0, 0.3F, 0.0F});
          graph::filter_step(lanes, pass, {1, 0.4F, 0.2F});
          graph::filter_step(lanes, pass, {2, 0.2F, 0.1F});
          results.push_back(std::move(rows));
        }
        for (const Tensor& result : results)
          CHECK(test::max_difference(results[0], result) < kRounding);
        if (results.size() == 3) CHECK(test::max_difference(results[1], results[2]) == 0.0);
      }
  }

  TEST_CASE("a constant start that solves the system stays, exactly") {
    // A 1 = diagonal exactly, so b = 0.5 x leaves no residual.
    const Tensor weights = test::random_weights(9, 50, 60);
    const Tensor b = test::constant_tensor({3, 9, 50}, 0.35F);
    const Tensor x = test::constant_tensor({3, 9, 50}, 0.7F);
    const graph::FilterMatrix matrix{weights, 1.0F, {}, 0.5F, {}};
    CHECK(test::max_difference(x, fused(matrix, b, x, test::uneven_steps(10))) == 0.0);
  }

  TEST_CASE("with the heavy-ball steps of its spectrum it approaches the dense solution") {
    const Shape shape{2, 12, 12};
    const Tensor weights = test::random_weights(12, 12, 70);
    const Tensor b = test::random_tensor(shape, 71, -1.0F, 1.0F), zero(shape);
    const auto step = solver::heavy_ball_step(1.0F, 1.0F + 5.66F);
    const graph::FilterMatrix matrix{weights, 1.0F, {}, 1.0F, {}};
    const Tensor x = fused(matrix, b, zero, std::vector(40, graph::CgStep{step.alpha, step.beta}));
    const Eigen::MatrixXd dense =
        Eigen::MatrixXd::Identity(144, 144) + test::dense_laplacian(weights);
    for (int c = 0; c < 2; ++c) {
      const Eigen::VectorXd expected = dense.ldlt().solve(test::dense_vector(b, c));
      CHECK((expected - test::dense_vector(x, c)).cwiseAbs().maxCoeff() < 2e-6);
    }
  }

  TEST_CASE("samples off the free pixels stay zero") {
    const System s = random_system({3, 20, 40}, 3, 80);
    const Tensor x = fused(s.matrix, s.b, s.start, test::uneven_steps(8));
    for (std::size_t i = 0; i < x.shape().count(); ++i)
      if (s.free.data()[i] == 0.0F) REQUIRE(x.data()[i] == 0.0F);
  }
}
