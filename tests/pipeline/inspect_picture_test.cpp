// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

#include "base/threads/threads_inside.h"
#include "support/error_code.h"
#include "support/golden_model.h"
#include "support/pictures.h"
#include "tessera/inspect.h"

using namespace tessera;

namespace {

Image cut_out(const Image& picture, int top, int left, int height, int width) {
  Image part(width, height, picture.channels(), SampleType::F32);
  for (int y = 0; y < height; ++y)
    std::copy_n(picture.colour_row<float>(top + y) + left * picture.channels(),
                width * picture.channels(), part.colour_row<float>(y));
  return part;
}

/// What an inspection has drawn of the image graph around a point; its caption names the place.
const NamedPicture& drawn_around(const PictureInspection& inspection, const std::string& place) {
  const auto found = std::find_if(inspection.pictures.begin(), inspection.pictures.end(),
                                  [&](const NamedPicture& picture) {
                                    return picture.name.starts_with("image_graph-head0-edges-") &&
                                           picture.caption.ends_with("at " + place);
                                  });
  REQUIRE(found != inspection.pictures.end());
  return *found;
}

}  // namespace

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

  TEST_CASE(
      "the middle of a picture that is not square is looked at as the picture cut out there") {
    const Model model = test::golden_model("mixture_noise_18x22");
    const Image picture = test::random_picture(60, 44, 3, SampleType::F32, 4);
    PictureInspectionOptions options{
        .crop = 20, .points = {{{14, 35}}}, .sigma_8bit = 25.0, .probes = 1};
    const PictureInspection middle = inspect_picture(model, picture, nullptr, nullptr, options);
    options.points = {{{2, 15}}};
    const PictureInspection alone =
        inspect_picture(model, cut_out(picture, 12, 20, 20, 20), nullptr, nullptr, options);

    auto found = nlohmann::json::parse(middle.json), expected = nlohmann::json::parse(alone.json);
    CHECK(found["settings"]["top"] == 12);
    CHECK(found["settings"]["left"] == 20);
    CHECK(found["influences"][0]["point"] == "14,35");
    CHECK(found["influences"][0]["y"] == 14);
    CHECK(found["influences"][0]["x"] == 35);
    CHECK(expected["influences"][0]["y"] == 2);
    CHECK(expected["influences"][0]["x"] == 15);
    for (const char* place : {"point", "y", "x"}) {
      found["influences"][0].erase(place);
      expected["influences"][0].erase(place);
    }
    CHECK(found["influences"] == expected["influences"]);
    CHECK(found["network"] == expected["network"]);
    CHECK(test::same_pixels(drawn_around(middle, "row 14, column 35").image,
                            drawn_around(alone, "row 2, column 15").image));
  }

  TEST_CASE("a point outside the middle is refused with the rows and columns that are looked at") {
    const Model model = test::golden_model("mixture_noise_18x22");
    const Image picture = test::random_picture(60, 44, 3, SampleType::F32, 4);
    for (const auto& point : {std::pair{11, 30}, {32, 30}, {25, 19}, {25, 40}})
      CHECK_THROWS_WITH_AS(
          inspect_picture(model, picture, nullptr, nullptr,
                          {.crop = 20, .points = {{point}}, .sigma_8bit = 25.0, .probes = 1}),
          doctest::Contains("rows 12 to 31, columns 20 to 39"), Error);
  }

  TEST_CASE("telling points of the middle come back in the picture's own coordinates") {
    const Model model = test::golden_model("mixture_noise_18x22");
    const Image picture = test::random_picture(72, 52, 3, SampleType::F32, 4);
    const PictureInspectionOptions options{.crop = 44, .sigma_8bit = 25.0, .probes = 1};
    const auto middle = nlohmann::json::parse(
        inspect_picture(model, picture, nullptr, nullptr, options).json)["influences"];
    const auto alone = nlohmann::json::parse(
        inspect_picture(model, cut_out(picture, 4, 14, 44, 44), nullptr, nullptr, options)
            .json)["influences"];
    REQUIRE(middle.size() == alone.size());
    REQUIRE(middle.size() >= 1);
    for (std::size_t i = 0; i < middle.size(); ++i) {
      CHECK(middle[i]["y"] == alone[i]["y"].get<int>() + 4);
      CHECK(middle[i]["x"] == alone[i]["x"].get<int>() + 14);
      CHECK(middle[i]["total"] == alone[i]["total"]);
    }
  }

  TEST_CASE("edges are drawn around their point: one pixel further they are moved by one pixel") {
    const Model model = test::golden_model("mixture_noise_18x22");
    const Image picture = test::random_picture(60, 44, 3, SampleType::F32, 4);
    const PictureInspection inspection = inspect_picture(
        model, picture, nullptr, nullptr,
        {.crop = 0, .points = {{{20, 35}, {21, 35}, {20, 36}}}, .sigma_8bit = 25.0, .probes = 1});
    const Image& here = drawn_around(inspection, "row 20, column 35").image;
    const Image& below = drawn_around(inspection, "row 21, column 35").image;
    const Image& right = drawn_around(inspection, "row 20, column 36").image;
    // Three cells of four pixels for each pixel.
    const int step = 12;
    REQUIRE(here.height() == 33 * step);
    REQUIRE(here.width() == 33 * step);
    bool same = true;
    for (int y = 0; y < here.height() - step; ++y)
      for (int i = 0; i < 3 * (here.width() - step); ++i) {
        same &= below.colour_row<std::uint8_t>(y)[i] == here.colour_row<std::uint8_t>(y + step)[i];
        same &=
            right.colour_row<std::uint8_t>(y)[i] == here.colour_row<std::uint8_t>(y)[i + 3 * step];
      }
    CHECK(same);
    CHECK_FALSE(test::same_pixels(here, below));
    CHECK_FALSE(test::same_pixels(here, right));
  }
}
