// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

namespace tessera::base {

/// A file name fit for one line of text: unchanged, or in single quotes with \n, \t and \xNN when
/// it holds control bytes.
std::string printable_name(std::string_view name);

/// Whether a byte of text is shown escaped.
inline bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; }

}  // namespace tessera::base
