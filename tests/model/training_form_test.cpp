// SPDX-License-Identifier: MIT
#include "model/training_form/training_form.h"

#include <doctest/doctest.h>

#include "checkpoint/safetensors.h"
#include "model/training_form/training_form_evaluate.h"
#include "random_block.h"
#include "support/error_code.h"
#include "tessera/error.h"

namespace {

using namespace tessera;

/// A small denoiser: two convolutions, of which `blocks` says what they were in training.
std::string denoiser(const std::string& blocks) {
  return R"({"name":"conv_net","version":1,"observation":"noise","channels":1,"noise_map":true,
            "skip":"subtract","layers":[{"out":6,"activation":"prelu"},{"out":6,"activation":"relu"},
            {"out":1}],"training_blocks":)" +
         blocks + "}";
}
const std::string kMixture = R"({"name":"graph_mixture_net","version":1,"observation":"bayer",
    "channels":3,"width":4,"blocks":1,"feature_graphs":[],"image_graph":null,"training_blocks":)";

/// Random tensors for an architecture with training blocks: those of the blocks, and plain ones.
std::vector<NamedTensor> tensors_for(const std::string& text, std::uint64_t seed) {
  auto architecture = nlohmann::json::parse(text);
  const auto blocks = architecture["training_blocks"];
  architecture.erase("training_blocks");
  const auto target = model::architecture_from_json(architecture.dump(), "test");
  const auto places = model::places_of(target);
  test::RandomTensors plain(seed);
  std::vector<NamedTensor> tensors;
  std::vector<std::string> faults;
  for (const model::Place& place : places.all) {
    const bool named = blocks.contains("places") && blocks["places"].contains(place.name);
    const bool standard =
        !blocks.contains("places") &&
        std::any_of(places.standard.begin(), places.standard.end(),
                    [&](const model::Place& each) { return each.name == place.name; });
    if (!named && !standard) {
      plain.add_conv(place.name, place.in, place.out, place.kernel);
      continue;
    }
    const auto spec =
        model::block_spec_from_json(named ? blocks["places"][place.name] : blocks, place, faults);
    for (auto& tensor : test::RandomBlock(spec, place.name, ++seed).tensors)
      tensors.push_back(std::move(tensor));
  }
  if (std::holds_alternative<model::ConvNetSpec>(target)) plain.add("layers.0.slope", {6}, 0.3F);
  for (auto& tensor : plain.tensors) tensors.push_back(std::move(tensor));
  return tensors;
}

Checkpoint checkpoint_from(const model::FoldedForm& form) {
  return Checkpoint::from_bytes(checkpoint::safetensors_bytes(form.tensors, form.metadata),
                                "deploy");
}

/// What TrainingForm or its folding says of these tensors; empty when all is well.
std::string complaint(const std::vector<NamedTensor>& tensors, const std::string& architecture) {
  return test::complaint_of(
      [&] { model::TrainingForm(test::checkpoint_of(tensors, architecture, "denoise")).folded(); });
}

}  // namespace

TEST_SUITE("model/training_form") {
  TEST_CASE("a folded denoiser computes what its training form does, as a whole") {
    std::uint64_t seed = 20;
    for (const char* blocks :
         {R"({"kind":"ecb","gate":"asr-se"})", R"({"kind":"ecb","padding":"zero"})",
          R"({"kind":"dbb","padding":"zero","gates":["asr-eca","asr-srm"]})",
          R"({"places":{"layers.1":{"kind":"rrrb","inner_gates":["asr-se"]}}})"}) {
      CAPTURE(blocks);
      const std::string architecture = denoiser(blocks);
      const model::TrainingForm form(
          test::checkpoint_of(tensors_for(architecture, ++seed), architecture, "denoise"));
      REQUIRE(model::can_evaluate(form));
      const model::FoldedForm folded = form.folded();
      const Checkpoint deploy = checkpoint_from(folded);
      CHECK_FALSE(model::TrainingForm::describes(deploy));
      CHECK(folded.live_gates == 0);
      CHECK(test::mentions(deploy.metadata("tessera.architecture"), "border_bias") ==
            test::mentions(blocks, "zero"));
      CHECK(model::network_error(form, *model::make_network(deploy, Precision::F32)) <= 1e-5);
    }
  }

  TEST_CASE("live gates stay, and folding again changes nothing") {
    const std::string architecture = denoiser(R"({"kind":"rep_vgg","gates":["asr-se","eca"]})");
    const model::TrainingForm form(
        test::checkpoint_of(tensors_for(architecture, 30), architecture, "denoise"));
    CHECK_FALSE(form.folded_already());
    const model::FoldedForm once = form.folded();
    CHECK(once.live_gates == 3);
    const model::TrainingForm again(checkpoint_from(once));
    CHECK(again.folded_already());
    const model::FoldedForm twice = again.folded();
    CHECK(checkpoint::safetensors_bytes(once.tensors, {}) ==
          checkpoint::safetensors_bytes(twice.tensors, {}));
    const Shape shape{1, 5, 7};
    test::RandomNumbers random(30);
    const model::Planes x = random.planes(shape), sigma(Shape{1, 5, 7}, 0.1);
    CHECK(test::relative_error(model::evaluate(form, x, sigma), model::evaluate(again, x, sigma)) <=
          1e-6);
  }

  TEST_CASE("the same checkpoint folds to the same bytes") {
    const std::string architecture = kMixture + R"({"kind":"ecb","gate":"asr-cbam"}})";
    const Checkpoint training = test::checkpoint_of(tensors_for(architecture, 40), architecture);
    const auto bytes = [&] {
      const model::FoldedForm form = model::TrainingForm(training).folded();
      return checkpoint::safetensors_bytes(form.tensors, form.metadata);
    };
    CHECK(bytes() == bytes());
  }

  TEST_CASE("everything wrong is listed at once") {
    const std::string architecture = denoiser(R"({"kind":"conv_bn"})");
    auto tensors = tensors_for(architecture, 50);
    for (auto& tensor : tensors) {
      if (tensor.name == "layers.0.dense.conv.bias") tensor.name = "layers.0.dense.conv.bais";
      if (tensor.name == "layers.0.slope") tensor.name = "layers.0.sloop";
      if (tensor.name == "layers.1.dense.bn.weight") {
        tensor.shape = {5};
        tensor.values.resize(5);
      }
      if (tensor.name == "layers.2.dense.bn.running_var") tensor.values[0] = -3.0F;
    }
    const std::string text = complaint(tensors, architecture);
    for (const char* part :
         {"layers.0.dense.conv.bias", "layers.0.dense.conv.bais", "layers.0.slope",
          "layers.0.sloop", "layers.1.dense.bn.weight", "layers.2.dense.bn: a running variance"})
      CHECK_MESSAGE(test::mentions(text, part), part, " in ", text);
    CHECK_FALSE(test::mentions(text, "\n"));
  }

  TEST_CASE("descriptions that do not fit the network are named") {
    const auto said = [](const std::string& architecture) {
      return complaint({{"x", {1}, {0.0F}, "F32"}}, architecture);
    };
    const std::string text = said(denoiser(
        R"({"places":{"layers.7":{"kind":"ecb"},"layers.0":{"kind":"unet"},"layers.1":{"kind":"conv","gates":["se","asr-ie"]}}})"));
    for (const char* part : {"layers.7", "unet", "asr-ie behind a live gate"})
      CHECK_MESSAGE(test::mentions(text, part), part, " in ", text);
    CHECK(test::mentions(said(R"({"name":"glr_net","version":1,"observation":"bayer","channels":3,
        "blocks":1,"layers":1,"steps":1,"heads":1,"features":1,"width":1,
        "training_blocks":{"kind":"ecb"}})"),
                         "no convolution of this network"));
  }

  TEST_CASE("blocks that the deploy network cannot hold are named, all of them") {
    const auto said = [](const std::string& architecture, std::uint64_t seed) {
      return complaint(tensors_for(architecture, seed), architecture);
    };
    const std::string borders = said(kMixture + R"({"kind":"ecb","padding":"zero"}})", 60);
    CHECK(
        test::mentions(borders, "blocks.0.conv1: not foldable: zero padding behind a biased 1x1"));
    CHECK(test::mentions(borders, "blocks.0.conv2: not foldable"));
    CHECK(test::mentions(said(denoiser(R"({"kind":"conv","padding":"reflect"})"), 61),
                         "layers.1: not foldable: reflect padding"));
    CHECK(test::mentions(said(denoiser(R"({"places":{"layers.1":{"kind":"branches","branches":{
              "a":[{"op":"conv","height":5}]}}}})"),
                              62),
                         "a 5x5 kernel"));
    CHECK(test::mentions(said(denoiser(R"({"places":{"layers.1":{"kind":"branches","branches":{
              "a":[{"op":"conv","height":3,"groups":6}]}}}})"),
                              63),
                         "folded it costs 324 instead of 54"));
    CHECK(test::mentions(said(denoiser(R"({"kind":"conv","branch_gates":{"dense":"se"}})"), 64),
                         "a live se gate inside a branch"));
  }

  TEST_CASE("a training form does not run as it is") {
    const std::string architecture = denoiser(R"({"kind":"conv"})");
    CHECK_THROWS_WITH_AS(
        model::make_network(test::checkpoint_of(tensors_for(architecture, 70), architecture),
                            Precision::F32),
        doctest::Contains("reparam"), Error);
  }
}
