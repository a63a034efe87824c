// SPDX-License-Identifier: MIT
#include "model/training_form/training_form_evaluate.h"

#include <algorithm>
#include <cmath>

#include "base/assertion.h"
#include "base/random.h"

namespace tessera::model {
namespace {

const ConvNetSpec& spec_of(const TrainingForm& form) {
  return std::get<ConvNetSpec>(form.target());
}

/// 2x2 cells as planes, and back; the order of pixel_unshuffle2.
Planes unshuffled(const Planes& x) {
  Planes cells({4 * x.shape.channels, x.shape.height / 2, x.shape.width / 2});
  for (int c = 0; c < cells.shape.channels; ++c)
    for (int y = 0; y < cells.shape.height; ++y)
      for (int column = 0; column < cells.shape.width; ++column)
        cells.at(c, y, column) = x.at(c / 4, 2 * y + c / 2 % 2, 2 * column + c % 2);
  return cells;
}
Planes shuffled(const Planes& cells) {
  Planes x({cells.shape.channels / 4, 2 * cells.shape.height, 2 * cells.shape.width});
  for (int c = 0; c < cells.shape.channels; ++c)
    for (int y = 0; y < cells.shape.height; ++y)
      for (int column = 0; column < cells.shape.width; ++column)
        x.at(c / 4, 2 * y + c / 2 % 2, 2 * column + c % 2) = cells.at(c, y, column);
  return x;
}

Planes packed(const ConvNetSpec& spec, const Planes& noisy, const Planes& sigma) {
  Planes input = spec.shuffle == 2 ? unshuffled(noisy) : noisy;
  if (!spec.noise_map) return input;
  Planes level = sigma;
  if (spec.shuffle == 2) {
    const Planes cells = unshuffled(sigma);
    level = Planes({1, cells.shape.height, cells.shape.width});
    for (std::size_t k = 0; k < cells.values.size(); ++k)
      level.values[k % level.values.size()] += 0.25 * cells.values[k];
  }
  input.values.insert(input.values.end(), level.values.begin(), level.values.end());
  ++input.shape.channels;
  return input;
}

/// A convolution of the network that has no training block.
AffineConv plain_conv(const TrainingForm& form, const ConvLayerSpec& layer, int in) {
  AffineConv conv = AffineConv::zeros(layer.out_channels, in, layer.kernel, layer.kernel);
  conv.dilation = layer.dilation;
  const auto weights = form.tensor(layer.tensors + ".weight");
  const auto bias = form.tensor(layer.tensors + ".bias");
  conv.weights.assign(weights.begin(), weights.end());
  conv.bias.assign(bias.begin(), bias.end());
  if (layer.border_bias) {
    const auto border = form.tensor(layer.tensors + ".border_bias");
    conv.border_bias.assign(border.begin(), border.end());
  }
  return conv;
}

void activate(const TrainingForm& form, const ConvLayerSpec& layer, Planes& x) {
  if (layer.activation == LayerActivation::None) return;
  std::vector<float> slopes(static_cast<std::size_t>(x.shape.channels), 0.0F);
  if (layer.activation == LayerActivation::Prelu) slopes = form.tensor(layer.tensors + ".slope");
  for (std::size_t k = 0; k < x.values.size(); ++k)
    if (x.values[k] < 0.0) x.values[k] *= slopes[k / x.shape.plane()];
}

/// The training form and the deployed network on one picture.
double error_on(const TrainingForm& form, const Network& deployed, Shape shape, double spread) {
  Tensor noisy(shape), level(1, shape.height, shape.width), out(shape);
  for (std::size_t k = 0; k < shape.count(); ++k)
    noisy.data()[k] = 0.5F + static_cast<float>(spread) * base::random_normal(7, k);
  std::fill_n(level.data(), shape.plane(), 25.0F / 255.0F);
  Workspace scratch;
  Observed observed;
  observed.samples = noisy;
  observed.estimate = noisy;
  observed.sigma = level;
  deployed.run(0, observed, out, scratch);

  Planes x(shape), sigma({1, shape.height, shape.width}, 25.0F / 255.0F);
  std::copy_n(noisy.data(), x.values.size(), x.values.begin());
  const Planes expected = evaluate(form, x, sigma);
  double worst = 0.0, largest = 1.0;
  for (std::size_t k = 0; k < expected.values.size(); ++k) {
    const double difference = std::abs(expected.values[k] - out.data()[k]);
    worst = std::max(worst, std::isfinite(difference) ? difference : INFINITY);
    largest = std::max(largest, std::abs(expected.values[k]));
  }
  return worst / largest;
}

}  // namespace

bool can_evaluate(const TrainingForm& form) {
  const auto* spec = std::get_if<ConvNetSpec>(&form.target());
  return spec != nullptr && spec->observation == ObservationKind::Noise;
}

Planes evaluate(const TrainingForm& form,
                const Planes& noisy,
                const Planes& sigma,
                const GateObserver& observer) {
  TESSERA_ASSERT(can_evaluate(form));
  const ConvNetSpec& spec = spec_of(form);
  Planes x = packed(spec, noisy, sigma);
  for (const ConvLayerSpec& layer : spec.layers) {
    const auto block =
        std::find_if(form.blocks().begin(), form.blocks().end(),
                     [&](const PlacedBlock& entry) { return entry.place.name == layer.tensors; });
    x = block != form.blocks().end() ? block->block.evaluate(x, observer)
                                     : convolved(plain_conv(form, layer, x.shape.channels), x);
    activate(form, layer, x);
  }
  if (spec.shuffle == 2) x = shuffled(x);
  if (spec.skip == Skip::None) return x;
  const double sign = spec.skip == Skip::Add ? 1.0 : -1.0;
  for (std::size_t k = 0; k < x.values.size(); ++k)
    x.values[k] = noisy.values[k] + sign * x.values[k];
  return x;
}

double network_error(const TrainingForm& form, const Network& deployed) {
  const int channels = deployed.channels(), step = spec_of(form).shuffle;
  double worst = 0.0;
  for (const auto& [height, width] : {std::pair{9, 11}, std::pair{1, 1}, std::pair{1, 5}})
    worst = std::max(worst, error_on(form, deployed, {channels, step * height, step * width}, 0.3));
  return std::max(worst, error_on(form, deployed, {channels, step * 5, step * 4}, 0.0));
}

}  // namespace tessera::model
