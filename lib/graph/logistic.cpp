// SPDX-License-Identifier: MIT
#include "graph/logistic.h"

#include <algorithm>

#include "base/assertion.h"
#include "graph/kernels/exponential.h"

namespace tessera::graph {
namespace {

/// exp(-40) is 4e-18: nothing beside 1 in single precision, and as good as 0 by itself.
constexpr float kFarthest = 40.0F;

// Both halves from exp(-|x|), which cannot overflow.
template <int N>
[[gnu::always_inline]] inline void values_at(const float* logits, float limit, float* values) {
  const Float<N> x = load<N>(logits), far = broadcast<N>(kFarthest), zero = broadcast<N>(0.0F);
  const Float<N> size = x < zero ? -x : x;
  const Float<N> e = exp_of_negative<N>(size < far ? size : far);
  store<N>(values, limit * ((x < zero ? e : broadcast<N>(1.0F)) / (1.0F + e)));
}

template <int N>
[[gnu::always_inline]] inline void all_values(std::span<const float> logits,
                                              float limit,
                                              float* values) {
  std::size_t i = 0;
  for (; i + N <= logits.size(); i += N) values_at<N>(logits.data() + i, limit, values + i);
  if (i == logits.size()) return;
  // The last few go through a whole vector, so that they round as all others do.
  float last[N] = {};
  std::copy(logits.begin() + static_cast<std::ptrdiff_t>(i), logits.end(), last);
  values_at<N>(last, limit, last);
  std::copy_n(last, logits.size() - i, values + i);
}

TESSERA_TARGET_16 void all_16(std::span<const float> logits, float limit, float* values) {
  all_values<16>(logits, limit, values);
}
TESSERA_TARGET_8 void all_8(std::span<const float> logits, float limit, float* values) {
  all_values<8>(logits, limit, values);
}
void all_4(std::span<const float> logits, float limit, float* values) {
  all_values<4>(logits, limit, values);
}

}  // namespace

void logistic(std::span<const float> logits, float limit, std::span<float> values) {
  TESSERA_ASSERT(logits.size() == values.size());
  static const int lanes = vector_lanes();
  if (lanes >= 16) return all_16(logits, limit, values.data());
  if (lanes >= 8) return all_8(logits, limit, values.data());
  all_4(logits, limit, values.data());
}

}  // namespace tessera::graph
