// SPDX-License-Identifier: MIT
#pragma once

#include "image/raw/raw_file.h"
#include "tessera/interpolate.h"

namespace tessera::pipeline {

/// A camera raw file as a picture.
struct Development {
  Image picture;                        ///< U16, RGB, upright, with its colour profile
  std::vector<std::string> notes{};     ///< facts: layout, defective samples, noise
  std::optional<double> noise_sigma{};  ///< raw_noise(), in 8-bit grey levels
};

/// Develops a camera raw file: the mosaic is brought to the form that networks were trained on
/// (balanced_mosaic), demosaicked, brought back to linear light, to linear sRGB by the camera's
/// matrix, cut to [0, 1], and coded by the sRGB curve unless options.raw.linear. Nothing else is
/// done to exposure, tone or sharpness. `photo` is used up.
/// Requires `network` unless options.method is set.
/// Errors   what balanced_mosaic throws; Refused when memory does not suffice.
Development develop(image::RawPhoto photo, const Model* network, const InterpolateOptions& options);

}  // namespace tessera::pipeline
