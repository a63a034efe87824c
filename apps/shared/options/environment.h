// SPDX-License-Identifier: MIT
#pragma once

#include "tessera/execution.h"

namespace tessera::cli {

/// Without -j, OMP_NUM_THREADS says how many threads.
void apply_environment(ExecutionOptions& execution);

}  // namespace tessera::cli
