// SPDX-License-Identifier: MIT
#include "pipeline/denoise/denoise_request.h"

#include <doctest/doctest.h>

#include "support/error_code.h"
#include "support/golden_model.h"

using namespace tessera;
using pipeline::NoiseLevel;

namespace {

std::string warning_of(const char* range, double sigma) {
  return pipeline::range_warning(test::golden_model_with_range("mixture_noise_18x22", range),
                                 NoiseLevel::constant(sigma));
}

}  // namespace

TEST_SUITE("pipeline/denoise_request") {
  TEST_CASE("a model for one level serves levels up to a tenth away, and no others") {
    for (const double sigma : {18.1, 20.0, 21.9}) CHECK(warning_of("[20,20]", sigma).empty());
    for (const double sigma : {17.9, 22.1})
      CHECK(test::mentions(warning_of("[20,20]", sigma), "(20 only)"));
  }

  TEST_CASE("a model for a range serves its ends, and nothing beyond them") {
    for (const double sigma : {5.0, 20.0, 50.0}) CHECK(warning_of("[5,50]", sigma).empty());
    for (const double sigma : {4.9, 50.1})
      CHECK(test::mentions(warning_of("[5,50]", sigma), "(5 to 50)"));
  }
}
