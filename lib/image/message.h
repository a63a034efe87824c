// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

#include "base/files/printable_name.h"
#include "tessera/error.h"

namespace tessera::image {

using base::printable_name;

/// Text of a third-party library as one line: lines joined by "; ", repeated ones dropped, no full
/// stop at the end, control bytes removed, at most 300 bytes.
std::string one_line(std::string_view text);

/// Throws Error with "name: cause".
[[noreturn]] void fail(ErrorCode code, std::string_view name, const std::string& cause);

}  // namespace tessera::image
