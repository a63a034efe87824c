// SPDX-License-Identifier: MIT
#include <algorithm>
#include <cmath>
#include <complex>
#include <unsupported/Eigen/FFT>

#include "analysis/filters/layer_filter.h"

namespace tessera::analysis {
namespace {

using Complex = std::complex<double>;

/// Squared magnitudes of the two-dimensional Fourier transform, row by row.
std::vector<double> power_of(TensorView<const float> plane) {
  const int height = plane.height(), width = plane.width();
  Eigen::FFT<double> fft;
  // Of length 1 it is the identity, which the library does not know.
  const auto transform = [&fft](std::vector<Complex>& to, const std::vector<Complex>& from) {
    if (from.size() == 1)
      to = from;
    else
      fft.fwd(to, from);
  };
  std::vector<Complex> all(plane.shape().plane());
  std::vector<Complex> line, transformed;
  for (int y = 0; y < height; ++y) {
    line.assign(plane.row(0, y), plane.row(0, y) + width);
    transform(transformed, line);
    std::copy(transformed.begin(), transformed.end(),
              all.begin() + static_cast<std::ptrdiff_t>(y) * width);
  }
  std::vector<double> power(all.size());
  for (int x = 0; x < width; ++x) {
    line.resize(static_cast<std::size_t>(height));
    for (int y = 0; y < height; ++y) line[y] = all[static_cast<std::size_t>(y) * width + x];
    transform(transformed, line);
    for (int y = 0; y < height; ++y)
      power[static_cast<std::size_t>(y) * width + x] = std::norm(transformed[y]);
  }
  return power;
}

/// Distance from frequency 0 of the bin (y, x), cycles per pixel.
double frequency_at(int y, int x, Shape shape) {
  const double fy = static_cast<double>(std::min(y, shape.height - y)) / shape.height;
  const double fx = static_cast<double>(std::min(x, shape.width - x)) / shape.width;
  return std::hypot(fy, fx);
}

}  // namespace

Gains gains_of(const PlaneMap& map, Shape shape, TensorView<const float> counted) {
  Tensor in(shape), out(shape);
  std::fill_n(in.data(), shape.count(), 1.0F);
  const double samples = counted.empty() ? static_cast<double>(shape.count()) : dot(in, counted);
  if (samples == 0.0) return {};
  const auto mean_product = [&] {
    for (std::size_t i = 0; i < shape.count() && !counted.empty(); ++i)
      out.data()[i] *= counted.data()[i];
    return dot(in, out) / samples;
  };
  map(in, out);
  Gains gains;
  gains.dc = mean_product();
  for (int c = 0; c < shape.channels; ++c)
    for (int y = 0; y < shape.height; ++y)
      for (int x = 0; x < shape.width; ++x) in(c, y, x) = (x + y) % 2 == 0 ? 1.0F : -1.0F;
  map(in, out);
  gains.nyquist = mean_product();
  return gains;
}

Spectrum spectrum_of(const PlaneMap& map, Shape shape, int bins, int probes, std::uint64_t seed) {
  TESSERA_ASSERT(shape.channels == 1);
  std::vector<double> in_power(bins), out_power(bins);
  Tensor out(shape);
  for (int probe = 0; probe < probes; ++probe) {
    const Tensor noise = white_noise(shape, seed + static_cast<std::uint64_t>(probe));
    map(noise, out);
    const std::vector<double> before = power_of(noise), after = power_of(out);
    for (int y = 0; y < shape.height; ++y)
      for (int x = 0; x < shape.width; ++x) {
        const int bin = static_cast<int>(2.0 * frequency_at(y, x, shape) * bins);
        if (bin >= bins) continue;  // the corners beyond half a cycle per pixel
        in_power[bin] += before[static_cast<std::size_t>(y) * shape.width + x];
        out_power[bin] += after[static_cast<std::size_t>(y) * shape.width + x];
      }
  }
  Spectrum spectrum;
  for (int bin = 0; bin < bins; ++bin)
    if (in_power[bin] > 0.0) {
      spectrum.frequency.push_back(0.5 * (bin + 0.5) / bins);
      spectrum.gain.push_back(std::sqrt(out_power[bin] / in_power[bin]));
    }
  return spectrum;
}

double polynomial_response(std::span<const graph::CgStep> steps,
                           double d,
                           double s,
                           double lambda) {
  const double a = d + s * lambda;
  double x = 1.0, r = d - a * x, p = r;
  for (const graph::CgStep step : steps) {
    x += step.alpha * p;
    r -= step.alpha * a * p;
    p = r + step.beta * p;
  }
  return x;
}

double symmetry_defect(const PlaneMap& map, Shape shape, std::uint64_t seed) {
  const Tensor x = white_noise(shape, seed), z = white_noise(shape, seed + 1);
  Tensor ax(shape), az(shape);
  map(x, ax);
  map(z, az);
  const double scale = norm(ax) * norm(z);
  return scale > 0.0 ? std::abs(dot(ax, z) - dot(x, az)) / scale : 0.0;
}

double degrees_of_freedom(const PlaneMap& map,
                          TensorView<const float> at,
                          double epsilon,
                          int probes,
                          std::uint64_t seed) {
  const Shape shape = at.shape();
  Tensor plus(shape), minus(shape), f_plus(shape), f_minus(shape);
  double sum = 0.0;
  for (int probe = 0; probe < probes; ++probe) {
    const Tensor signs = random_signs(shape, seed + static_cast<std::uint64_t>(probe));
    for (std::size_t i = 0; i < shape.count(); ++i) {
      const double step = epsilon * signs.data()[i];
      plus.data()[i] = static_cast<float>(at.data()[i] + step);
      minus.data()[i] = static_cast<float>(at.data()[i] - step);
    }
    map(plus, f_plus);
    map(minus, f_minus);
    sum += dot(signs, difference(f_minus, f_plus)) / (2.0 * epsilon);
  }
  return sum / (static_cast<double>(shape.count()) * probes);
}

}  // namespace tessera::analysis
