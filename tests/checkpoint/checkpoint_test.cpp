// SPDX-License-Identifier: MIT
#include "tessera/checkpoint.h"

#include <doctest/doctest.h>

#include <cmath>
#include <cstring>

#include "checkpoint/safetensors.h"
#include "support/safetensors_text.h"
#include "support/temporary_folder.h"
#include "tessera/error.h"

namespace tessera {
namespace {

Checkpoint with_words(const std::string& type, std::vector<std::uint16_t> words) {
  const std::size_t bytes = words.size() * 2;
  const std::size_t count = bytes * 8 / checkpoint::bits_of_data_type(type);
  std::vector<std::byte> file = test::safetensors_text(
      R"({"a":{"dtype":")" + type + R"(","shape":[)" + std::to_string(count) +
          R"(],"data_offsets":[0,)" + std::to_string(bytes) + "]}}",
      bytes);
  std::memcpy(file.data() + file.size() - bytes, words.data(), bytes);
  return Checkpoint::from_bytes(std::move(file), "m");
}

}  // namespace

TEST_SUITE("checkpoint/checkpoint") {
  TEST_CASE("F16 and BF16 tensors are widened") {
    CHECK(with_words("F16", {0x3C00, 0xC000}).read("a") == std::vector<float>{1.0F, -2.0F});
    CHECK(with_words("BF16", {0x3F80, 0xC000}).read("a") == std::vector<float>{1.0F, -2.0F});
    CHECK(with_words("F32", {0x0000, 0x3F80}).read("a") == std::vector<float>{1.0F});
    CHECK(with_words("BF16", {0x3F80}).data_type("a") == "BF16");
  }
  TEST_CASE("values that are not finite are refused when read, naming the tensor") {
    CHECK_THROWS_WITH_AS(with_words("F16", {0x3C00, 0x7C00}).read("a"),
                         "m: tensor 'a': value 1 of 2 is not finite (inf)", Error);
    CHECK_THROWS_AS(with_words("BF16", {0x7FC0}).read("a"), Error);
    CHECK_THROWS_AS(with_words("F32", {0x0000, 0x7FC0}).read("a"), Error);
  }
  TEST_CASE("data types of other programs open, and are refused by name when read") {
    const Checkpoint integers = Checkpoint::from_bytes(
        test::safetensors_text(R"({"n":{"dtype":"I32","shape":[2],"data_offsets":[0,8]}})", 8),
        "m");
    CHECK(integers.shape("n") == std::vector<std::int64_t>{2});
    CHECK(integers.data_type("n") == "I32");
    CHECK_THROWS_WITH_AS(integers.read("n"),
                         "m: tensor 'n': expected data type F32, F16, BF16 or I64, found I32",
                         Error);
  }
  TEST_CASE("PyTorch's counters are whole numbers of 64 bits") {
    CHECK(with_words("I64", {0, 0, 1, 0, 0xFFFE, 0xFFFF, 0xFFFF, 0xFFFF}).read("a") ==
          std::vector<float>{4294967296.0F, -2.0F});
    CHECK(with_words("I64", {3, 0, 0, 0}).data_type("a") == "I64");
  }
  TEST_CASE("tensors and metadata are found by name") {
    const Checkpoint checkpoint = Checkpoint::from_bytes(
        test::safetensors_text(R"({"__metadata__":{"k":"v"},)"
                               R"("b":{"dtype":"F32","shape":[],"data_offsets":[0,4]},)"
                               R"("a":{"dtype":"F32","shape":[0,3],"data_offsets":[0,0]}})",
                               4),
        "m");
    CHECK(checkpoint.tensor_names() == std::vector<std::string>{"a", "b"});
    CHECK(checkpoint.metadata("k") == "v");
    CHECK(checkpoint.metadata("absent") == "");
    CHECK(checkpoint.metadata().size() == 1);
    CHECK(checkpoint.contains("a"));
    CHECK_FALSE(checkpoint.contains("c"));
    CHECK(checkpoint.read("a").empty());
    CHECK(checkpoint.read("b") == std::vector<float>{0.0F});
    CHECK_THROWS_WITH_AS(checkpoint.read("c"), "m: tensor 'c' is missing", Error);
  }
  TEST_CASE("files that are absent, folders or cut short say so") {
    const test::TemporaryFolder folder;
    const auto complaint = [&](const std::filesystem::path& file) -> std::string {
      try {
        Checkpoint::open(file);
        return {};
      } catch (const Error& error) {
        CHECK(error.code() == ErrorCode::BadCheckpoint);
        return error.what();
      }
    };
    const std::string absent = (folder / "absent").string();
    CHECK(complaint(absent) == absent + ": no such model file");
    CHECK(complaint(folder.path()) == folder.path().string() + ": not a regular file");
    folder.write("short", "abc");
    CHECK(complaint(folder / "short") ==
          (folder / "short").string() + ": expected at least 8 bytes, found 3");
    folder.write("text", "this is a text and no model at all");
    CHECK(complaint(folder / "text").find(": not a safetensors checkpoint: found text") !=
          std::string::npos);
  }
}

}  // namespace tessera
