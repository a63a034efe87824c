// SPDX-License-Identifier: MIT
#include "analysis/attention_rows.h"

#include <doctest/doctest.h>

#include <cmath>

#include "model/pixel_windows.h"
#include "support/compare.h"

namespace {

using namespace tessera;

constexpr int kSize = 4, kPixels = kSize * kSize;

/// Windows over a map whose rows are weight(query, key), normalised over the keys inside.
template <typename Weight>
analysis::AttentionRecord record_of(
    int height, int width, int shift, int heads, const Weight& weight) {
  const model::PixelWindows windows(height, width, kSize, shift);
  analysis::AttentionRecord record{"layer", 2, {}};
  windows.for_each([&](Region window) {
    Tensor rows(heads, kPixels, kPixels), offset(1, 1, kPixels);
    windows.outside_offset(window, offset.view().flat());
    for (int g = 0; g < heads; ++g)
      for (int q = 0; q < kPixels; ++q) {
        float sum = 0.0F;
        for (int k = 0; k < kPixels; ++k)
          sum += rows(g, q, k) = offset(0, 0, k) == 0.0F ? weight(q, k) : 0.0F;
        for (int k = 0; k < kPixels && sum > 0.0F; ++k) rows(g, q, k) /= sum;
      }
    record.windows.push_back({window, std::move(rows)});
  });
  return record;
}

constexpr auto kEqual = [](int, int) { return 1.0F; };
constexpr auto kSelf = [](int q, int k) { return q == k ? 1.0F : 0.0F; };

}  // namespace

TEST_SUITE("analysis/attention_rows") {
  TEST_CASE("equal weights have entropy log K, K the keys inside the map") {
    for (const int shift : {0, 2}) {
      const auto heads = analysis::attention_heads(record_of(8, 12, shift, 2, kEqual), 8, 12);
      REQUIRE(heads.size() == 2);
      for (const auto& head : heads) {
        CHECK(head.entropy.mean == doctest::Approx(head.entropy_limit).epsilon(1e-5));
        CHECK(head.own == doctest::Approx(head.own_null).epsilon(1e-5));
      }
      if (shift == 0) CHECK(heads[0].entropy_limit == doctest::Approx(std::log(16.0)));
      if (shift != 0) CHECK(heads[0].entropy_limit < std::log(16.0));
    }
  }

  TEST_CASE("a pixel that looks at itself alone has entropy 0 and keeps its value") {
    const Tensor u = test::random_tensor({6, 7, 9}, 3);
    const auto record = record_of(7, 9, 2, 2, kSelf);
    const auto heads = analysis::attention_heads(record, 7, 9);
    CHECK(heads[0].entropy.mean == 0.0);
    CHECK(heads[0].own == 1.0);
    CHECK(test::max_difference(analysis::mean_over_attention(record, u), u) == 0.0);
  }

  TEST_CASE("equal weights give the mean of the window, a constant stays, whatever the heads") {
    const Tensor u = test::random_tensor({3, 8, 8}, 3);
    const Tensor constant = test::constant_tensor({3, 7, 9}, 0.25F);
    for (const int heads : {1, 2, 3}) {
      const Tensor mean = analysis::mean_over_attention(record_of(8, 8, 0, heads, kEqual), u);
      double sum = 0.0;
      for (int y = 4; y < 8; ++y)
        for (int x = 0; x < 4; ++x) sum += u(1, y, x);
      CHECK(mean(1, 5, 2) == doctest::Approx(sum / 16.0).epsilon(1e-5));
      const auto cut = record_of(7, 9, 2, heads, kEqual);
      CHECK(test::max_difference(analysis::mean_over_attention(cut, constant), constant) < 1e-6);
    }
  }
}
