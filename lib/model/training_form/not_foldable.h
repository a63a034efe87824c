// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include "tessera/error.h"

namespace tessera::model {

/// Ends the folding of a block.  Errors  BadCheckpoint: "not foldable: " and the reason.
[[noreturn]] inline void not_foldable(const std::string& reason) {
  throw Error(ErrorCode::BadCheckpoint, "not foldable: " + reason);
}

}  // namespace tessera::model
