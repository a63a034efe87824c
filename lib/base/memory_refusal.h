// SPDX-License-Identifier: MIT
#pragma once

#include "tessera/error.h"

namespace tessera::base {

/// The refusal of what does not fit into memory: more of it may help, as with no other refusal.
class MemoryRefusal : public Error {
 public:
  explicit MemoryRefusal(const std::string& what) : Error(ErrorCode::Refused, what) {}
};

}  // namespace tessera::base
