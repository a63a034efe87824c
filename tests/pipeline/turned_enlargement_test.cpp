// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <algorithm>

#include "support/golden_model.h"
#include "support/pictures.h"
#include "tessera/interpolate.h"

using namespace tessera;

namespace {

constexpr int kWidth = 9, kHeight = 7;

InterpolateOptions enlarging(int scale, bool turns) {
  return {.missing = MissingPixels::UpscaleGrid,
          .scale = scale,
          .self_ensemble = turns,
          .execution = {.threads = 1, .max_memory = std::int64_t{1} << 30}};
}

InterpolateOptions bilinear(int scale, bool turns) {
  InterpolateOptions options = enlarging(scale, turns);
  options.method = ClassicalMethod::Bilinear;
  return options;
}

/// The same grey picture with alpha, visible everywhere.
Image with_opaque_alpha(const Image& picture) {
  Image result(picture.width(), picture.height(), 1, picture.type(), true);
  const int pixels = picture.width() * picture.height();
  std::copy_n(picture.colour_row<float>(0), pixels, result.colour_row<float>(0));
  std::fill_n(result.alpha_row<float>(0), pixels, 1.0F);
  return result;
}

/// Visible where is_visible(y, x); there the colours are of one seed, elsewhere of `hidden_seed`.
template <typename Question>
Image partly_visible(const Question& is_visible, std::uint64_t hidden_seed) {
  const Image seen = test::random_picture(kWidth, kHeight, 3, SampleType::F32, 6);
  Image picture = test::random_picture(kWidth, kHeight, 3, SampleType::F32, hidden_seed, true);
  for (int y = 0; y < kHeight; ++y)
    for (int x = 0; x < kWidth; ++x) {
      picture.alpha_row<float>(y)[x] = is_visible(y, x) ? 1.0F : 0.0F;
      if (is_visible(y, x))
        std::copy_n(seen.colour_row<float>(y) + 3 * x, 3, picture.colour_row<float>(y) + 3 * x);
    }
  return picture;
}

/// Whether two pictures agree in every bit wherever the first one is visible.
bool same_where_visible(const Image& a, const Image& b) {
  for (int y = 0; y < a.height(); ++y)
    for (int x = 0; x < a.width(); ++x)
      for (int c = 0; c < 3 && a.alpha_row<float>(y)[x] != 0.0F; ++c)
        if (a.colour_row<float>(y)[3 * x + c] != b.colour_row<float>(y)[3 * x + c]) return false;
  return true;
}

/// Enlargements, with and without turns, of two pictures that differ in hidden colours alone are
/// the same to see.
template <typename Question>
void check_hidden_colours(const Model* model, const Question& is_visible) {
  const Image clean = partly_visible(is_visible, 7), dirty = partly_visible(is_visible, 8);
  for (const int scale : {2, 4})
    for (const bool turns : {false, true}) {
      CAPTURE(scale);
      CAPTURE(turns);
      const InterpolateOptions options = model ? enlarging(scale, turns) : bilinear(scale, turns);
      CHECK(same_where_visible(interpolate(clean, nullptr, model, options),
                               interpolate(dirty, nullptr, model, options)));
    }
}

}  // namespace

TEST_SUITE("pipeline/turned_enlargement") {
  TEST_CASE("a ramp's enlargement is the ramp, and so is the mean over its turns") {
    Image ramp(kWidth, kHeight, 1, SampleType::F32);
    const auto level = [](double y, double x) { return 0.1 + 0.06 * x + 0.04 * y; };
    for (int y = 0; y < kHeight; ++y)
      for (int x = 0; x < kWidth; ++x)
        ramp.colour_row<float>(y)[x] = static_cast<float>(level(y, x));
    for (const int scale : {2, 4})
      for (const bool turns : {false, true}) {
        CAPTURE(scale);
        CAPTURE(turns);
        const Image large = interpolate(ramp, nullptr, nullptr, bilinear(scale, turns));
        double worst = 0.0;
        // Beyond the last measured row and column nothing says how the ramp goes on.
        for (int y = 0; y <= scale * (kHeight - 1); ++y)
          for (int x = 0; x <= scale * (kWidth - 1); ++x)
            worst = std::max(worst, std::abs(large.colour_row<float>(y)[x] -
                                             level(1.0 * y / scale, 1.0 * x / scale)));
        // Floats of eight turns, summed.
        CHECK(worst < 1e-6);
      }
  }

  TEST_CASE("alpha that hides nothing changes no colour of an enlargement, turned or not") {
    const Image plain = test::random_picture(kWidth, kHeight, 1, SampleType::F32, 9);
    const Image opaque = with_opaque_alpha(plain);
    for (const int scale : {2, 4})
      for (const bool turns : {false, true}) {
        CAPTURE(scale);
        CAPTURE(turns);
        const InterpolateOptions options = bilinear(scale, turns);
        CHECK(test::max_difference(interpolate(plain, nullptr, nullptr, options),
                                   interpolate(opaque, nullptr, nullptr, options)) == 0.0);
      }
  }

  TEST_CASE("colours under alpha 0 bleed into no enlargement, of one pass or two, turned or not") {
    const Model model = test::golden_model("mixture_decimation2_18x22");
    for (const Model* network : {&model, static_cast<const Model*>(nullptr)}) {
      check_hidden_colours(network, [](int y, int x) { return x + y < 7; });
      check_hidden_colours(network, [](int y, int x) { return x + y > 7; });
      // Only the last column or row is hidden, which turns repeat.
      check_hidden_colours(network, [](int, int x) { return x != kWidth - 1; });
      check_hidden_colours(network, [](int y, int) { return y != kHeight - 1; });
    }
  }
}
