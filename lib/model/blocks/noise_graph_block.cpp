// SPDX-License-Identifier: MIT
#include "model/blocks/noise_graph_block.h"

#include <span>

#include "graph/logistic.h"
#include "observation/sampling.h"

namespace tessera::model {
namespace {

class NoiseProblem final : public ImageGraphProblem {
 public:
  // is_mosaic: of phase RGGB, and d is zero where it has no sample.
  NoiseProblem(bool is_mosaic,
               const ImageGraphPicture& picture,
               const ImageGraphHead& head,
               int widest,
               Workspace& scratch)
      : ImageGraphProblem(picture, head, widest, scratch),
        is_mosaic_(is_mosaic),
        relative_fidelity_(scratch.take({1, 1, widest})) {}

 private:
  void fill(int row, const graph::ProblemRow& target) const override {
    const TensorView<const float> samples = picture().observed.samples;
    const int begin = strip().begin, width = strip().width();
    const auto pixels = static_cast<std::size_t>(width);
    float *const confidence = target.diagonal, *const fidelity = relative_fidelity_.data();
    graph::logistic({logits(row, 0), pixels}, kConfidenceLimit, {confidence, pixels});
    graph::logistic({logits(row, 1), pixels}, 1.0F, {fidelity, pixels});
    for (int c = 0; c < samples.channels(); ++c) {
      const float *const y = samples.row(c, row) + begin, *const r = mean(row, c);
      float* const b = target.source + c * target.stride;
      for (int i = 0; i < width; ++i) b[i] = confidence[i] * fidelity[i] * (y[i] - r[i]);
      if (is_mosaic_) forget_unmeasured(c, row, {b, pixels});
    }
  }

  // Strips begin at even columns.
  static void forget_unmeasured(int c, int row, std::span<float> values) {
    for (std::size_t i = 0; i < values.size(); ++i)
      if (observation::bayer_channel(BayerPattern::RGGB, row, static_cast<int>(i)) != c)
        values[i] = 0.0F;
  }

  bool is_mosaic_;
  TensorView<float> relative_fidelity_;  // a row
};

}  // namespace

void NoiseGraphBlock::restore(const ImageGraphInput& input,
                              TensorView<float> out,
                              Workspace& scratch) const {
  const bool is_mosaic = observation_ == ObservationKind::NoisyBayer;
  heads_.solve(
      input,
      [&](const ImageGraphPicture& picture, const ImageGraphHead& head, int widest,
          Workspace& memory) {
        return std::make_unique<NoiseProblem>(is_mosaic, picture, head, widest, memory);
      },
      out, scratch);
}

}  // namespace tessera::model
