// SPDX-License-Identifier: MIT
#include "tessera/error.h"

namespace tessera {

Error::Error(ErrorCode code, const std::string& what) : std::runtime_error(what), code_(code) {}
Error::~Error() = default;

}  // namespace tessera
