// SPDX-License-Identifier: MIT
#pragma once

#include <memory>

#include "model/network.h"

namespace tessera::fusion {

/// The network that a checkpoint describes; a training form is folded first.
/// Errors  BadCheckpoint, see model::make_network and model::TrainingForm.
std::unique_ptr<model::Network> deployed_network(const Checkpoint& checkpoint, Precision precision);

}  // namespace tessera::fusion
