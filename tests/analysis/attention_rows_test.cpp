// SPDX-License-Identifier: MIT
#include "analysis/graphs/attention_rows.h"

#include <doctest/doctest.h>

#include <cmath>
#include <cstdint>

#include "model/blocks/pixel_windows.h"
#include "planes.h"
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
      const auto heads =
          analysis::attention_heads(record_of(8, 12, shift, 2, kEqual), Tensor(1, 8, 12), 1);
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
    const auto heads = analysis::attention_heads(record, Tensor(1, 7, 9), 1);
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

  TEST_CASE("weights made from colours are found to be that, in windows inside the map alone") {
    const Tensor picture = test::smooth_planes({3, 24, 30}, 5, 3);
    const double h = 0.07;
    auto record = record_of(24, 30, 2, 1, kEqual);
    std::int64_t inside = 0;
    for (auto& [window, rows] : record.windows) {
      if (window.top < 0 || window.left < 0 || window.top + kSize > 24 || window.left + kSize > 30)
        continue;
      inside += kPixels;
      for (int q = 0; q < kPixels; ++q) {
        float sum = 0.0F;
        for (int k = 0; k < kPixels; ++k)
          sum += rows(0, q, k) = static_cast<float>(std::exp(
              -0.5 / (h * h) *
              analysis::colour_distance(picture, window.top + q / kSize, window.left + q % kSize,
                                        window.top + k / kSize, window.left + k % kSize)));
        for (int k = 0; k < kPixels; ++k) rows(0, q, k) /= sum;
      }
    }
    const auto kernel = analysis::attention_heads(record, picture, 1).front().similarity;
    CHECK(kernel.pixels == inside);
    CHECK(kernel.h == doctest::Approx(h).epsilon(1e-3));
    CHECK(kernel.centred == doctest::Approx(1.0).epsilon(1e-4));
    CHECK(kernel.left < 1e-5);
    CHECK(kernel.centred_null < 0.9);
  }

  TEST_CASE("looking at oneself is like colour similarity, and the null value says so") {
    const Tensor picture = test::random_tensor({3, 16, 16}, 4);
    const auto kernel =
        analysis::attention_heads(record_of(16, 16, 0, 1, kSelf), picture, 1).front().similarity;
    CHECK(kernel.centred > 0.95);
    CHECK(kernel.centred_null > 0.95);
    const auto equal =
        analysis::attention_heads(record_of(16, 16, 0, 1, kEqual), picture, 1).front().similarity;
    CHECK(equal.uniform);
    const auto cut = analysis::attention_heads(record_of(3, 3, 0, 1, kEqual), Tensor(1, 3, 3), 1);
    CHECK(cut.front().similarity.pixels == 0);
  }
}
