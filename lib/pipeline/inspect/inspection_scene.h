// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "analysis/network_scene.h"
#include "tessera/inspect.h"

namespace tessera::pipeline {

/// The middle of a picture as a network observes it.
struct InspectionScene {
  analysis::NetworkScene scene;
  Tensor reference;       ///< (C, H, W), empty when nothing clean is known
  int top = 0, left = 0;  ///< of the part, in the result's pixels; -1 where a mirrored row is first
  std::vector<std::string> notes;
  /// Level over white of independent white noise in all planes; empty: there is none, or another.
  std::optional<double> sigma{};
};

/// Cuts the scene out.  Errors  as inspect_picture.
InspectionScene inspection_scene(const Model& network,
                                 const Image& picture,
                                 const Image* mask,
                                 const Image* reference,
                                 const PictureInspectionOptions& options);

}  // namespace tessera::pipeline
