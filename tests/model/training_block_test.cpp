// SPDX-License-Identifier: MIT
#include "model/training_form/training_block.h"

#include <doctest/doctest.h>

#include "checkpoint/safetensors.h"
#include "nn/conv2d.h"
#include "random_block.h"
#include "support/error_code.h"
#include "tessera/error.h"

namespace {

using namespace tessera;
using model::AffineConv;
using model::Planes;
using test::awkward_sizes;
using test::relative_error;

constexpr double kDoubleTolerance = 1e-10, kFloatTolerance = 1e-5;
const model::Place kSquare{"layers.2", 6, 6}, kWider{"layers.2", 4, 6};

/// Every published block, gates of every kind, after batch normalisation and after a bare
/// convolution, several in a row, on branches and inside.
const std::vector<std::string>& descriptions() {
  static const std::vector<std::string> all{
      R"({"kind":"conv"})",
      R"({"kind":"conv_bn"})",
      R"({"kind":"conv_bn","epsilon":1e-4,"gate":"asr-se"})",
      R"({"kind":"rep_vgg"})",
      R"({"kind":"rep_vgg","bias":false,"gate":"asr-eca"})",
      R"({"kind":"acb"})",
      R"({"kind":"acb","branch_gates":{"row":"asr-ie","column":["asr-srm","asr-eca"]}})",
      R"({"kind":"dbb"})",
      R"({"kind":"dbb","gate":"asr-cbam","branch_gates":{"sequence":"asr-se"}})",
      R"({"kind":"ecb"})",
      R"({"kind":"ecb","identity":false,"expand":3})",
      R"({"kind":"ecb","gates":[{"kind":"asr-se","hidden":3},{"kind":"asr-eca","taps":5}]})",
      R"({"kind":"rrrb"})",
      R"({"kind":"rrrb","inner_gates":[{"kind":"asr-se","hidden":3,"activation":"silu","bias":false}]})",
      R"({"kind":"conv","gates":["asr-se","asr-ie","asr-srm","asr-eca","asr-cbam"]})",
      R"({"kind":"branches","branches":{
          "a":[{"op":"conv","height":3,"width":1,"groups":2},{"op":"batch_norm"},{"op":"conv","height":1,"out":6}],
          "b":[{"op":"conv","height":1,"out":6},{"op":"stencil_mixture"},{"op":"gate","kind":"asr-se"}],
          "c":[{"op":"batch_norm"},{"op":"conv","height":1,"out":6},{"op":"laplacian"}],
          "d":[{"op":"residual","ops":[{"op":"conv","height":3,"dilation":1}]},{"op":"conv","height":1,"out":6}]}})",
  };
  return all;
}

std::string with_padding(std::string text, const std::string& padding) {
  return text.insert(1, R"("padding":")" + padding + R"(",)");
}

/// max |difference| / max |expected| of the folded block as the runtime computes it in fp32.
double float_error(const AffineConv& conv, const Planes& x, const Planes& expected) {
  const std::vector<float> weights(conv.weights.begin(), conv.weights.end()),
      bias(conv.bias.begin(), conv.bias.end());
  const nn::Conv2d layer({.in_channels = conv.in, .out_channels = conv.out, .kernel = conv.height},
                         weights, bias);
  Tensor in(x.shape);
  std::copy(x.values.begin(), x.values.end(), in.data());
  nn::FeatureMap given, result;
  given.assign(in);
  layer.forward(given, result);
  Tensor out(expected.shape);
  result.copy_to(out);
  Planes found(expected.shape);
  std::copy_n(out.data(), found.values.size(), found.values.begin());
  return relative_error(expected, found);
}

std::string all_of(const std::vector<std::string>& faults) {
  std::string text;
  for (const auto& fault : faults) text += fault + "\n";
  return text;
}

/// What is wrong with a description.
std::string faults_of(const std::string& text, const model::Place& place = kSquare) {
  std::vector<std::string> faults;
  model::block_spec_from_json(nlohmann::json::parse(text), place, faults);
  return all_of(faults);
}

model::TrainingBlock block_of(const std::string& text,
                              const model::Place& place,
                              std::uint64_t seed) {
  std::vector<std::string> faults;
  auto block = test::random_block(text, place, seed, faults);
  INFO(all_of(faults));
  CHECK(faults.empty());
  return block;
}

}  // namespace

TEST_SUITE("model/training_block") {
  TEST_CASE("every block folds to one convolution that computes the same, borders included") {
    std::uint64_t seed = 100;
    for (const std::string& description : descriptions())
      for (const char* padding : {"exact", "zero", "replicate", "reflect", "circular"})
        for (const model::Place& place : {kSquare, kWider}) {
          const std::string text = with_padding(description, padding);
          CAPTURE(text);
          const auto block = block_of(text, place, ++seed);
          const AffineConv folded = block.folded();
          CHECK((folded.border_bias.empty() || std::string(padding) == "zero"));
          test::RandomNumbers random(seed);
          for (const Shape size : awkward_sizes(place.in)) {
            const Planes x = random.planes(size), expected = block.evaluate(x);
            CHECK(relative_error(expected, convolved(folded, x)) <= kDoubleTolerance);
            if (std::string(padding) == "exact" && folded.groups == 1)
              CHECK(float_error(folded, x, expected) <= kFloatTolerance);
          }
        }
  }

  TEST_CASE("zero padding behind a biased 1x1 gives border biases, bias-free branches do not") {
    CHECK_FALSE(
        block_of(R"({"kind":"ecb","padding":"zero"})", kSquare, 1).folded().border_bias.empty());
    CHECK(block_of(R"({"kind":"acb","padding":"zero"})", kSquare, 2).folded().border_bias.empty());
  }

  TEST_CASE("a place with dilation keeps it") {
    model::Place place = kSquare;
    place.dilation = 2;
    for (const char* text : {R"({"kind":"rep_vgg"})", R"({"kind":"dbb","padding":"zero"})"}) {
      CAPTURE(text);
      const auto block = block_of(text, place, 7);
      test::RandomNumbers random(7);
      for (const Shape size : awkward_sizes(place.in)) {
        const Planes x = random.planes(size);
        CHECK(relative_error(block.evaluate(x), convolved(block.folded(), x)) <= kDoubleTolerance);
      }
    }
  }

  TEST_CASE("of branches in any order a dilated one keeps its dilation beside a pointwise one") {
    const std::string wide = R"([{"op":"conv","dilation":2}])",
                      narrow = R"([{"op":"conv","height":1}])";
    for (const auto& [first, second] : {std::pair{wide, narrow}, {narrow, wide}}) {
      const auto block =
          block_of(R"({"kind":"branches","branches":{"a":)" + first + R"(,"b":)" + second + "}}",
                   kSquare, 8);
      CHECK(block.folded().height == 3);
      CHECK(block.folded().dilation == 2);
    }
  }

  TEST_CASE("parameters and arithmetic of published blocks are as published") {
    const auto cost = [](const char* kind, int channels) {
      const auto block =
          block_of(std::string(R"({"kind":")") + kind + "\"}", {"p", channels, channels}, 3);
      return std::pair{block.parameters(),
                       static_cast<double>(block.macs()) / (9.0 * channels * channels)};
    };
    CHECK(cost("ecb", 16).first == 8400);
    CHECK(cost("ecb", 64).first == 131904);
    CHECK(cost("conv", 64).first == 36928);
    CHECK(cost("rep_vgg", 16).second == doctest::Approx(1.11).epsilon(0.005));
    CHECK(cost("acb", 16).second == doctest::Approx(1.67).epsilon(0.005));
    CHECK(cost("dbb", 16).second == doctest::Approx(2.40).epsilon(0.005));
    CHECK(cost("ecb", 16).second == doctest::Approx(3.74).epsilon(0.005));
    CHECK(cost("rrrb", 16).second == doctest::Approx(4.44).epsilon(0.005));
  }

  TEST_CASE("a live gate behind the sum stays, and sees what it saw in training") {
    for (const char* kind : {"se", "eca", "ie", "srm", "cbam"}) {
      CAPTURE(kind);
      auto block = block_of(std::string(R"({"kind":"rep_vgg","gates":["asr-se",")") + kind + "\"]}",
                            kSquare, 11);
      REQUIRE(block.trailing_gates().size() == 1);
      const model::ChannelGate& live = *block.trailing_gates().front();
      test::RandomNumbers random(11);
      for (const Shape size : awkward_sizes(kSquare.in)) {
        const Planes x = random.planes(size);
        Planes found = convolved(block.folded(), x);
        const std::vector<double> factors = live.factors(found);
        for (std::size_t k = 0; k < found.values.size(); ++k)
          found.values[k] *= factors[k / size.plane()];
        CHECK(relative_error(block.evaluate(x), found) <= kDoubleTolerance);
      }
    }
  }

  TEST_CASE("a learned gate behind a live one cannot be folded: it would change what is pooled") {
    CHECK(test::mentions(faults_of(R"({"kind":"conv_bn","gates":["se","asr-se"]})"),
                         "layers.2: not foldable: asr-se behind a live gate"));
    // The wrong fold: scale first, then pool.
    auto right = block_of(R"({"kind":"conv_bn","gates":["se"]})", kSquare, 12);
    const model::ChannelGate& live = *right.trailing_gates().front();
    test::RandomNumbers random(12);
    const Planes x = random.planes({6, 9, 7}), expected = right.evaluate(x);
    const std::vector<double> half(6, 0.5);
    Planes wrong = convolved(scale_outputs(right.folded(), half), x);
    const std::vector<double> factors = live.factors(wrong);
    for (std::size_t k = 0; k < wrong.values.size(); ++k)
      wrong.values[k] *= 2.0 * factors[k / wrong.shape.plane()];
    CHECK(relative_error(expected, wrong) > 1e-4);
  }

  TEST_CASE("a frozen gate folds like a learned one") {
    auto block =
        block_of(R"({"kind":"ecb","gates":["se"],"branch_gates":{"dense":"srm"}})", kSquare, 13);
    CHECK_THROWS_AS(block.folded(), Error);
    REQUIRE(block.live_gates().size() == 2);
    for (model::ChannelGate* gate : block.live_gates()) gate->freeze(std::vector<double>(6, 0.75));
    test::RandomNumbers random(13);
    const Planes x = random.planes({6, 5, 4});
    CHECK(relative_error(block.evaluate(x), convolved(block.folded(), x)) <= kDoubleTolerance);
  }

  TEST_CASE("epsilon and bias of a description of branches are those of its operations") {
    const auto spec_of = [](const std::string& text) {
      std::vector<std::string> faults;
      const auto spec = model::block_spec_from_json(nlohmann::json::parse(text), kSquare, faults);
      REQUIRE(faults.empty());
      return spec;
    };
    const auto spec = spec_of(R"({"kind":"branches","epsilon":1e-3,"bias":false,"branches":{
        "a":[{"op":"conv"},{"op":"batch_norm"}],
        "b":[{"op":"residual","ops":[{"op":"conv","bias":true},{"op":"batch_norm","epsilon":0.5}]}]}})");
    CHECK(spec.branches[0].ops[0].bias == false);
    CHECK(spec.branches[0].ops[1].epsilon == 1e-3);
    CHECK(spec.branches[1].ops[0].inner[0].bias == true);
    CHECK(spec.branches[1].ops[0].inner[1].epsilon == 0.5);
    const auto plain =
        spec_of(R"({"kind":"branches","branches":{"a":[{"op":"conv"},{"op":"batch_norm"}]}})");
    CHECK(plain.branches[0].ops[0].bias == true);
    CHECK(plain.branches[0].ops[1].epsilon == 1e-5);
  }

  TEST_CASE("operations that no convolution equals are refused by name, all at once") {
    const std::string text = faults_of(R"({"kind":"branches","branches":{
        "a":[{"op":"conv"},{"op":"relu"},{"op":"conv"}],
        "b":[{"op":"layer_norm"}],"c":[{"op":"spatial_attention"}],
        "d":[{"op":"conv","stride":2}],"e":[{"op":"average_pool","counts_padding":false}],
        "f":[{"op":"resize"}],"g":[{"op":"wobble"}],"h":[{"op":"gate","kind":"esa"}]}})");
    for (const char* part : {"relu", "layer_norm", "spatial_attention", "stride", "padding",
                             "resize", "wobble", "esa"})
      CHECK(test::mentions(text, part));
    CHECK(test::mentions(faults_of(R"({"kind":"unet"})"), "unet"));
    CHECK(test::mentions(faults_of(R"({"kind":"ecb","padding":"mirror"})"), "mirror"));
    CHECK(test::mentions(faults_of(R"({"kind":"ecb","expnad":2})"), "expnad"));
    for (const char* op :
         {R"("batch_norm","eps":0.5)", R"("average_pool","width":5)", R"("sobel_x","size":5)",
          R"("stencil_mixture","size":5)", R"("residual","operations":[])"}) {
      CAPTURE(op);
      CHECK(test::mentions(
          faults_of(std::string(R"({"kind":"branches","branches":{"a":[{"op":)") + op + "}]}}"),
          "unknown key"));
    }
    std::vector<std::string> faults;
    const auto two =
        test::random_block(R"({"kind":"branches","branches":{"a":[{"op":"conv"},{"op":"conv"}]}})",
                           kSquare, 5, faults);
    CHECK_THROWS_WITH_AS(two.folded(), doctest::Contains("3x3 after a 3x3"), Error);
  }

  TEST_CASE("kernels that a text claims and a file lacks take no memory") {
    const model::Place large{"layers.1", 4096, 4096};
    const auto text = R"({"kind":"branches","branches":{"a":[{"op":"conv","height":31}]}})";
    std::vector<std::string> faults;
    const auto spec = model::block_spec_from_json(nlohmann::json::parse(text), large, faults);
    REQUIRE(faults.empty());
    const auto empty = Checkpoint::from_bytes(checkpoint::safetensors_bytes({}, {}), "claims");
    const checkpoint::Weights weights(empty);
    CHECK(test::mentions(
        test::complaint_of([&] { model::TrainingBlock(spec, large.name, weights, faults); }),
        "(4096, 4096, 31, 31) is missing"));
  }

  TEST_CASE("statistics that were never measured are a fault") {
    std::vector<std::string> faults;
    const auto spec = model::block_spec_from_json(nlohmann::json::parse(R"({"kind":"conv_bn"})"),
                                                  kSquare, faults);
    auto tensors = test::RandomBlock(spec, kSquare.name, 6).tensors;
    for (auto& tensor : tensors)
      if (test::mentions(tensor.name, "running_var")) tensor.values[2] = -1.0F;
    for (const char* type : {"F32", "I64"})
      for (const float batches : {0.0F, 3.0F}) {
        auto counted = tensors;
        counted.push_back({"layers.2.dense.bn.num_batches_tracked", {}, {batches}, type});
        const Checkpoint checkpoint = test::checkpoint_of(counted, "{}");
        const checkpoint::Weights weights(checkpoint);
        faults.clear();
        model::TrainingBlock(spec, kSquare.name, weights.below(kSquare.name), faults);
        weights.require_all_good();
        CHECK(test::mentions(all_of(faults), "layers.2.dense.bn: a running variance of -1"));
        CHECK(test::mentions(all_of(faults),
                             "layers.2.dense.bn: its statistics were never measured") ==
              (batches == 0.0F));
      }
  }
}
