// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include "model/network.h"
#include "random_checkpoint.h"

namespace {

using namespace tessera;

/// Parameters of a network that make_network accepts: nothing missing, nothing left over.
std::int64_t parameter_count(model::GraphPrior prior, model::ObservationKind kind, int channels) {
  const model::UnrolledGraphSpec spec{prior, kind, channels, 5, 5, 10, 4, 12, 48};
  const auto tensors = test::unrolled_tensors(spec, 1);
  const auto checkpoint = test::checkpoint_of(tensors, test::architecture_json(spec));
  CHECK(model::make_network(checkpoint, Precision::F32)->channels() == channels);
  std::int64_t count = 0;
  for (const auto& tensor : tensors) count += static_cast<std::int64_t>(tensor.values.size());
  return count;
}

using model::GraphPrior;
using model::ObservationKind;

}  // namespace

TEST_SUITE("model/parameter_count") {
  TEST_CASE("the reference networks have the parameter counts of the paper") {
    CHECK(parameter_count(GraphPrior::Glr, ObservationKind::Bayer, 3) == 323'410);
    CHECK(parameter_count(GraphPrior::Gtv, ObservationKind::Bayer, 3) == 323'435);
    CHECK(parameter_count(GraphPrior::Glr, ObservationKind::Decimation2, 1) == 319'090);
    CHECK(parameter_count(GraphPrior::Gtv, ObservationKind::Decimation2, 1) == 319'115);
  }
}
