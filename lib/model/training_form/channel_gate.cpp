// SPDX-License-Identifier: MIT
#include "model/training_form/channel_gate.h"

#include <algorithm>
#include <cmath>

#include "base/assertion.h"

namespace tessera::model {
namespace {

double sigmoid(double value) { return 1.0 / (1.0 + std::exp(-value)); }

/// Mean, standard deviation and maximum of each plane.
struct Statistics {
  std::vector<double> mean, deviation, maximum;
};

Statistics statistics_of(const Planes& x) {
  Statistics statistics;
  const std::size_t plane = x.shape.plane();
  for (int c = 0; c < x.shape.channels; ++c) {
    const double* values = x.values.data() + c * plane;
    double sum = 0.0, squares = 0.0;
    for (std::size_t k = 0; k < plane; ++k) sum += values[k];
    const double mean = sum / static_cast<double>(plane);
    for (std::size_t k = 0; k < plane; ++k) squares += (values[k] - mean) * (values[k] - mean);
    statistics.mean.push_back(mean);
    statistics.deviation.push_back(std::sqrt(squares / static_cast<double>(plane)));
    statistics.maximum.push_back(*std::max_element(values, values + plane));
  }
  return statistics;
}

}  // namespace

std::string name_of(const GateSpec& spec) {
  constexpr const char* kNames[] = {"se", "eca", "ie", "srm", "cbam"};
  return std::string(spec.learned ? "asr-" : "") + kNames[static_cast<int>(spec.kind)];
}

ChannelGate::ChannelGate(const GateSpec& spec, int channels, const checkpoint::Weights& weights)
    : spec_(spec), channels_(channels) {
  const auto read = [&](const std::string& name, std::vector<std::int64_t> shape) {
    stored_.push_back({name, shape, weights.read(name, shape)});
  };
  const bool pair = spec.kind == GateKind::Srm;
  if (spec.learned)
    read("psi",
         pair ? std::vector<std::int64_t>{channels, 2} : std::vector<std::int64_t>{channels});
  if (spec.kind == GateKind::Se || spec.kind == GateKind::Cbam) {
    read("fc1.weight", {spec.hidden, channels});
    if (spec.bias) read("fc1.bias", {spec.hidden});
    read("fc2.weight", {channels, spec.hidden});
    if (spec.bias) read("fc2.bias", {channels});
    return;
  }
  if (spec.kind == GateKind::Eca) {
    read("weight", {spec.taps});
    return;
  }
  read("weight",
       pair ? std::vector<std::int64_t>{channels, 2} : std::vector<std::int64_t>{channels});
  read("bias", {channels});
}

const std::vector<float>& ChannelGate::stored(const std::string& name) const {
  const auto found = std::find_if(stored_.begin(), stored_.end(),
                                  [&](const Stored& item) { return item.name == name; });
  TESSERA_ASSERT(found != stored_.end());
  return found->values;
}

double ChannelGate::bias(const std::string& name, int index) const {
  return spec_.bias ? static_cast<double>(stored(name)[index]) : 0.0;
}

std::vector<double> ChannelGate::mlp(const std::vector<double>& input) const {
  const auto& inner = stored("fc1.weight");
  const auto& outer = stored("fc2.weight");
  std::vector<double> hidden, output;
  for (int h = 0; h < spec_.hidden; ++h) {
    double sum = bias("fc1.bias", h);
    for (int c = 0; c < channels_; ++c) sum += inner[h * channels_ + c] * input[c];
    hidden.push_back(spec_.silu ? sum * sigmoid(sum) : std::max(sum, 0.0));
  }
  for (int c = 0; c < channels_; ++c) {
    double sum = bias("fc2.bias", c);
    for (int h = 0; h < spec_.hidden; ++h) sum += outer[c * spec_.hidden + h] * hidden[h];
    output.push_back(sum);
  }
  return output;
}

std::vector<double> ChannelGate::factors_from(const std::vector<double>& mean,
                                              const std::vector<double>& deviation,
                                              const std::vector<double>& maximum) const {
  std::vector<double> logits(static_cast<std::size_t>(channels_));
  if (spec_.kind == GateKind::Se || spec_.kind == GateKind::Cbam) {
    logits = mlp(mean);
    if (spec_.kind == GateKind::Cbam) {
      const std::vector<double> of_maximum = mlp(maximum);
      for (int c = 0; c < channels_; ++c) logits[c] += of_maximum[c];
    }
  } else if (spec_.kind == GateKind::Eca) {
    const auto& taps = stored("weight");
    for (int c = 0; c < channels_; ++c)
      for (int t = 0; t < spec_.taps; ++t) {
        const int from = c + t - spec_.taps / 2;
        if (from >= 0 && from < channels_) logits[c] += taps[t] * mean[from];
      }
  } else {
    const auto& weight = stored("weight");
    const auto& offset = stored("bias");
    for (int c = 0; c < channels_; ++c)
      logits[c] = offset[c] + (spec_.kind == GateKind::Ie
                                   ? weight[c] * mean[c]
                                   : weight[2 * c] * mean[c] + weight[2 * c + 1] * deviation[c]);
  }
  for (double& value : logits) value = sigmoid(value);
  return logits;
}

std::vector<double> ChannelGate::factors() const {
  TESSERA_ASSERT(constant());
  if (frozen_) return *frozen_;
  const auto& psi = stored("psi");
  std::vector<double> first, second;
  const int step = spec_.kind == GateKind::Srm ? 2 : 1;
  for (int c = 0; c < channels_; ++c) {
    first.push_back(psi[step * c]);
    second.push_back(psi[step * c + step - 1]);
  }
  // On one pixel mean and maximum coincide; the deviation has a constant of its own.
  return factors_from(first, second, first);
}

std::vector<double> ChannelGate::factors(const Planes& x) const {
  if (constant()) return factors();
  const Statistics statistics = statistics_of(x);
  return factors_from(statistics.mean, statistics.deviation, statistics.maximum);
}

std::size_t ChannelGate::parameters() const {
  std::size_t count = 0;
  for (const Stored& item : stored_) count += item.values.size();
  return count;
}

std::vector<NamedTensor> ChannelGate::tensors(const std::string& prefix) const {
  std::vector<NamedTensor> tensors;
  for (const Stored& item : stored_)
    tensors.push_back({prefix + item.name, item.shape, item.values, "F32"});
  return tensors;
}

}  // namespace tessera::model
