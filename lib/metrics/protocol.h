// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include "tessera/metrics.h"

namespace tessera::metrics {

/// The conventions that PSNR follows, in a few words: channels, border, range, alpha.
std::string psnr_conventions(const MetricProtocol& protocol);

}  // namespace tessera::metrics
