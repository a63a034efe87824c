// SPDX-License-Identifier: MIT
#include "checkpoint/weights.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>

#include "checkpoint/safetensors.h"
#include "support/error_code.h"
#include "tessera/error.h"

namespace tessera::checkpoint {
namespace {

const std::vector<NamedTensor>& small_network() {
  static const std::vector<NamedTensor> tensors{
      {"head.weight", {2, 3}, {1, 2, 3, 4, 5, 6}}, {"head.bias", {2}, {7, 8}}, {"mix", {1}, {9}}};
  return tensors;
}

Checkpoint opened(const std::vector<NamedTensor>& tensors) {
  return Checkpoint::from_bytes(safetensors_bytes(tensors, {}), "net");
}

std::string complaint(const Weights& weights) {
  return tessera::test::complaint_of([&] { weights.require_all_good(); });
}

}  // namespace

TEST_SUITE("checkpoint/weights") {
  TEST_CASE("a network that reads every tensor in its shape is content") {
    const Weights weights(opened(small_network()));
    const Weights head = weights.below("head");
    CHECK(head.read("weight", {2, 3}) == std::vector<float>{1, 2, 3, 4, 5, 6});
    CHECK(head.contains("bias"));
    CHECK_FALSE(weights.contains("bias"));
    CHECK(head.read("bias", {2}) == std::vector<float>{7, 8});
    CHECK(weights.read("mix", {1}) == std::vector<float>{9});
    CHECK(complaint(weights) == "");
    CHECK(complaint(head) == "");
  }
  TEST_CASE("many missing tensors do not cost the memory that they would fill") {
    const Weights weights(opened(small_network()));
    CHECK(weights.read("a", {1 << 23}).size() == std::size_t{1} << 23);
    CHECK(weights.read("b", {1 << 23}).size() == std::size_t{1} << 23);
    CHECK_THROWS_WITH_AS(weights.read("c", {1}),
                         doctest::Contains("tensor 'c' of shape (1) is missing"), Error);
  }
  TEST_CASE("what a fault says does not depend on the file's name") {
    std::vector<std::byte> bytes = safetensors_bytes({{{"mix", {1}, {9}}}}, {});
    bytes[bytes.size() - 1] = std::byte{0x7F};
    bytes[bytes.size() - 2] = std::byte{0x80};
    bytes[bytes.size() - 3] = bytes[bytes.size() - 4] = std::byte{0};
    for (const char* name : {"net", "a\nb\033[1mc: d"}) {
      const Weights weights(Checkpoint::from_bytes(bytes, name));
      weights.read("mix", {1});
      REQUIRE(weights.faults().size() == 1);
      CHECK(weights.faults()[0] == "tensor 'mix': value 0 of 1 is not finite (inf)");
    }
  }
  TEST_CASE("all faults are listed at once, each with its shapes, in one line") {
    std::vector<std::byte> bytes = safetensors_bytes(small_network(), {});
    // The last four bytes are the value of 'mix': make it infinite.
    bytes[bytes.size() - 1] = std::byte{0x7F};
    bytes[bytes.size() - 2] = std::byte{0x80};
    bytes[bytes.size() - 3] = bytes[bytes.size() - 4] = std::byte{0};
    const Weights weights(Checkpoint::from_bytes(std::move(bytes), "net"));
    CHECK(weights.read("head.weight", {3, 2}) == std::vector<float>(6, 0.0F));
    CHECK(weights.below("tail").below("0").read("weight", {4}) == std::vector<float>(4, 0.0F));
    CHECK(weights.read("mix", {1}) == std::vector<float>{0.0F});
    CHECK(complaint(weights) ==
          "net: tensor 'head.weight': expected shape (3, 2), found (2, 3); "
          "tensor 'tail.0.weight' of shape (4) is missing; "
          "tensor 'mix': value 0 of 1 is not finite (inf); "
          "tensor 'head.bias' of shape (2) belongs to no part of this network");
  }
  TEST_CASE("shape (1) is not shape (), and (2, 3) is not (6)") {
    const Weights weights(opened(small_network()));
    weights.read("mix", {});
    weights.read("head.weight", {6});
    CHECK(complaint(weights).find("'mix': expected shape (), found (1)") != std::string::npos);
    CHECK(complaint(weights).find("expected shape (6), found (2, 3)") != std::string::npos);
  }
  TEST_CASE("an architecture that asks for absurd sizes ends at once") {
    const Weights weights(opened(small_network()));
    CHECK_THROWS_AS(weights.read("head.weight", {1LL << 40, 1LL << 40}), Error);
    CHECK_THROWS_AS(weights.read("absent", {1LL << 30}), Error);
    CHECK_THROWS_AS(weights.read("absent", {-1}), Error);
  }
}

}  // namespace tessera::checkpoint
