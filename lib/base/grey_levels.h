// SPDX-License-Identifier: MIT
#pragma once

namespace tessera::base {

/// White in 8-bit grey levels, in which noise levels are stated at every depth of samples.
inline constexpr double kWhite8bit = 255.0;

}  // namespace tessera::base
