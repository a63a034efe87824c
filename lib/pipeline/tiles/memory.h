// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>

#include "tessera/execution.h"

namespace tessera::pipeline {

/// Bytes a run may use beyond the pictures' own pixels: options.max_memory, or a quarter of the
/// memory that machine and control group allow.
std::int64_t memory_budget(const ExecutionOptions& options);

/// "512 MB", "1.5 GB": for messages; 1 MB is 2^20 bytes.
std::string text_from_bytes(double bytes);

/// Errors  Refused, naming `what`, the bytes it needs and the bytes allowed, when it needs more.
void require_memory(double needed, std::int64_t allowed, const std::string& what);

}  // namespace tessera::pipeline
