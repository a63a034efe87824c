// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "analysis/equations/pde_fit.h"
#include "analysis/measures/noise_information.h"
#include "analysis/measures/sure.h"
#include "analysis/network_scene.h"
#include "analysis/recorder.h"

namespace tessera::analysis {

/// A pixel that pictures are drawn around.
struct Point {
  std::string name;  ///< "flat", "edge", "texture", or "y,x" as the user gave it
  int y = 0, x = 0;
};
/// The pixel with the least change around it, the one with the clearest edge, and the busiest, all
/// at least `margin` from the border (fewer where the picture is too small).
/// Source  eigenvalues of the structure tensor over 7x7 pixels; Harris and Stephens 1988.
std::vector<Point> telling_points(TensorView<const float> picture, int margin);

/// What is asked for beyond the default.
struct InspectionRequest {
  Effort effort;
  std::vector<Point> points;
  bool pde = false;                         ///< fit the equation to every step
  bool information = false;                 ///< the noise-information bound of every state
  double information_sigma = 25.0 / 255.0;  ///< of the noise injected for it, over white
  /// Noise level over white of a noisy picture, for the error expected of a denoiser.
  std::optional<double> sure_sigma{};
  TensorView<const float> reference{};  ///< the clean picture (C, H, W), when known
  int influence_radius = 5;             ///< of the window of inputs that is moved around each point
};

/// One value of a stream against the one before.
struct StepRecord {
  std::string stream, layer;
  int scale = 1;
  double increment = 0.0;  ///< |v - u| / |u|
  /// 1/2 sum |grad|^2 on the grid over |u - mean|^2, before and after: falls when smoothed, and
  /// not when only scaled down.
  double roughness_before = 0.0, roughness_after = 0.0;
  /// |difference after| / |difference before| when the input carries weak white noise.
  double amplification = 0.0;
  double participation = 0.0;  ///< (sum s)^2 / sum s^2 of the channels' covariance: 1 ... C
  std::optional<PdeFit> pde{};
};

/// How much is still told by a state; see noise_information.h for what a bound is.
struct StateInformation {
  std::string stream, layer;
  int scale = 1;
  InformationBound noise;                 ///< of the injected noise
  std::optional<InformationBound> clean;  ///< of the clean picture, with a reference
};

/// Which inputs move an output pixel: sum over output colours of |d out(p) / d in(q)|.
struct Influence {
  Point point;
  Tensor window;                  ///< (1, 2r+1, 2r+1), q - p from -r to r
  double total = 0.0;             ///< sum over the window
  double effective_radius = 0.0;  ///< sqrt of its second moment
};

/// What the network does as a whole.
struct NetworkRecord {
  double constant_gain = 0.0;  ///< mean response to all inputs brighter by the same little
  double noise_gain = 0.0;     ///< |f(y + n) - f(y)| / |n|, n white noise of 1/255
  double spread = 0.0;         ///< the largest |f| on the picture, for faults
  bool finite = true;
  std::optional<Sure> sure;              ///< the error expected without a reference
  std::optional<double> reference_psnr;  ///< of the float result against the reference, dB
};

/// One head of a layer's attention.
struct AttentionSummary {
  std::string layer;
  int head = 0, scale = 1;
  AttentionHead rows;
};

struct Inspection {
  std::vector<GraphRecord> graphs;
  std::vector<FilterRecord> filters;
  std::vector<AttentionSummary> attention;
  std::vector<StepRecord> steps;
  std::vector<StateInformation> information;
  std::vector<Influence> influences;
  NetworkRecord network;
  Tensor estimate, result;
};

/// Runs the network on the scene, watched, and measures what was asked for.
Inspection inspect_scene(NetworkScene& scene, const InspectionRequest& request);

/// 1/2 sum |grad u|^2 over |u - mean|^2, means by channel; 0 for a constant.
double roughness(TensorView<const float> u);
/// (tr S)^2 / tr S^2 of the covariance S of channels over pixels; 0 for a constant.
double participation_ratio(TensorView<const float> u);

}  // namespace tessera::analysis
