// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include "tessera/inspect.h"

namespace tessera::cli {

/// What `inspect MODEL` prints: card, architecture, metadata, layer table.
std::string text_from_facts(const ModelFacts& facts);

}  // namespace tessera::cli
