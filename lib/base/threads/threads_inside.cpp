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

ThreadsInsideScope::ThreadsInsideScope(int threads)
    : outer_(inside), outer_openmp_(omp_get_max_threads()) {
  set_threads_inside(threads);
}

ThreadsInsideScope::~ThreadsInsideScope() {
  inside = outer_;
  omp_set_num_threads(outer_openmp_);
}

}  // namespace tessera::base
