// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <bit>
#include <limits>

#include "checkpoint/safetensors.h"
#include "model/network.h"
#include "random_checkpoint.h"
#include "support/error_code.h"
#include "support/temporary_folder.h"
#include "tessera/error.h"
#include "tessera/model.h"

namespace {

using namespace tessera;

const model::GraphMixtureSpec kSmall{
    model::ObservationKind::Bayer, 3, {8, 2, {{1, 2, 3, 2}}}, {2, 3, 2}};

/// A value that stands for NaN until the file is written: the writer refuses to write a NaN.
constexpr float kNotANumberMarker = 12345.678F;

/// The checkpoint with every marker replaced by a NaN.
Checkpoint damaged_checkpoint(const std::vector<NamedTensor>& tensors,
                              const std::string& architecture) {
  std::vector<std::byte> bytes = checkpoint::safetensors_bytes(
      tensors, {{"tessera.architecture", architecture}, {"tessera.task", "demosaic"}});
  const auto marker = std::bit_cast<std::array<std::byte, sizeof(float)>>(kNotANumberMarker);
  const auto nan =
      std::bit_cast<std::array<std::byte, sizeof(float)>>(std::numeric_limits<float>::quiet_NaN());
  for (auto at = bytes.begin();
       (at = std::search(at, bytes.end(), marker.begin(), marker.end())) != bytes.end();)
    at = std::copy(nan.begin(), nan.end(), at);
  return Checkpoint::from_bytes(std::move(bytes), "damaged.safetensors");
}

/// What make_network says of these tensors; empty when it accepts them.
std::string complaint(const std::vector<NamedTensor>& tensors,
                      const std::string& architecture = test::architecture_json(kSmall)) {
  return test::complaint_of(
      [&] { model::make_network(damaged_checkpoint(tensors, architecture), Precision::F32); });
}

}  // namespace

TEST_SUITE("model/checkpoint_faults") {
  TEST_CASE("a network of one channel observes no mosaic, of whatever kind it is") {
    for (const char* kind :
         {"graph_mixture_net", "glr_net", "gtv_net", "conv_net", "transformer_net"})
      for (const char* observation : {"bayer", "noisy_bayer"}) {
        CAPTURE(kind);
        const std::string said = complaint({}, std::string(R"({"name":")") + kind +
                                                   R"(","version":1,"channels":1,"observation":")" +
                                                   observation + "\"}");
        const bool unknown = said.find("must be one of bayer, decimation2, mask, noise,") !=
                             std::string::npos;  // noisy_bayer is the mixtures' alone
        if (!unknown) CHECK(said.find("channels of a mosaic must be 3") != std::string::npos);
        CHECK(unknown == (std::string(observation) == "noisy_bayer" &&
                          std::string(kind) != "graph_mixture_net"));
      }
  }

  TEST_CASE("a sound checkpoint is accepted") {
    CHECK(complaint(test::mixture_tensors(kSmall, 1)).empty());
  }

  TEST_CASE("missing, left over, misshapen and non-finite tensors are all listed at once") {
    auto tensors = test::mixture_tensors(kSmall, 1);
    for (auto& tensor : tensors) {
      if (tensor.name == "tail.bias") tensor.name = "tale.bias";
      if (tensor.name == "blocks.0.conv1.bias") {
        tensor.shape = {4};
        tensor.values.resize(4);
      }
      if (tensor.name == "head.bias") tensor.values[0] = kNotANumberMarker;
    }
    const std::string text = complaint(tensors);
    CHECK(test::mentions(text, "tail.bias"));
    CHECK(test::mentions(text, "tale.bias"));
    CHECK(test::mentions(text, "blocks.0.conv1.bias"));
    CHECK(test::mentions(text, "head.bias"));
    CHECK_FALSE(test::mentions(text, "\n"));
  }

  TEST_CASE("a foreign, damaged or absurd architecture is named") {
    const auto tensors = test::mixture_tensors(kSmall, 1);
    CHECK(test::mentions(complaint(tensors, ""), "tessera.architecture"));
    CHECK(test::mentions(complaint(tensors, "{"), "JSON"));
    CHECK(test::mentions(complaint(tensors, R"({"name":"unet","version":1})"), "unet"));
    CHECK(test::mentions(complaint(tensors, R"({"name":"glr_net","version":2})"), "version"));
    CHECK(test::mentions(complaint(tensors, R"({"name":"graph_mixture_net","version":1,
        "observation":"bayer","channels":3,"width":1000000,"blocks":2})"),
                         "width"));
  }

  TEST_CASE("windows of attention have even sides, which half a window moves") {
    for (const int window : {1, 2, 3, 4, 5, 7}) {
      CAPTURE(window);
      const model::TransformerSpec spec{
          .width = 8, .blocks = 2, .heads = 2, .window = window, .hidden = 8};
      const std::string said =
          complaint(test::transformer_tensors(spec, 3), test::architecture_json(spec));
      CHECK(said.empty() == (window % 2 == 0));
      if (window == 5) CHECK(test::mentions(said, "window must be even, found 5"));
    }
  }

  TEST_CASE("graph blocks are a list, and not an endless one") {
    const auto with = [](const std::string& graphs) {
      return complaint({}, R"({"name":"graph_mixture_net","version":1,"observation":"noise",
          "channels":3,"width":8,"blocks":2,"feature_graphs":)" +
                               graphs + "}");
    };
    const std::string graph = R"({"after":1,"heads":2,"features":3,"steps":2})";
    std::string many = "[" + graph;
    for (int k = 0; k < 256; ++k) many += "," + graph;
    for (const std::string& wrong : {R"({"x":)" + graph + "}", std::string("3"), many + "]"})
      CHECK(test::mentions(with(wrong), "feature_graphs must be a list of 0 to 256"));
  }

  TEST_CASE("unknown keys are faults: the network that was meant is another one") {
    const std::string good = test::architecture_json(kSmall);
    const auto with = [&](const std::string& more) {
      return complaint(test::mixture_tensors(kSmall, 1),
                       good.substr(0, good.size() - 1) + more + "}");
    };
    CHECK(with("").empty());
    CHECK(test::mentions(with(R"(,"Skip":"subtract","stride":2)"), "unknown key 'Skip', 'stride'"));
    CHECK(test::mentions(with(R"(,"a":1,"b":1,"c":1,"d":1,"e":1,"f":1,"g":1)"),
                         "unknown key 'a', 'b', 'c', 'd', 'e' and 2 more"));
    const std::string start = R"({"version":1,"observation":"noise","channels":3,)";
    CHECK(test::mentions(
        complaint({}, start + R"("name":"conv_net","layers":[{"out":3,"activations":"relu"}]})"),
        "unknown key 'activations'"));
    for (const char* kind : {"conv_net", "glr_net", "gtv_net", "transformer_net"})
      CHECK(test::mentions(complaint({}, start + R"("padding":"reflect","name":")" + kind + "\"}"),
                           "unknown key 'padding'"));
  }

  TEST_CASE("a fault in an inner backbone names its key, tensors their full names") {
    model::GraphMixtureSpec spec = kSmall;
    spec.backbone.inner = {{12, 1, {}, 1, {{16, 1}}}};
    const std::string good = test::architecture_json(spec);
    auto tensors = test::mixture_tensors(spec, 1);
    CHECK(complaint(tensors, good).empty());
    const auto with = [&](const std::string& from, const std::string& to) {
      std::string json = good;
      json.replace(json.find(from), from.size(), to);
      return complaint(tensors, json);
    };
    const std::string inner = R"("inner":{"after":0,"width":12)";
    CHECK(test::mentions(with(inner, R"("inner":{"width":12)"), "\"after\""));
    CHECK(test::mentions(with(inner, R"("inner":{"after":3,"width":12)"), "\"after\""));
    CHECK(test::mentions(with(inner, R"("inner":{"after":0,"width":0)"), "\"width\""));
    CHECK(test::mentions(with(inner, R"("inner":{"dilation":2,"after":0,"width":12)"),
                         "unknown key 'dilation'"));
    std::string outer = good.substr(0, good.find(R"("inner":{)")) + R"("inner":7})";
    CHECK(test::mentions(complaint(tensors, outer), "\"inner\" must be an object"));

    for (auto& tensor : tensors)
      if (tensor.name == "inner.inner.up.weight") tensor.name = "inner.inner.upp.weight";
    CHECK(test::mentions(complaint(tensors, good), "inner.inner.up.weight"));

    model::BackboneSpec deep{8, 1};
    for (int scale = 0; scale < 4; ++scale) deep = {8, 1, {}, 0, {deep}};
    spec.backbone = deep;
    CHECK(test::mentions(complaint(tensors, test::architecture_json(spec)), "\"inner\""));
  }

  TEST_CASE("a model without a task is refused") {
    const test::TemporaryFile file("taskless.safetensors");
    write_checkpoint(file.path, test::mixture_tensors(kSmall, 1),
                     {{"tessera.architecture", test::architecture_json(kSmall)}});
    CHECK_THROWS_AS(Model::load(file.path), Error);
  }
}
