// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>

#include "tessera/execution.h"
#include "tessera/image.h"

namespace tessera::pipeline {

/// Bytes a run may use beyond the pictures' own pixels: options.max_memory, or a quarter of the
/// memory that machine and control group allow.
std::int64_t memory_budget(const ExecutionOptions& options);

/// "512 MB", "1.5 GB": for messages; 1 MB is 2^20 bytes.
std::string text_from_bytes(double bytes);

/// Errors  Refused (base::MemoryRefusal), naming `what`, the bytes it needs and the bytes allowed,
///         when it needs more.
void require_memory(double needed, std::int64_t allowed, const std::string& what);

/// What is left of `allowed` bytes for other work beside `held`, for ExecutionOptions: at least 1,
/// since there 0 stands for a quarter of the machine.
std::int64_t memory_left(double held, std::int64_t allowed);

/// `execution` with what memory is left beside `held` bytes.
/// Errors  Refused, naming `what` takes them, when they do not fit.
ExecutionOptions beside(double held, const std::string& what, ExecutionOptions execution);

/// Bytes of a picture's samples, alpha among them.
double bytes_of(const Image& image);

}  // namespace tessera::pipeline
