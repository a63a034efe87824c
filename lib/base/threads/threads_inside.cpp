// SPDX-License-Identifier: MIT
#include "base/threads/threads_inside.h"

#include <omp.h>

namespace tessera::base {
namespace {

thread_local int inside = 1;

}  // namespace

int threads_inside() { return inside; }

void set_threads_inside(int threads) {
  inside = threads;
  omp_set_num_threads(threads);
}

}  // namespace tessera::base
