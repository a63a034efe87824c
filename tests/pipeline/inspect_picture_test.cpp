// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <cmath>
#include <limits>

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
    for (const int row : {-1, std::numeric_limits<int>::min(), std::numeric_limits<int>::max()}) {
      options.points = {{row, 0}};
      CHECK(test::code_of([&] { inspect_picture(model, picture, nullptr, nullptr, options); }) ==
            ErrorCode::InvalidArgument);
    }
    CHECK(base::threads_inside() == 2);
  }

  TEST_CASE("of a result that is not finite the numbers are told and nothing is drawn") {
    const std::string architecture =
        R"({"name":"conv_net","version":1,"observation":"noise","channels":1,"skip":"add",
            "layers":[{"out":1,"kernel":1},{"out":1,"kernel":1}]})";
    std::vector<NamedTensor> tensors;
    for (const std::string layer : {"layers.0", "layers.1"}) {
      tensors.push_back({layer + ".weight", {1, 1, 1, 1}, {3e38F}});
      tensors.push_back({layer + ".bias", {1}, {0.0F}});
    }
    const Model model = test::model_from(
        tensors, {{"tessera.architecture", architecture}, {"tessera.task", "denoise"}});
    const Image picture = test::random_picture(24, 20, 1, SampleType::F32, 4);
    const PictureInspection inspection = inspect_picture(
        model, picture, nullptr, nullptr, {.sigma_8bit = 25.0, .probes = 1, .threads = 1});
    CHECK(test::mentions(inspection.json, "\"finite\": false"));
    CHECK(inspection.pictures.empty());
    REQUIRE_FALSE(inspection.notes.empty());
    CHECK(test::mentions(inspection.notes.back(), "not finite"));
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
