// SPDX-License-Identifier: MIT
#pragma once

#include <functional>

#include "tessera/evaluate.h"

namespace tessera::pipeline {

/// Runs `work` and measures it. The peak of memory is that of the whole process during `work`,
/// after memory that nobody uses was given back; 0 where the system does not tell.
RunCost measure_cost(const std::function<void()>& work);

}  // namespace tessera::pipeline
