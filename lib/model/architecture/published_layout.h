// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>

#include "model/architecture/architecture.h"
#include "tessera/checkpoint.h"
#include "tessera/model.h"

namespace tessera::model {

/// What a checkpoint in the layout of published denoisers turned out to be.
struct PublishedNetwork {
  ConvNetSpec architecture;
  std::string title;                ///< "DnCNN (published layout)"
  std::optional<SigmaRange> sigma;  ///< the noise levels it was trained for, where known
};

/// Recognises networks that carry no tessera.architecture by names and shapes of their tensors:
/// model.0.weight, model.0.bias, model.2.weight and so on, 3x3 convolutions with ReLU between them.
///
///   C planes in, C out                  DnCNN: the noisy picture minus the result
///   the same with seven layers          IRCNN: dilations 1 2 3 4 3 2 1
///   4C + 1 planes in, 4C out            FFDNet: 2x2 cells and a noise map
/// C is 1 or 3. A fixed noise level is taken from the metadata "sigma".
/// Result  empty when the checkpoint has an architecture or another layout.
/// Source  cszn/DnCNN, cszn/FFDNet, cszn/IRCNN, and cszn/KAIR for the names.
std::optional<PublishedNetwork> published_network(const Checkpoint& checkpoint);

/// What the network of a checkpoint is: its tensors' layout, or its tessera.architecture.
/// Errors  BadCheckpoint, see architecture_from_json.
Architecture architecture_of(const Checkpoint& checkpoint);

}  // namespace tessera::model
