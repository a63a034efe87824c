// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <span>

namespace tessera::base {

/// Writes all bytes to an open descriptor, also one that does not block. A full disk, a size limit
/// and a closed pipe are results and never signals: SIGXFSZ and SIGPIPE are held back on this
/// thread during the call, whatever the process does with them.
/// Result  0, or errno of the write that failed.
int write_all(int descriptor, std::span<const std::byte> bytes) noexcept;

}  // namespace tessera::base
