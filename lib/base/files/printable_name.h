// SPDX-License-Identifier: MIT
#pragma once

#include "tessera/error.h"

namespace tessera::base {

using tessera::printable_name;

/// Whether a byte of text is shown escaped.
inline bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; }

}  // namespace tessera::base
