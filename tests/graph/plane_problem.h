// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>

#include "graph/learned_filter.h"
#include "support/compare.h"

namespace tessera::test {

/// A graph filter's problem in planes of random numbers.
struct ProblemPlanes {
  Tensor features, source, diagonal;
  Tensor free;  ///< empty where nothing is fixed

  ProblemPlanes(Tensor nodes, Tensor b_or_fixed, Tensor diagonals, Tensor free_pixels)
      : features(std::move(nodes)),
        source(std::move(b_or_fixed)),
        diagonal(std::move(diagonals)),
        free(std::move(free_pixels)) {}
  /// Shapes  source `shape`, of which many pixels are free where values are fixed; so many features
  ///         a node.
  ProblemPlanes(Shape shape, int feature_count, bool extends, std::uint64_t seed)
      : features(random_tensor({feature_count, shape.height, shape.width}, seed, -1.0F, 1.0F)),
        source(random_tensor(shape, seed + 1, -1.0F, 1.0F)),
        diagonal(random_tensor({1, shape.height, shape.width}, seed + 2)) {
    if (!extends) return;
    free = random_tensor(shape, seed + 3);
    for (std::size_t i = 0; i < shape.count(); ++i) {
      free.data()[i] = free.data()[i] < 0.7F ? 1.0F : 0.0F;
      source.data()[i] *= 1.0F - free.data()[i];
    }
  }

  /// The same on a part of the image.
  ProblemPlanes cropped(Region window) const {
    const auto crop = [&](const Tensor& whole) {
      if (whole.shape().count() == 0) return Tensor();
      Tensor part(whole.channels(), window.height, window.width);
      copy_region(whole, window, part);
      return part;
    };
    return {crop(features), crop(source), crop(diagonal), crop(free)};
  }

  bool extends() const { return free.shape().count() > 0; }
  graph::LearnedFilter filter(std::span<const graph::CgStep> steps, int grid = 1) const {
    return {.channels = source.channels(),
            .features = features.channels(),
            .height = source.height(),
            .width = source.width(),
            .extends = extends(),
            .steps = steps,
            .grid = grid};
  }
};

/// Tells it row by row, and takes the solution in.
class PlaneProblem : public graph::RowProblem {
 public:
  PlaneProblem(const ProblemPlanes& planes, int widest, TensorView<float> x, Workspace& scratch)
      : planes_(planes),
        nodes_(scratch.take(
            {2, planes.features.channels(), graph::padded_row(widest) + graph::kNodePad})),
        x_(x) {}

  void start(const graph::Strip& strip) override {
    strip_ = strip;
    std::fill_n(nodes_.data(), nodes_.shape().count(), 0.0F);
  }
  const float* row(int row) override {
    for (int d = 0; d < planes_.features.channels(); ++d)
      std::copy_n(planes_.features.view().row(d, row) + strip_.begin, strip_.width(), node(d, row));
    return node(0, row);
  }
  std::size_t stride() const override { return static_cast<std::size_t>(nodes_.width()); }
  Place place(int row) const override {
    return {planes_.features.view().row(0, row) + strip_.begin, planes_.features.shape().plane()};
  }

  void load(int row, const graph::ProblemRow& target) override {
    const auto copy = [&](const Tensor& planes, float* to) {
      for (int c = 0; c < planes.channels(); ++c, to += target.stride)
        std::copy_n(planes.view().row(c, row) + strip_.begin, strip_.width(), to);
    };
    copy(planes_.source, target.source);
    copy(planes_.diagonal, target.diagonal);
    if (target.free != nullptr) copy(planes_.free, target.free);
  }
  void store(int row, const float* x, std::size_t stride) override {
    for (int c = 0; c < x_.channels(); ++c, x += stride)
      std::copy_n(x, strip_.last - strip_.first, x_.row(c, row) + strip_.first);
  }

 protected:
  const ProblemPlanes& planes() const { return planes_; }

 private:
  float* node(int d, int row) const { return nodes_.row(row & 1, d) + graph::kNodePad; }

  const ProblemPlanes& planes_;
  TensorView<float> nodes_, x_;
  graph::Strip strip_{};
};

}  // namespace tessera::test
