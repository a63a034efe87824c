// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <vector>

#include "model/training_form/training_form.h"
#include "tessera/reparam.h"

namespace tessera::pipeline {

/// The picture files of options.freeze_on, in byte order; folders in folders are not entered.
/// Errors  NothingToDo, naming the first, without pictures; IoFailure.
std::vector<std::filesystem::path> pictures_to_freeze_on(const ReparamOptions& options);

/// Replaces every live gate of `form` by the constants that minimise the squared error of the gated
/// features over the pictures of options.freeze_on, energy weighted:
///   a_c = sum_n e_c(n) v_c(n) / sum_n e_c(n),  e_c(n) = |x_c(n)|^2,
/// and puts into `report` how constant the gates were and what it did to the PSNR. Of each picture
/// the middle, at most kFreezeCrop pixels wide and high, with noise of options.freeze_sigma_8bit.
/// Errors  BadCheckpoint when the network has no live gate or cannot be evaluated plainly; whatever
///         reading pictures throws; as pictures_to_freeze_on; BadImage naming the file.
void freeze_gates(model::TrainingForm& form, const ReparamOptions& options, ReparamReport& report);

inline constexpr int kFreezeCrop = 64;

}  // namespace tessera::pipeline
