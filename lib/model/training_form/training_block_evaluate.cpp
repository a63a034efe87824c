// SPDX-License-Identifier: MIT
// The two ways to compute a training block: as it stands, and as one convolution.
#include <algorithm>
#include <cmath>

#include "base/assertion.h"
#include "model/training_form/not_foldable.h"
#include "model/training_form/training_block.h"

namespace tessera::model {
namespace {

/// A feature map on its way through a branch, and what lies outside it for exact padding.
struct Signal {
  Planes planes;
  std::vector<double> outside;  ///< per channel; empty: each convolution pads by its own mode
};

/// Evaluates operations one by one.
class Evaluator {
 public:
  Evaluator(Padding padding, const GateObserver& observer)
      : padding_(padding), observer_(observer) {}

  Signal run(const std::vector<TrainingOp>& ops, Signal signal) const {
    for (const TrainingOp& op : ops)
      signal = std::visit([&](const auto& value) { return apply(value, signal); }, op.value);
    return signal;
  }

  Signal apply(const AffineConv& conv, const Signal& in) const {
    Signal out{convolved(conv, in.planes, in.outside), {}};
    if (!in.outside.empty()) out.outside = constant_response(conv, in.outside);
    return out;
  }
  Signal apply(const BatchNorm& norm, Signal signal) const {
    for (int c = 0; c < signal.planes.shape.channels; ++c) {
      const double spread = std::sqrt(norm.variance[c] + norm.epsilon);
      change(signal, c, [&](double value) {
        return norm.gamma[c] * ((value - norm.mean[c]) / spread) + norm.beta[c];
      });
    }
    return signal;
  }
  Signal apply(const AveragePool& pool, const Signal& in) const {
    const int channels = in.planes.shape.channels;
    AffineConv sums = AffineConv::zeros(channels, channels, pool.size, pool.size, channels);
    sums.padding = padding_;
    for (double& weight : sums.weights) weight = 1.0;
    Signal out = apply(sums, in);
    for (int c = 0; c < channels; ++c)
      change(out, c, [&](double value) { return value / (pool.size * pool.size); });
    return out;
  }
  Signal apply(const ChannelGate& gate, Signal signal) const {
    const std::vector<double> factors = gate.factors(signal.planes);
    if (observer_) observer_(gate, signal.planes, factors);
    for (int c = 0; c < gate.channels(); ++c)
      change(signal, c, [&](double value) { return factors[c] * value; });
    return signal;
  }
  Signal apply(const ResidualOps& residual, const Signal& in) const {
    Signal out = run(residual.ops, in);
    for (std::size_t k = 0; k < out.planes.values.size(); ++k)
      out.planes.values[k] += in.planes.values[k];
    for (std::size_t c = 0; c < out.outside.size(); ++c) out.outside[c] += in.outside[c];
    return out;
  }

 private:
  /// What a picture that is `value` everywhere becomes.
  static std::vector<double> constant_response(const AffineConv& conv,
                                               const std::vector<double>& value) {
    Planes pixel({conv.in, 1, 1});
    pixel.values = value;
    return convolved(conv, pixel, value).values;
  }
  template <typename Function>
  static void change(Signal& signal, int channel, const Function& function) {
    const std::size_t plane = signal.planes.shape.plane();
    double* values = signal.planes.values.data() + channel * plane;
    for (std::size_t k = 0; k < plane; ++k) values[k] = function(values[k]);
    if (!signal.outside.empty()) signal.outside[channel] = function(signal.outside[channel]);
  }

  Padding padding_;
  const GateObserver& observer_;
};

/// Folds operations one after another behind `conv_`.
class Folder {
 public:
  Folder(int channels, Padding padding, InnerPadding inner)
      : conv_(identity_conv(channels, channels)), padding_(padding), inner_(inner) {}

  AffineConv run(const std::vector<TrainingOp>& ops) {
    for (const TrainingOp& op : ops) std::visit([&](const auto& value) { fold(value); }, op.value);
    return conv_;
  }

 private:
  void fold(const AffineConv& conv) {
    // Nothing in front yet: keeps the groups of the convolution.
    conv_ = empty_ ? conv : sequence(conv_, conv, inner_);
    empty_ = false;
  }
  void fold(const BatchNorm& norm) {
    conv_ = conv_then_batch_norm(conv_, norm);
    empty_ = false;
  }
  void fold(const AveragePool& pool) {
    AffineConv conv = average_pool_conv(conv_.out, pool.size);
    conv.padding = padding_;
    fold(conv);
  }
  void fold(const ChannelGate& gate) {
    if (!gate.constant())
      not_foldable("a live " + name_of(gate.spec()) +
                   " gate inside a branch: its factors depend on the picture");
    conv_ = scale_outputs(conv_, gate.factors());
    empty_ = false;
  }
  void fold(const ResidualOps& residual) {
    Folder inside(conv_.out, padding_, inner_);
    fold(plus_identity(without_groups(inside.run(residual.ops))));
  }

  AffineConv conv_;
  Padding padding_;
  InnerPadding inner_;
  bool empty_ = true;
};

}  // namespace

Planes TrainingBlock::evaluate(const Planes& x, const GateObserver& observer) const {
  TESSERA_ASSERT(x.shape.channels == spec_.in);
  const Evaluator evaluator(spec_.padding, observer);
  const bool exact = spec_.inner_padding == InnerPadding::Image;
  const std::vector<double> zeros(exact ? static_cast<std::size_t>(spec_.in) : 0, 0.0);
  Signal sum{Planes({spec_.out, x.shape.height, x.shape.width}), {}};
  for (const Branch& branch : branches_) {
    const Signal result = evaluator.run(branch.ops, {x, zeros});
    for (std::size_t k = 0; k < sum.planes.values.size(); ++k)
      sum.planes.values[k] += result.planes.values[k];
  }
  for (const ChannelGate& gate : gates_) sum = evaluator.apply(gate, sum);
  return sum.planes;
}

AffineConv TrainingBlock::folded() const {
  std::vector<AffineConv> parts;
  for (const Branch& branch : branches_)
    parts.push_back(Folder(spec_.in, spec_.padding, spec_.inner_padding).run(branch.ops));
  const auto wide = std::find_if(parts.begin(), parts.end(),
                                 [](const AffineConv& part) { return !part.pointwise(); });
  bool same_groups = true, same_dilation = true;
  for (const AffineConv& part : parts) {
    same_groups = same_groups && part.groups == parts.front().groups;
    same_dilation = same_dilation && (part.pointwise() || part.dilation == wide->dilation);
  }
  for (AffineConv& part : parts) {
    if (!same_groups) part = without_groups(part);
    if (!same_dilation) part = without_dilation(part);
  }
  AffineConv sum = sum_of(parts);
  for (const ChannelGate& gate : gates_)
    if (gate.constant()) sum = scale_outputs(sum, gate.factors());
  return sum;
}

}  // namespace tessera::model
