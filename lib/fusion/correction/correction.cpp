// SPDX-License-Identifier: MIT
#include "fusion/correction/correction.h"

#include <algorithm>
#include <cmath>
#include <memory>

#include "fusion/correction/fitted_layer.h"
#include "fusion/correction/gram.h"

namespace tessera::fusion {
namespace {

// Pulls towards the averaged weights, in units of the mean input power; the one that does best on
// the pictures that judge is taken.
constexpr double kRefitPulls[] = {1e-4, 1e-3, 1e-2, 1e-1};
// Pixels in all that a refit looks at, and at least so many for each of its unknowns.
constexpr double kRefitPixels = 65536.0, kPixelsPerUnknown = 12.0;
// Groups of pictures whose sums are made apart: fixed, so that threads do not change the result.
constexpr int kGroups = 8;

/// Mean and deviation of each channel.
struct ChannelStatistics {
  std::vector<double> mean, deviation;
};

/// Of values of all pictures, of one shape each.
ChannelStatistics statistics_of(const std::vector<const Tensor*>& values) {
  ChannelStatistics result;
  for (int c = 0; c < values.front()->channels(); ++c) {
    double sum = 0.0, square = 0.0, count = 0.0;
    for (const Tensor* planes : values)
      for (const float value : planes->view().channels(c, 1).flat()) {
        sum += value;
        square += static_cast<double>(value) * value;
        count += 1.0;
      }
    const double mean = sum / count;
    result.mean.push_back(mean);
    result.deviation.push_back(std::sqrt(std::max(square / count - mean * mean, 0.0)));
  }
  return result;
}

/// What a value is added to (sign 1), or taken from or with (sign -1).
struct Stream {
  int value = -1;  ///< -1: nothing, or not known yet when the value is computed
  double sign = 1.0;
};

/// The stream of each value that nothing but a sum or a difference reads.
std::vector<Stream> streams_of(const OperatorGraph& graph) {
  std::vector<Stream> streams(graph.operators.size());
  std::vector<int> readers(graph.operators.size(), 0);
  for (const Operator& op : graph.operators)
    for (const int input : op.inputs) ++readers[static_cast<std::size_t>(input)];
  for (const int output : graph.outputs) ++readers[static_cast<std::size_t>(output)];
  for (const Operator& op : graph.operators) {
    if (op.kind != OperatorKind::Add && op.kind != OperatorKind::Subtract) continue;
    const int later = std::max(op.inputs[0], op.inputs[1]);
    if (readers[static_cast<std::size_t>(later)] == 1 && op.inputs[0] != op.inputs[1])
      streams[static_cast<std::size_t>(later)] = {std::min(op.inputs[0], op.inputs[1]),
                                                  op.kind == OperatorKind::Add ? 1.0 : -1.0};
  }
  return streams;
}

/// Goes through the operators with all networks side by side.
class Corrector {
 public:
  Corrector(const CorrectionBasis& basis,
            TensorMap& fused,
            const std::vector<WeightedNetwork>& parents,
            base::ThreadPool& pool)
      : graph_(basis.graph),
        fused_(fused),
        parents_(parents),
        kept_(basis.kept),
        pool_(pool),
        streams_(streams_of(basis.graph)) {
    run_ = std::make_unique<OperatorRun>(graph_, fused, basis.metadata, basis.pictures);
    for (const WeightedNetwork& parent : parents)
      parent_runs_.push_back(
          std::make_unique<ParentRun>(graph_, basis.metadata, parent, basis.pictures));
  }

  std::vector<CorrectedLayer> run(Correction method) {
    for (int i = 0; i < std::ssize(graph_.operators); ++i) {
      const Operator& op = graph_.operators[static_cast<std::size_t>(i)];
      for (const auto& parent : parent_runs_) parent->step(i, pool_);
      const bool free =
          !kept_.contains(op.prefix + ".weight") && !kept_.contains(op.prefix + ".bias");
      if (op.kind == OperatorKind::BatchNorm && free && method != Correction::None)
        measure_again(op);
      const bool fits = FittedLayer::can_fit(op) && free;
      // Without a bias a normalisation follows, which is measured again: it takes what a bias
      // would.
      if (fits && (op.bias || is_normalised(i)) && method == Correction::Refit) refit(i, op);
      run_->step(i, pool_);
      if (fits && op.bias && method == Correction::Repair) repair(i, op);
      run_->release_after(i);
      for (const auto& parent : parent_runs_) parent->release_after(i);
    }
    return std::move(layers_);
  }

 private:
  std::vector<float>& values(const Operator& op, const char* name) {
    return fused_.at(op.prefix + "." + name).values;
  }

  /// Whether nothing but batch normalisations read a value.
  bool is_normalised(int value) const {
    return std::all_of(graph_.operators.begin(), graph_.operators.end(), [=](const Operator& op) {
      const bool reads = std::count(op.inputs.begin(), op.inputs.end(), value) > 0;
      return !reads || op.kind == OperatorKind::BatchNorm;
    });
  }

  ChannelStatistics statistics(int i) const {
    std::vector<const Tensor*> values;
    for (std::size_t p = 0; p < run_->pictures(); ++p) values.push_back(&run_->value(i, p));
    return statistics_of(values);
  }

  ChannelStatistics parent_statistics(int i, const ParentRun& parent) const {
    std::vector<Tensor> mapped;
    std::vector<const Tensor*> values;
    mapped.reserve(run_->pictures());
    for (std::size_t p = 0; p < run_->pictures(); ++p) {
      parent.add_to(mapped.emplace_back(parent.shape(i, p)), i, p, 1.0);
      values.push_back(&mapped.back());
    }
    return statistics_of(values);
  }

  void measure_again(const Operator& op) {
    const ChannelStatistics found = statistics(op.inputs.front());
    for (std::size_t c = 0; c < found.mean.size(); ++c) {
      values(op, "running_mean")[c] = static_cast<float>(found.mean[c]);
      values(op, "running_var")[c] = static_cast<float>(found.deviation[c] * found.deviation[c]);
    }
  }

  void repair(int i, const Operator& op) {
    const ChannelStatistics found = statistics(i);
    std::vector<double> mean(found.mean.size(), 0.0), deviation(found.mean.size(), 0.0);
    for (std::size_t k = 0; k < parents_.size(); ++k) {
      const ChannelStatistics parent = parent_statistics(i, *parent_runs_[k]);
      for (std::size_t c = 0; c < mean.size(); ++c) {
        mean[c] += parents_[k].weight * parent.mean[c];
        deviation[c] += parents_[k].weight * parent.deviation[c];
      }
    }
    const FittedLayer fitted(op, graph_.channels(op.inputs.front()));
    Matrix weights = fitted.weights(fused_);
    const Eigen::Index repeats = fitted.outputs() / op.channels;
    CorrectedLayer layer{op.prefix, 0.0, 0.0, true};
    double wanted = 0.0;
    for (std::size_t c = 0; c < mean.size(); ++c) {
      const double scale = found.deviation[c] > 1e-12 ? deviation[c] / found.deviation[c] : 1.0;
      auto rows = weights.middleRows(static_cast<Eigen::Index>(c) * repeats, repeats);
      rows *= scale;
      rows.col(rows.cols() - 1).array() += mean[c] - found.mean[c] * scale;
      layer.before +=
          std::pow(found.mean[c] - mean[c], 2) + std::pow(found.deviation[c] - deviation[c], 2);
      wanted += deviation[c] * deviation[c];
    }
    fitted.store(weights, fused_);
    layer.before /= std::max(wanted, 1e-300);
    layers_.push_back(layer);
    run_->step(i, pool_);
  }

  /// What a layer should give: the weighted mean of the parents' values. Where it is added to
  /// a stream, the stream's own distance from the parents' mean comes on top, so that what earlier
  /// layers missed does not pile up.
  Tensor wanted(int i, std::size_t picture) const {
    Tensor sum(parent_runs_.front()->shape(i, picture));
    const Stream stream = streams_[static_cast<std::size_t>(i)];
    for (std::size_t k = 0; k < parents_.size(); ++k) {
      parent_runs_[k]->add_to(sum, i, picture, parents_[k].weight);
      if (stream.value >= 0)
        parent_runs_[k]->add_to(sum, stream.value, picture, stream.sign * parents_[k].weight);
    }
    if (stream.value >= 0) {
      const Tensor& own = run_->value(stream.value, picture);
      for (std::size_t n = 0; n < sum.shape().count(); ++n)
        sum.data()[n] -= static_cast<float>(stream.sign) * own.data()[n];
    }
    return sum;
  }

  /// Equations of the pictures that teach or judge, in sums of one order.
  ConvolutionEquations equations(int i, const FittedLayer& fitted, int input, bool judging) {
    const std::size_t count = run_->pictures();
    const double pixels = static_cast<double>(fitted.input(run_->value(input, 0)).shape().plane()) *
                          static_cast<double>(count);
    const double unknowns = fitted.inputs() * fitted.kernel() * fitted.kernel();
    const double needed = std::max(kRefitPixels, kPixelsPerUnknown * unknowns);
    const int stride = std::max(1, static_cast<int>(pixels / needed));
    std::vector<ConvolutionEquations> groups(kGroups);
    pool_.for_each(kGroups, [&](int g, int) {
      ConvolutionEquations sum(fitted.inputs(), fitted.outputs(), fitted.kernel(),
                               fitted.dilation());
      for (std::size_t p = static_cast<std::size_t>(g); p < count; p += kGroups) {
        const bool judges = count >= 4 && judges_refit(p);
        if (judges == judging || count < 4)
          sum.add(fitted.input(run_->value(input, p)), fitted.output(wanted(i, p)), stride);
      }
      groups[static_cast<std::size_t>(g)] = std::move(sum);
    });
    for (std::size_t g = 1; g < groups.size(); ++g) groups.front().add(groups[g]);
    return std::move(groups.front());
  }

  void refit(int i, const Operator& op) {
    const int input = op.inputs.front();
    const FittedLayer fitted(op, graph_.channels(input));
    const Matrix averaged = fitted.weights(fused_);
    const ConvolutionEquations fit = equations(i, fitted, input, false);
    const ConvolutionEquations judge = equations(i, fitted, input, true);
    Matrix refitted = averaged;
    CorrectedLayer layer{op.prefix, judge.residual(averaged), judge.residual(averaged), false};
    for (const double pull : kRefitPulls) {
      Matrix found = fit.solve(averaged, pull);
      fitted.make_representable(found);
      const double residual = judge.residual(found);
      if (!found.allFinite() || !(residual < layer.after)) continue;
      layer.after = residual;
      layer.kept = true;
      refitted = std::move(found);
    }
    if (layer.kept) fitted.store(refitted, fused_);
    layers_.push_back(layer);
  }

  const OperatorGraph& graph_;
  TensorMap& fused_;
  const std::vector<WeightedNetwork>& parents_;
  const std::set<std::string>& kept_;
  base::ThreadPool& pool_;
  std::vector<Stream> streams_;
  std::unique_ptr<OperatorRun> run_;
  std::vector<std::unique_ptr<ParentRun>> parent_runs_;
  std::vector<CorrectedLayer> layers_;
};

}  // namespace

bool judges_refit(std::size_t picture) { return (picture + picture / 4 + picture / 8) % 4 == 3; }

std::vector<CorrectedLayer> correct(const CorrectionBasis& basis,
                                    TensorMap& fused,
                                    const std::vector<WeightedNetwork>& parents,
                                    Correction method,
                                    base::ThreadPool& pool) {
  if (method == Correction::None || basis.pictures.empty()) return {};
  return Corrector(basis, fused, parents, pool).run(method);
}

}  // namespace tessera::fusion
