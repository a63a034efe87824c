// SPDX-License-Identifier: MIT
#pragma once

#include "model/network.h"
#include "model/training_form/training_form.h"

namespace tessera::model {

/// Whether `evaluate` knows the network: conv_net for noise.
bool can_evaluate(const TrainingForm& form);

/// The whole network as it was trained, plainly, in double precision.
/// Shapes    noisy (C, H, W) in [0, 1] and beyond, sigma (1, H, W), result (C, H, W); H and W
///           multiples of the shuffle.
/// Requires  can_evaluate(form).
Planes evaluate(const TrainingForm& form,
                const Planes& noisy,
                const Planes& sigma,
                const GateObserver& observer = nullptr);

/// Largest error of a deployed network that is rounding, relative to max(1, max |y|): twenty layers
/// with Winograd convolutions, see nn/conv2d.h.
inline constexpr double kNetworkTolerance = 1e-4;

/// max |d| / max(1, max |y|) between the training form in double and `deployed` in fp32, over noise
/// and a constant in small odd sizes.
/// Requires  can_evaluate(form), no live gates.
double network_error(const TrainingForm& form, const Network& deployed);

}  // namespace tessera::model
