// SPDX-License-Identifier: MIT
#include "model/training_form/fold_check.h"

#include <doctest/doctest.h>

#include <cmath>
#include <map>

#include "random_block.h"

namespace {

using namespace tessera;
using model::AffineConv;

const model::Place kPlace{"p", 6, 6};

model::TrainingBlock block_of(const std::string& text, std::uint64_t seed) {
  std::vector<std::string> faults;
  auto block = test::random_block(text, kPlace, seed, faults);
  CHECK(faults.empty());
  return block;
}

AffineConv fold_of(const std::string& text, std::uint64_t seed) {
  return without_groups(widened(block_of(text, seed).folded(), 3, 3));
}

/// The check of a wrong fold: how large the error is among border pixels and inside.
model::FoldCheck failed_check(const model::TrainingBlock& block, const AffineConv& wrong) {
  const model::FoldCheck check = check_fold(block, wrong);
  CHECK_FALSE(check.passed);
  CHECK(check.relative_single > 1e-4);
  return check;
}

}  // namespace

TEST_SUITE("model/fold_check") {
  TEST_CASE("right folds pass, in double and in fp32, whole and in tiles") {
    for (const char* text :
         {R"({"kind":"dbb","gate":"asr-se"})", R"({"kind":"ecb","padding":"zero"})",
          R"({"kind":"rep_vgg","gates":["asr-eca","srm"]})", R"({"kind":"rrrb"})"}) {
      CAPTURE(text);
      const model::FoldCheck check = check_fold(block_of(text, 1), fold_of(text, 1));
      CHECK(check.passed);
      CHECK(check.relative_double <= 1e-10);
      CHECK(check.relative_single <= 1e-5);
      CHECK(check.border > 0.0);
      CHECK(check.interior > 0.0);
    }
  }

  TEST_CASE("a gate that scales the kernel but not the bias fails") {
    const std::string text = R"({"kind":"conv_bn","gate":"asr-se"})";
    AffineConv wrong = fold_of(text, 2);
    wrong.bias = fold_of(R"({"kind":"conv_bn"})", 2).bias;
    failed_check(block_of(text, 2), wrong);
  }

  TEST_CASE("a bias that is not scaled by the batch normalisation fails") {
    const std::string text = R"({"kind":"conv_bn"})";
    std::vector<std::string> faults;
    const auto spec = model::block_spec_from_json(nlohmann::json::parse(text), kPlace, faults);
    std::map<std::string, std::vector<float>> values;
    for (const auto& tensor : test::RandomBlock(spec, kPlace.name, 3).tensors)
      values[tensor.name] = tensor.values;
    const auto value = [&](const std::string& name, int o) -> double {
      return values.at("p.dense." + name)[o];
    };
    AffineConv wrong = fold_of(text, 3);
    for (int o = 0; o < 6; ++o)
      wrong.bias[o] = value("conv.bias", o) + value("bn.bias", o) -
                      value("bn.running_mean", o) * value("bn.weight", o) /
                          std::sqrt(value("bn.running_var", o) + 1e-5);
    failed_check(block_of(text, 3), wrong);
  }

  TEST_CASE("another epsilon fails") {
    failed_check(block_of(R"({"kind":"rep_vgg"})", 4),
                 fold_of(R"({"kind":"rep_vgg","epsilon":1e-3})", 4));
  }

  TEST_CASE("one bias where zero padding needs nine fails at the border alone") {
    const model::FoldCheck check = failed_check(block_of(R"({"kind":"ecb","padding":"zero"})", 5),
                                                fold_of(R"({"kind":"ecb"})", 5));
    CHECK(check.border > 1e-2);
    CHECK(check.interior < 1e-5);
  }

  TEST_CASE("an average pool that divides by the pixels inside fails at the border alone") {
    // The pool's 1/9 in every tap is right inside; leaving padding out needs 1/4 in a corner.
    const auto block = block_of(R"({"kind":"branches","padding":"zero","branches":{
        "a":[{"op":"average_pool"},{"op":"conv","height":1}]}})",
                                6);
    AffineConv right = without_groups(block.folded());
    CHECK(check_fold(block, right).passed);
    // Excluding padding, constant pictures lose nothing at the border: a bias there stands for it.
    AffineConv wrong = right;
    wrong.border_bias.assign(wrong.weights.size() / wrong.in, 0.0);
    for (int o = 0; o < wrong.out; ++o)
      for (int t = 0; t < 9; ++t) {
        double lost = 0.0;
        for (int i = 0; i < wrong.in; ++i) lost += wrong.weight(o, i, t / 3, t % 3);
        wrong.border_bias[9 * o + t] = -0.5 * lost;
        wrong.bias[o] += 0.5 * lost;
      }
    const model::FoldCheck check = failed_check(block, wrong);
    CHECK(check.border > 1e-2);
    CHECK(check.interior < 1e-5);
  }

  TEST_CASE("factors folded in front of a live gate that stood behind it fail") {
    // The live gate would pool features that are scaled already.
    const auto live = block_of(R"({"kind":"conv_bn","gate":"se"})", 7);
    AffineConv halved = live.folded();
    const std::vector<double> half(6, 0.5), twice(6, 2.0);
    halved = scale_outputs(halved, half);
    failed_check(live, halved);
  }

  TEST_CASE("a value that is not a number fails") {
    const std::string text = R"({"kind":"conv"})";
    AffineConv wrong = fold_of(text, 8);
    wrong.weights[3] = std::nan("");
    CHECK_FALSE(check_fold(block_of(text, 8), wrong).passed);
  }
}
