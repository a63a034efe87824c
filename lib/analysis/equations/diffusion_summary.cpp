// SPDX-License-Identifier: MIT
#include <algorithm>
#include <cmath>

#include "analysis/equations/diffusion_tensor.h"

namespace tessera::analysis {
namespace {

/// Below this mass second moments are divided by next to nothing.
constexpr double kLeastMass = 0.05;

/// A tensor and how the picture changes at its impulse.
struct Place {
  const DiffusionTensor* tensor;
  double gradient, edge_angle;  ///< angle of the edge against the x axis
};

Place place_of(const DiffusionTensor& tensor, TensorView<const float> picture) {
  double yy = 0.0, xx = 0.0, yx = 0.0;
  const int up = std::max(tensor.y - 1, 0), down = std::min(tensor.y + 1, picture.height() - 1);
  const int left = std::max(tensor.x - 1, 0), right = std::min(tensor.x + 1, picture.width() - 1);
  for (int c = 0; c < picture.channels(); ++c) {
    const double dy = static_cast<double>(picture(c, down, tensor.x)) - picture(c, up, tensor.x);
    const double dx = static_cast<double>(picture(c, tensor.y, right)) - picture(c, tensor.y, left);
    yy += dy * dy, xx += dx * dx, yx += dy * dx;
  }
  // The gradient's axis is the first of the structure tensor; the edge runs across it.
  constexpr double kQuarterTurn = 1.5707963267948966;
  return {&tensor, yy + xx, 0.5 * std::atan2(2.0 * yx, xx - yy) + kQuarterTurn};
}

double mean_of(const std::vector<Place>& places, std::size_t first, std::size_t last) {
  double sum = 0.0;
  for (std::size_t i = first; i < last; ++i)
    sum += 0.5 * (places[i].tensor->dyy + places[i].tensor->dxx);
  return last > first ? sum / static_cast<double>(last - first) : 0.0;
}

double alignment_of(const std::vector<Place>& places, std::size_t first) {
  double sum = 0.0, weights = 0.0;
  for (std::size_t i = first; i < places.size(); ++i) {
    const double weight = std::abs(places[i].tensor->anisotropy());
    sum += weight * std::cos(2.0 * (places[i].tensor->angle() - places[i].edge_angle));
    weights += weight;
  }
  return weights > 0.0 ? sum / weights : 0.0;
}

}  // namespace

DiffusionSummary summary_of(const std::vector<DiffusionTensor>& tensors,
                            TensorView<const float> picture) {
  DiffusionSummary summary;
  summary.count = static_cast<int>(tensors.size());
  std::vector<Place> places;
  DiffusionTensor mean;
  for (const DiffusionTensor& tensor : tensors) {
    summary.mass += tensor.mass / summary.count;
    summary.negative += tensor.negative / summary.count;
    if (tensor.mass < kLeastMass) continue;
    places.push_back(place_of(tensor, picture));
    mean.dyy += tensor.dyy, mean.dxx += tensor.dxx, mean.dyx += tensor.dyx;
    summary.anisotropy += tensor.anisotropy();
  }
  if (places.empty()) return summary;
  const double count = static_cast<double>(places.size());
  mean.dyy /= count, mean.dxx /= count, mean.dyx /= count;
  summary.anisotropy /= count;
  summary.major = mean.major(), summary.minor = mean.minor();
  std::stable_sort(places.begin(), places.end(),
                   [](const Place& a, const Place& b) { return a.gradient < b.gradient; });
  const std::size_t third = places.size() / 3;
  summary.flat = mean_of(places, 0, std::max<std::size_t>(third, 1));
  summary.edge = mean_of(places, places.size() - std::max<std::size_t>(third, 1), places.size());
  summary.alignment = alignment_of(places, places.size() - std::max<std::size_t>(third, 1));
  return summary;
}

}  // namespace tessera::analysis
