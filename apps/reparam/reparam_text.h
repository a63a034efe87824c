// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

#include "tessera/reparam.h"

namespace tessera::cli {

/// The table that `reparam` prints: a row per block, the sum, the whole network, frozen gates.
std::string text_from_report(const ReparamReport& report);
/// Likewise as JSON.
std::string json_from_report(const ReparamReport& report);
/// What a user must be told, a line each; `output` is the file as the user named it.
std::vector<std::string> notes_from_report(const ReparamReport& report, const std::string& output);

}  // namespace tessera::cli
