// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include "tessera/fuse.h"

namespace tessera::cli {

/// What `fuse` prints: inputs, ancestry, spaces, checks, correction, PSNR, in words and tables.
/// Every space and layer with `verbose`, else the worst.
std::string text_from_fusion(const FuseReport& report, const std::string& output, bool verbose);

/// The same as JSON; numbers that are not known are null.
std::string json_from_fusion(const FuseReport& report, const std::string& output);

/// That the result lies more than `allowed` dB below the best model, in one line.
std::string missed_threshold_text(const FuseReport& report, double allowed);

}  // namespace tessera::cli
