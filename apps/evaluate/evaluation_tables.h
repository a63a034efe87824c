// SPDX-License-Identifier: MIT
#pragma once

#include "shared/output/text_table.h"
#include "tessera/evaluate.h"

namespace tessera::cli {

/// One row for each method and strength of noise: means, intervals, time, memory.
TextTable method_table(const Evaluation& evaluation);
/// Every two methods over the pictures that both restored.
TextTable difference_table(const Evaluation& evaluation);
/// PSNR of each method at each strength of noise, and its change from the first strength on.
TextTable noise_shift_table(const Evaluation& evaluation);
/// One row for each picture, method and strength.
TextTable picture_table(const Evaluation& evaluation);
/// Pictures and means in one table for programs: every figure, unrounded, a column for each.
TextTable record_table(const Evaluation& evaluation);

}  // namespace tessera::cli
