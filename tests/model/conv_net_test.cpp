// SPDX-License-Identifier: MIT
#include "model/networks/conv_net.h"

#include <doctest/doctest.h>

#include <array>

#include "checkpoint/safetensors.h"
#include "model/architecture/published_layout.h"
#include "random_checkpoint.h"
#include "support/compare.h"
#include "support/error_code.h"
#include "support/temporary_folder.h"
#include "tessera/error.h"
#include "tessera/model.h"

namespace {

using namespace tessera;

std::string architecture_of(const std::string& rest) {
  return R"({"name":"conv_net","version":1,"observation":"noise",)" + rest + "}";
}

Tensor run(const model::Network& network, Shape shape) {
  const Tensor noisy = test::random_tensor(shape, 21);
  const Tensor sigma = test::random_tensor({1, shape.height, shape.width}, 22, 0.0F, 0.3F);
  Tensor out(shape);
  Workspace workspace;
  network.run(0, {noisy, {}, noisy, sigma}, out, workspace);
  return out;
}

/// A biased 1x1 convolution from one plane to four, then a zero-padded 3x3 to one, as two layers,
/// and the same as one with a border bias (kernel and bias multiplied out here, in double).
struct PaddingTrap {
  static constexpr int kMiddle = 4;
  std::vector<NamedTensor> two_layers, folded;

  PaddingTrap() {
    test::RandomTensors random(11);
    random.add_conv("layers.0", 1, kMiddle, 1);
    random.add_conv("layers.1", kMiddle, 1, 3);
    two_layers = random.tensors;
    const auto& k1 = two_layers[0].values;
    const auto& b1 = two_layers[1].values;
    const auto& k2 = two_layers[2].values;
    NamedTensor weight{"layers.0.weight", {1, 1, 3, 3}, {}},
        taps{"layers.0.border_bias", {1, 3, 3}, {}};
    for (int tap = 0; tap < 9; ++tap) {
      double product = 0.0, constant = 0.0;
      for (int m = 0; m < kMiddle; ++m) {
        product += static_cast<double>(k2[m * 9 + tap]) * k1[m];
        constant += static_cast<double>(k2[m * 9 + tap]) * b1[m];
      }
      weight.values.push_back(static_cast<float>(product));
      taps.values.push_back(static_cast<float>(constant));
    }
    folded = {weight, taps, {"layers.0.bias", {1}, two_layers[3].values}};
  }
};

/// Random plain layers under the published names, without any metadata.
std::vector<NamedTensor> published(int layers, int in, int width, int out) {
  test::RandomTensors random(12);
  for (int k = 0; k < layers; ++k)
    random.add_conv("model." + std::to_string(2 * k), k == 0 ? in : width,
                    k + 1 < layers ? width : out, 3);
  return random.tensors;
}

/// Tensors without any metadata.
Checkpoint bare(const std::vector<NamedTensor>& tensors) {
  return Checkpoint::from_bytes(checkpoint::safetensors_bytes(tensors, {}), "published");
}

/// The tensors of the published layout under our own names.
std::vector<NamedTensor> renamed(std::vector<NamedTensor> tensors) {
  for (std::size_t i = 0; i < tensors.size(); ++i)
    tensors[i].name = "layers." + std::to_string(i / 2) + (i % 2 == 0 ? ".weight" : ".bias");
  return tensors;
}

std::string layers_json(int layers, int width, int out, const std::vector<int>& dilations = {}) {
  std::string text = R"("layers":[)";
  for (int k = 0; k < layers; ++k)
    text += std::string(k == 0 ? "" : ",") + R"({"out":)" +
            std::to_string(k + 1 < layers ? width : out) + R"(,"activation":")" +
            (k + 1 < layers ? "relu" : "none") + R"(","dilation":)" +
            std::to_string(dilations.empty() ? 1 : dilations[static_cast<std::size_t>(k)]) + "}";
  return text + "]";
}

std::string complaint(const std::vector<NamedTensor>& tensors, const std::string& architecture) {
  return test::complaint_of([&] {
    model::make_network(test::checkpoint_of(tensors, architecture, "denoise"), Precision::F32);
  });
}

}  // namespace

TEST_SUITE("model/conv_net") {
  TEST_CASE("a border bias is what zero padding behind a biased pointwise layer leaves") {
    const PaddingTrap trap;
    const auto plain = model::make_network(
        test::checkpoint_of(
            trap.two_layers,
            architecture_of(R"("channels":1,"layers":[{"out":4,"kernel":1},{"out":1}])")),
        Precision::F32);
    const auto folded = model::make_network(
        test::checkpoint_of(
            trap.folded,
            architecture_of(R"("channels":1,"layers":[{"out":1,"border_bias":true}])")),
        Precision::F32);
    for (const Shape shape :
         {Shape{1, 1, 1}, {1, 1, 5}, {1, 5, 1}, {1, 2, 2}, {1, 3, 3}, {1, 9, 14}}) {
      CAPTURE(shape.height);
      CAPTURE(shape.width);
      CHECK(test::relative_error(run(*plain, shape), run(*folded, shape)) < 1e-6);
    }
    // Without its border bias the fold is right inside only: the trap.
    auto naive = trap.folded;
    for (float tap : naive[1].values) naive[2].values[0] += tap;
    naive.erase(naive.begin() + 1);
    const auto wrong = model::make_network(
        test::checkpoint_of(naive, architecture_of(R"("channels":1,"layers":[{"out":1}])")),
        Precision::F32);
    CHECK(test::relative_error(run(*plain, {1, 9, 14}), run(*wrong, {1, 9, 14})) > 1e-3);
  }

  TEST_CASE("published layouts are recognised by names and shapes and run as they say") {
    struct Case {
      int layers, in, out;
      std::string rest, title;
    };
    const std::vector<int> ircnn{1, 2, 3, 4, 3, 2, 1};
    for (const Case& known :
         {Case{5, 3, 3, R"("channels":3,"skip":"subtract",)" + layers_json(5, 24, 3), "DnCNN"},
          Case{4, 1, 1, R"("channels":1,"skip":"subtract",)" + layers_json(4, 24, 1), "DnCNN"},
          Case{7, 1, 1, R"("channels":1,"skip":"subtract",)" + layers_json(7, 24, 1, ircnn),
               "IRCNN"},
          Case{4, 13, 12, R"("channels":3,"shuffle":2,"noise_map":true,)" + layers_json(4, 24, 12),
               "FFDNet"},
          Case{7, 5, 4, R"("channels":1,"shuffle":2,"noise_map":true,)" + layers_json(7, 24, 4),
               "FFDNet"}}) {
      CAPTURE(known.title);
      const auto tensors = published(known.layers, known.in, 24, known.out);
      const Checkpoint file = bare(tensors);
      const auto found = model::published_network(file);
      REQUIRE(found);
      CHECK(found->title.find(known.title) == 0);
      const auto network = model::make_network(file, Precision::F32);
      const auto same = model::make_network(
          test::checkpoint_of(renamed(tensors), architecture_of(known.rest)), Precision::F32);
      const Shape shape{network->channels(), 14, 18};
      CHECK(test::max_difference(run(*network, shape), run(*same, shape)) == 0.0);
      CHECK(network->reads_sigma() == (known.title == "FFDNet"));
    }
  }

  TEST_CASE("layers without channels, or more than a network may have, are no published layout") {
    for (const auto& [layers, width] : {std::pair{3, 0}, {257, 1}}) {
      CAPTURE(layers);
      CHECK_FALSE(model::published_network(bare(published(layers, 3, width, 3))));
    }
    CHECK(model::published_network(bare(published(256, 3, 1, 3))));
  }

  TEST_CASE("a published model denoises, and says the noise levels it knows") {
    const test::TemporaryFile file("dncnn.safetensors");
    write_checkpoint(file.path, published(4, 3, 8, 3), {{"sigma", "25"}});
    const Model model = Model::load(file.path);
    CHECK(model.task() == Task::Denoise);
    REQUIRE(model.sigma_range());
    CHECK(model.sigma_range()->low == 25.0);
    CHECK(model.sigma_range()->high == 25.0);
    for (const char* level : {"-5", "255.5", "inf", "nan"}) {
      CAPTURE(level);
      write_checkpoint(file.path, published(4, 3, 8, 3), {{"sigma", level}});
      CHECK(test::code_of([&] { Model::load(file.path); }) == ErrorCode::BadCheckpoint);
    }
  }

  TEST_CASE("what is no published denoiser is not taken for one") {
    CHECK_FALSE(model::published_network(bare(published(4, 4, 8, 4))));
    CHECK_FALSE(model::published_network(bare(published(1, 3, 8, 3))));
    CHECK_FALSE(model::published_network(bare(published(4, 13, 8, 3))));
    auto extra = published(4, 3, 8, 3);
    extra.push_back({"model.1.running_mean", {8}, std::vector<float>(8)});
    CHECK_THROWS_AS(model::make_network(bare(extra), Precision::F32), Error);
  }

  TEST_CASE("architectures that make no sense are refused by key") {
    const auto tensors = renamed(published(2, 3, 8, 3));
    const std::string good = R"("channels":3,)" + layers_json(2, 8, 3);
    CHECK(complaint(tensors, architecture_of(good)).empty());
    const std::array<std::pair<std::string, const char*>, 7> wrong{
        {{R"("channels":3,"layers":[])", "layers"},
         {R"("channels":3,"layers":[{"out":4}])", "last layer"},
         {R"("channels":3,"layers":[{"out":3,"kernel":5}])", "kernel"},
         {R"("channels":3,"layers":[{"out":3,"padding":"reflect"}])", "padding"},
         {R"("channels":3,"layers":[{"out":3,"activation":"gelu"}])", "activation"},
         {R"("channels":3,"shuffle":3,"layers":[{"out":3}])", "shuffle"},
         {R"("channels":3,"skip":"maybe","layers":[{"out":3}])", "skip"}}};
    for (const auto& [rest, key] : wrong)
      CHECK(complaint(tensors, architecture_of(rest)).find(key) != std::string::npos);
  }
}
