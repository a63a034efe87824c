// SPDX-License-Identifier: MIT
#include "analysis/filters/influence.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "base/rounding.h"

namespace tessera::analysis {
namespace {

/// Half the side of the part that the network runs on, beside the window.
constexpr int kContext = 20;
constexpr float kStep = 1e-3F;

/// A region around the point, inside the picture, on multiples of what the network takes.
Region part_around(const Point& point, int radius, Shape shape, int multiple) {
  const auto range = [multiple](int middle, int reach, int extent) {
    const int first = std::max(0, middle - reach) / multiple * multiple;
    const int last = std::min(extent, middle + reach + 1);
    return std::pair{first, base::rounded_up(last - first, multiple)};
  };
  const auto [top, height] = range(point.y, radius + kContext, shape.height);
  const auto [left, width] = range(point.x, radius + kContext, shape.width);
  return {top, left, std::min(height, shape.height - top), std::min(width, shape.width - left)};
}

/// An input sample.
struct Place {
  int channel, row, column;
};

/// sum over colours of |change of the output at (y, x)| when an input moves.
double response(NetworkScene& part, TensorView<const float> unmoved, Place place, int y, int x) {
  Tensor samples(part.shape());
  std::copy_n(part.samples().data(), part.shape().count(), samples.data());
  samples(place.channel, place.row, place.column) += kStep;
  const Tensor moved = part.restore(samples);
  double sum = 0.0;
  for (int k = 0; k < part.shape().channels; ++k)
    sum += std::abs(static_cast<double>(moved(k, y, x)) - unmoved(k, y, x)) / kStep;
  return sum;
}

}  // namespace

Influence influence_at(const NetworkScene& scene, const Point& point, int radius) {
  const Region region =
      part_around(point, radius, scene.shape(), std::max(2, scene.network().size_multiple()));
  NetworkScene part = scene.part(region);
  const int y = point.y - region.top, x = point.x - region.left;
  Influence influence{point, Tensor(1, 2 * radius + 1, 2 * radius + 1), 0.0, 0.0};
  const Tensor unmoved = part.restore(part.samples());
  double moment = 0.0;
  for (int dy = -radius; dy <= radius; ++dy)
    for (int dx = -radius; dx <= radius; ++dx) {
      const int row = y + dy, column = x + dx;
      if (row < 0 || column < 0 || row >= region.height || column >= region.width) continue;
      double moved = 0.0;
      for (int c = 0; c < part.shape().channels; ++c)
        if (part.mask()(c, row, column) != 0.0F)
          moved += response(part, unmoved, {c, row, column}, y, x);
      influence.window(0, dy + radius, dx + radius) = static_cast<float>(moved);
      influence.total += moved;
      moment += moved * (dy * dy + dx * dx);
    }
  if (influence.total > 0.0) influence.effective_radius = std::sqrt(moment / influence.total);
  return influence;
}

Amplification amplification_of(NetworkScene& scene, double strength, std::uint64_t seed) {
  const Shape shape = scene.shape();
  Tensor noise = white_noise(shape, seed), noisy(shape), brighter(shape);
  for (std::size_t i = 0; i < shape.count(); ++i) {
    const float sample = scene.samples().data()[i];
    noise.data()[i] *= static_cast<float>(strength) * scene.mask().data()[i];
    noisy.data()[i] = sample + noise.data()[i];
    brighter.data()[i] = sample + static_cast<float>(strength);
  }
  StateRecorder plain, moved;
  const Tensor result = scene.restore(scene.samples(), &plain);
  const Tensor with_noise = scene.restore(noisy, &moved);
  const Tensor with_light = scene.restore(brighter);

  Amplification answer;
  answer.noise_gain = norm(difference(result, with_noise)) / std::max(norm(noise), 1e-30);
  const Tensor light = difference(result, with_light);
  double sum = 0.0;
  for (const float value : light.view().flat()) sum += value;
  answer.constant_gain = sum / (strength * static_cast<double>(shape.count()));
  std::map<std::string, double> before;
  for (std::size_t i = 0; i < plain.states.size(); ++i) {
    const double now = norm(difference(plain.states[i].value, moved.states[i].value));
    double& last = before[plain.states[i].stream];
    answer.by_state.push_back(last > 0.0 ? now / last : 0.0);
    last = now;
  }
  return answer;
}

}  // namespace tessera::analysis
