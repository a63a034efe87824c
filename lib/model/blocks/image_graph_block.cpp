// SPDX-License-Identifier: MIT
#include "model/blocks/image_graph_block.h"

#include "graph/logistic.h"

namespace tessera::model {
namespace {

class ExtensionProblem final : public ImageGraphProblem {
 public:
  using ImageGraphProblem::ImageGraphProblem;

 private:
  void fill(int row, const graph::ProblemRow& target) const override {
    const Observed& observed = picture().observed;
    const auto [index, first, last, begin, end] = strip();
    const int width = end - begin;
    const auto pixels = static_cast<std::size_t>(width);
    graph::logistic({logits(row, 0), pixels}, kConfidenceLimit, {target.diagonal, pixels});
    for (int c = 0; c < observed.samples.channels(); ++c) {
      const float* const y = observed.samples.row(c, row) + begin;
      const float* const m = observed.mask.row(c, row) + begin;
      const float* const r = mean(row, c);
      float* __restrict free = target.free + c * target.stride;
      float* __restrict innovation = target.source + c * target.stride;
      for (int i = 0; i < width; ++i) {
        free[i] = 1.0F - m[i];
        innovation[i] = m[i] * (y[i] - r[i]);
      }
      if (is_first_head())
        keep(m, y, first - begin, last - begin, picture().out.row(c, row) + begin);
    }
  }

  // What is measured is final: heads add zero to it.
  static void keep(const float* mask, const float* samples, int first, int last, float* out) {
    for (int i = first; i < last; ++i) {
      const float sample = samples[i], other = out[i];
      out[i] = mask[i] != 0.0F ? sample : other;
    }
  }
};

}  // namespace

void ImageGraphBlock::restore(const ImageGraphInput& input,
                              TensorView<float> out,
                              Workspace& scratch) const {
  heads_.solve(
      input,
      [](const ImageGraphPicture& picture, const ImageGraphHead& head, int widest,
         Workspace& memory) {
        return std::make_unique<ExtensionProblem>(picture, head, widest, memory);
      },
      out, scratch);
}

}  // namespace tessera::model
