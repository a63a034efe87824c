// SPDX-License-Identifier: MIT
#include "shared/options/environment.h"

#include <cstdlib>

#include "shared/options/number_text.h"
#include "tessera/error.h"

namespace tessera::cli {

void apply_environment(ExecutionOptions& execution) {
  const char* threads = std::getenv("OMP_NUM_THREADS");
  if (threads == nullptr || execution.threads > 0) return;
  try {
    execution.threads = threads_from_text(threads);
  } catch (const Error&) {
    execution.threads = 0;  // a list of nesting levels says nothing about us
  }
}

}  // namespace tessera::cli
