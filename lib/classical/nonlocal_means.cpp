// SPDX-License-Identifier: MIT
#include "classical/nonlocal_means.h"

#include <algorithm>
#include <vector>

#include "base/machine/kernel_clones.h"

namespace tessera::classical {
namespace {

constexpr float kSmallestSigma = 1e-6F;
// (1 - t / 2^6)^(2^6) is exp(-t) within one per cent of 1, and vectorises.
constexpr float kKernelReach = 64.0F;

/// The picture with its border continued by `halo` pixels.
Tensor continued(TensorView<const float> picture, int halo) {
  Tensor wide(picture.channels(), picture.height() + 2 * halo, picture.width() + 2 * halo);
  for (int c = 0; c < wide.channels(); ++c)
    for (int y = 0; y < wide.height(); ++y) {
      const float* from = picture.row(c, std::clamp(y - halo, 0, picture.height() - 1));
      float* to = wide.view().row(c, y);
      for (int x = 0; x < wide.width(); ++x)
        to[x] = from[std::clamp(x - halo, 0, picture.width() - 1)];
    }
  return wide;
}

TESSERA_KERNEL_CLONES
void add_squared_difference(const float* a, const float* b, int count, float* sum) {
  for (int x = 0; x < count; ++x) sum[x] += (a[x] - b[x]) * (a[x] - b[x]);
}

/// sums[x] = row[x] + ... + row[x + length - 1].
TESSERA_KERNEL_CLONES
void sum_along_row(const float* row, int count, int length, float* sums) {
  for (int x = 0; x < count; ++x) {
    float sum = 0.0F;
    for (int k = 0; k < length; ++k) sum += row[x + k];
    sums[x] = sum;
  }
}

TESSERA_KERNEL_CLONES
void add_row(const float* row, int count, float* sum) {
  for (int x = 0; x < count; ++x) sum[x] += row[x];
}

/// Sums of squares become weights, in place.
TESSERA_KERNEL_CLONES
void weights_from_sums(
    const float* excess, const float* inverse_h2, float inverse_count, int count, float* sums) {
  for (int x = 0; x < count; ++x) {
    const float t = std::max(sums[x] * inverse_count - excess[x], 0.0F) * inverse_h2[x];
    float w = std::max(1.0F - t / kKernelReach, 0.0F);
    for (int k = 0; k < 6; ++k) w *= w;
    sums[x] = w;
  }
}

TESSERA_KERNEL_CLONES
void add_weighted(const float* weights, const float* row, int count, float* sum) {
  for (int x = 0; x < count; ++x) sum[x] += weights[x] * row[x];
}

/// Works through the window one displacement at a time.
class WindowSum {
 public:
  WindowSum(TensorView<const float> noisy,
            TensorView<const float> sigma,
            const NonlocalMeansSizes& sizes,
            TensorView<float> result)
      : sizes_(sizes),
        wide_(continued(noisy, sizes.halo())),
        result_(result),
        excess_(sigma.shape()),
        inverse_h2_(sigma.shape()),
        total_(sigma.shape()),
        row_sums_(1, noisy.height() + 2 * sizes.patch_radius, noisy.width()),
        differences_(static_cast<std::size_t>(noisy.width() + 2 * sizes.patch_radius)),
        weights_(static_cast<std::size_t>(noisy.width())) {
    for (std::size_t i = 0; i < sigma.shape().count(); ++i) {
      const float s = std::max(sigma.data()[i], kSmallestSigma), h = sizes.strength * s;
      excess_.data()[i] = 2.0F * s * s;
      inverse_h2_.data()[i] = 1.0F / (h * h);
    }
    std::fill_n(result.data(), result.shape().count(), 0.0F);
  }

  /// Adds every pixel's neighbour at (dy, dx), by the likeness of their patches.
  void add(int dy, int dx) {
    const int patch = 2 * sizes_.patch_radius + 1, width = result_.width();
    const int search = sizes_.search_radius, halo = sizes_.halo();
    const auto wide = wide_.view();
    for (int y = 0; y < row_sums_.height(); ++y) {
      std::fill(differences_.begin(), differences_.end(), 0.0F);
      for (int c = 0; c < wide.channels(); ++c)
        add_squared_difference(wide.row(c, y + search) + search,
                               wide.row(c, y + search + dy) + search + dx,
                               static_cast<int>(differences_.size()), differences_.data());
      sum_along_row(differences_.data(), width, patch, row_sums_.view().row(0, y));
    }
    const float inverse_count = 1.0F / static_cast<float>(patch * patch * wide.channels());
    for (int y = 0; y < result_.height(); ++y) {
      std::fill(weights_.begin(), weights_.end(), 0.0F);
      for (int k = 0; k < patch; ++k)
        add_row(row_sums_.view().row(0, y + k), width, weights_.data());
      weights_from_sums(excess_.view().row(0, y), inverse_h2_.view().row(0, y), inverse_count,
                        width, weights_.data());
      add_row(weights_.data(), width, total_.view().row(0, y));
      for (int c = 0; c < result_.channels(); ++c)
        add_weighted(weights_.data(), wide.row(c, y + halo + dy) + halo + dx, width,
                     result_.row(c, y));
    }
  }

  /// Sums become means; a pixel counts itself with weight 1, so no total is zero.
  void divide() {
    for (int c = 0; c < result_.channels(); ++c)
      for (std::size_t i = 0; i < result_.shape().plane(); ++i)
        result_.plane(c)[i] /= total_.data()[i];
  }

 private:
  NonlocalMeansSizes sizes_;
  Tensor wide_;
  TensorView<float> result_;
  Tensor excess_, inverse_h2_, total_, row_sums_;
  std::vector<float> differences_, weights_;
};

}  // namespace

NonlocalMeansSizes nonlocal_means_sizes(double sigma_8bit, int channels) {
  if (channels == 1) {
    if (sigma_8bit <= 15.0) return {1, 10, 0.40F};
    if (sigma_8bit <= 30.0) return {2, 10, 0.40F};
    if (sigma_8bit <= 45.0) return {3, 17, 0.35F};
    if (sigma_8bit <= 75.0) return {4, 17, 0.35F};
    return {5, 17, 0.30F};
  }
  if (sigma_8bit <= 25.0) return {1, 10, 0.55F};
  if (sigma_8bit <= 55.0) return {2, 17, 0.40F};
  return {3, 17, 0.35F};
}

void nonlocal_means(TensorView<const float> noisy,
                    TensorView<const float> sigma,
                    const NonlocalMeansSizes& sizes,
                    TensorView<float> result) {
  WindowSum sum(noisy, sigma, sizes, result);
  for (int dy = -sizes.search_radius; dy <= sizes.search_radius; ++dy)
    for (int dx = -sizes.search_radius; dx <= sizes.search_radius; ++dx) sum.add(dy, dx);
  sum.divide();
}

}  // namespace tessera::classical
