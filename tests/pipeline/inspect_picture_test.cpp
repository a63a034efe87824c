// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <cmath>

#include "base/threads/threads_inside.h"
#include "support/error_code.h"
#include "support/golden_model.h"
#include "support/pictures.h"
#include "tessera/inspect.h"

using namespace tessera;

TEST_SUITE("pipeline/inspect_picture") {
  TEST_CASE("the caller's threads inside are as they were, however an inspection ends") {
    const Model model = test::golden_model("mixture_noise_18x22");
    const Image picture = test::random_picture(24, 20, 3, SampleType::F32, 4);
    const base::ThreadsInsideScope scope(2);
    PictureInspectionOptions options{.sigma_8bit = 25.0, .probes = 1, .threads = 3};
    CHECK_FALSE(inspect_picture(model, picture, nullptr, nullptr, options).pictures.empty());
    CHECK(base::threads_inside() == 2);
    options.points = {{-1, 0}};
    CHECK(test::code_of([&] { inspect_picture(model, picture, nullptr, nullptr, options); }) ==
          ErrorCode::InvalidArgument);
    CHECK(base::threads_inside() == 2);
  }

  TEST_CASE("a noise level that is none is refused as such") {
    const Model model = test::golden_model("mixture_noise_18x22");
    const Image picture = test::random_picture(24, 20, 3, SampleType::F32, 4);
    for (const double sigma : {std::nan(""), -1.0, 256.0})
      CHECK(test::code_of([&] {
              inspect_picture(model, picture, nullptr, nullptr, {.sigma_8bit = sigma});
            }) == ErrorCode::InvalidArgument);
  }
}
