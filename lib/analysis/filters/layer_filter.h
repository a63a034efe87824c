// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

#include "analysis/plane_map.h"
#include "model/trace.h"

namespace tessera::analysis {

/// A graph layer of a network, frozen on the picture that it ran on: with graph, diagonal and steps
/// fixed it is a linear map of one plane. Two kinds:
///   smoothing  (matrix without `free`)  z is observed with confidence D: realised by the network's
///              own steps, from z or from 0 as the network does, ideal (D + s L)^-1 D z;
///   extension  (matrix with `free`)     z is known where not free and spreads from there; the
///              network starts from 0, ideal is the exact solve. Known pixels keep their values.
/// Of several channels with masks of their own the first is taken.
/// Threads  one at a time.
class LayerFilter {
 public:
  /// Copies nothing: `event` and what it refers to outlive this.
  explicit LayerFilter(const model::FilterEvent& event);

  Shape shape() const { return {1, weights_.height(), weights_.width()}; }
  bool extends() const { return !matrix_.free.empty(); }
  /// What the network's steps make of z.  Shapes  (1, H, W) each.
  void realised(TensorView<const float> z, TensorView<float> out);
  /// What the exact solution would be; to a relative residual of 1e-6.
  void ideal(TensorView<const float> z, TensorView<float> out);
  /// A p, on the free pixels.
  void matrix(TensorView<const float> p, TensorView<float> out);
  /// Whether pixel i takes part with its own value: observed, or known.
  bool observed(std::size_t i) const;
  /// 1 where the filter may change a pixel; empty: everywhere.  Shapes  (1, H, W).
  TensorView<const float> free() const { return matrix_.free; }
  /// Pixels around an impulse that the realised filter reaches.
  int reach() const { return static_cast<int>(steps_.size()) + 1; }

  PlaneMap realised_map();
  PlaneMap ideal_map();
  PlaneMap matrix_map();

 private:
  float diagonal(std::size_t i) const;
  /// The right-hand side and start that z means.
  void problem(TensorView<const float> z, TensorView<float> b, TensorView<float> x);
  void keep_known(TensorView<const float> z, TensorView<float> out) const;

  graph::FilterMatrix matrix_;
  TensorView<const float> weights_;
  std::span<const graph::CgStep> steps_;
  bool from_zero_;
  Workspace scratch_;
};

/// Gains of the frozen layer on the pixel grid.
struct Gains {
  double dc = 0.0;       ///< mean response to a constant
  double nyquist = 0.0;  ///< to the checkerboard (-1)^(x+y): <z, F z> / <z, z>
};
/// `counted` (same shape, 1 or 0) tells which pixels count; empty: all.
Gains gains_of(const PlaneMap& map, Shape shape, TensorView<const float> counted = {});

/// Gain against spatial frequency, sqrt of power out over power in, for white noise.
struct Spectrum {
  std::vector<double> frequency;  ///< centre of each bin, cycles per pixel, 0 ... 0.5
  std::vector<double> gain;
};
/// Bins of the distance from frequency 0; the mean over `probes` noise planes.
Spectrum spectrum_of(const PlaneMap& map, Shape shape, int bins, int probes, std::uint64_t seed);

/// The polynomial that the steps apply to an eigenvector of L with eigenvalue lambda when the
/// matrix is d + s L with a constant d: what (d + s lambda) x = d gives from x = 1.
double polynomial_response(std::span<const graph::CgStep> steps, double d, double s, double lambda);

/// |<A x, z> - <x, A z>| / (|A x| |z|) for random x, z: 0 for a symmetric map.
double symmetry_defect(const PlaneMap& map, Shape shape, std::uint64_t seed);

/// Trace of a map per sample, by random signs b: mean of b'(f(y + eps b) - f(y - eps b)) / 2 eps N.
/// 1: passes everything, 0: averages everything; 1 / df is the averaged area in pixels.
/// Shapes  at (C, H, W), the point y; a linear map may take zeros and any eps.
/// Source  Ramani, Blu and Unser, IEEE TIP 17(9), 2008 (Monte-Carlo SURE); Hutchinson 1989.
double degrees_of_freedom(const PlaneMap& map,
                          TensorView<const float> at,
                          double epsilon,
                          int probes,
                          std::uint64_t seed);

}  // namespace tessera::analysis
