// SPDX-License-Identifier: MIT
#pragma once

#include "nn/vectors/vectors.h"

namespace tessera::nn {
namespace {

/// Whatever every processor of the architecture has: a vector is several of its own.
struct Baseline {
  using Vector [[gnu::vector_size(32)]] = float;
  static constexpr int kRows = 6, kMaxGroup = 1;  // 12 sums in the 16 registers of SSE
};

}  // namespace
}  // namespace tessera::nn
