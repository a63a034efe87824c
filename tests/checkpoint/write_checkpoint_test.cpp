// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <cmath>
#include <fstream>
#include <iterator>

#include "base/random.h"
#include "support/golden.h"
#include "support/temporary_folder.h"
#include "tessera/checkpoint.h"
#include "tessera/error.h"

namespace tessera {
namespace {

NamedTensor normal_tensor(const std::string& name,
                          std::vector<std::int64_t> shape,
                          const std::string& type = "F32") {
  NamedTensor tensor{name, shape, {}, type};
  std::size_t count = 1;
  for (const std::int64_t extent : shape) count *= static_cast<std::size_t>(extent);
  for (std::size_t i = 0; i < count; ++i) tensor.values.push_back(base::random_normal(3, i));
  return tensor;
}

std::string contents(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

ErrorCode code_of(const std::vector<NamedTensor>& tensors,
                  const std::map<std::string, std::string>& metadata = {}) {
  const test::TemporaryFolder folder;
  try {
    write_checkpoint(folder / "m", tensors, metadata);
  } catch (const Error& error) {
    CHECK(std::filesystem::is_empty(folder.path()));
    return error.code();
  }
  FAIL("expected an error");
  return {};
}

}  // namespace

TEST_SUITE("checkpoint/write_checkpoint") {
  TEST_CASE("what was written is read back") {
    const test::TemporaryFolder folder;
    const std::vector<NamedTensor> tensors{
        normal_tensor("z", {2, 3, 5}), normal_tensor("half", {7}, "F16"),
        normal_tensor("scalar", {}), normal_tensor("empty", {4, 0}),
        normal_tensor("brain", {3}, "BF16")};
    const std::map<std::string, std::string> metadata{{"b", "ä \" \\ \n"}, {"a", ""}};
    write_checkpoint(folder / "m", tensors, metadata);
    const Checkpoint checkpoint = Checkpoint::open(folder / "m");
    CHECK(checkpoint.metadata() == metadata);
    CHECK(checkpoint.tensor_names() ==
          std::vector<std::string>{"brain", "empty", "half", "scalar", "z"});
    for (const NamedTensor& tensor : tensors) {
      CHECK(checkpoint.shape(tensor.name) == tensor.shape);
      CHECK(checkpoint.data_type(tensor.name) == tensor.data_type);
      const std::vector<float> found = checkpoint.read(tensor.name);
      REQUIRE(found.size() == tensor.values.size());
      // Half a unit in the last place: exact, 2^-11 and 2^-8.
      const double step = tensor.data_type == "F32"   ? 0.0
                          : tensor.data_type == "F16" ? 0x1p-11
                                                      : 0x1p-8;
      for (std::size_t i = 0; i < found.size(); ++i)
        CHECK(std::abs(found[i] - tensor.values[i]) <= step * std::abs(tensor.values[i]));
    }
  }
  TEST_CASE("bytes do not depend on the order of the tensors, and the data begin aligned") {
    const test::TemporaryFolder folder;
    const NamedTensor a = normal_tensor("a", {3}), b = normal_tensor("b", {5}, "F16");
    const NamedTensor c = normal_tensor("c", {2});
    write_checkpoint(folder / "1", std::vector{a, b, c}, {{"k", "v"}});
    write_checkpoint(folder / "2", std::vector{c, b, a}, {{"k", "v"}});
    const std::string bytes = contents(folder / "1");
    CHECK(bytes == contents(folder / "2"));
    CHECK(static_cast<unsigned char>(bytes[0]) % 8 == 0);
    // The layout of the training code's writer, with wide values before narrow ones.
    CHECK(bytes.substr(8, 200).starts_with(
        R"({"__metadata__":{"k":"v"},"a":{"dtype":"F32","shape":[3],"data_offsets":[0,12]},)"
        R"("b":{"dtype":"F16","shape":[5],"data_offsets":[20,30]},)"
        R"("c":{"dtype":"F32","shape":[2],"data_offsets":[12,20]}})"));
  }
  TEST_CASE("a file of the training code, read and written again, has the same bytes") {
    const test::TemporaryFolder folder;
    for (const std::string name : {"operator_noise_1", "operator_graph_5x7", "glr_bayer_2x2"}) {
      const test::Golden golden(name);
      std::vector<NamedTensor> tensors;
      for (const std::string& tensor : golden.checkpoint().tensor_names())
        tensors.push_back({tensor, golden.checkpoint().shape(tensor), golden.values(tensor)});
      write_checkpoint(folder / name, tensors, golden.checkpoint().metadata());
      CHECK(contents(folder / name) == contents(golden.checkpoint().name()));
    }
  }
  TEST_CASE("whole numbers of 64 bits are rounded to, halves away from zero") {
    const test::TemporaryFolder folder;
    write_checkpoint(folder / "m",
                     std::vector<NamedTensor>{{"n", {4}, {0, 2.5F, -7.4F, 16777216}, "I64"}}, {});
    const Checkpoint back = Checkpoint::open(folder / "m");
    CHECK(back.data_type("n") == "I64");
    CHECK(back.read("n") == std::vector<float>{0, 3, -7, 16777216});
  }
  TEST_CASE("an existing file is replaced whole, or kept whole") {
    const test::TemporaryFolder folder;
    folder.write("m", "old");
    const std::vector<NamedTensor> good{normal_tensor("a", {2})};
    const std::vector<NamedTensor> bad{{"a", {2}, {1.0F, NAN}}};
    CHECK_THROWS_AS(write_checkpoint(folder / "m", bad, {}), Error);
    CHECK(contents(folder / "m") == "old");
    write_checkpoint(folder / "m", good, {});
    CHECK(Checkpoint::open(folder / "m").contains("a"));
    CHECK(std::distance(std::filesystem::directory_iterator(folder.path()), {}) == 1);
  }
  TEST_CASE("wrong requests are refused and leave no file") {
    const NamedTensor a = normal_tensor("a", {2});
    CHECK(code_of({a, a}) == ErrorCode::InvalidArgument);
    CHECK(code_of({{"a", {3}, {1.0F}}}) == ErrorCode::InvalidArgument);
    CHECK(code_of({{"a", {-1}, {1.0F}}}) == ErrorCode::InvalidArgument);
    CHECK(code_of({{"a", {1LL << 40, 1LL << 40}, {}}}) == ErrorCode::InvalidArgument);
    CHECK(code_of({{"a", {1}, {1.0F}, "F64"}}) == ErrorCode::InvalidArgument);
    CHECK(code_of({{"a", {1}, {1e6F}, "F16"}}) == ErrorCode::InvalidArgument);
    CHECK(code_of({{"a", {1}, {9.3e18F}, "I64"}}) == ErrorCode::InvalidArgument);
    CHECK(code_of({{"a", {1}, {-INFINITY}, "I64"}}) == ErrorCode::InvalidArgument);
    CHECK(code_of({{"__metadata__", {1}, {1.0F}}}) == ErrorCode::InvalidArgument);
    CHECK(code_of({{"\xff", {1}, {1.0F}}}) == ErrorCode::InvalidArgument);
    CHECK(code_of({a}, {{"k", "\xff"}}) == ErrorCode::InvalidArgument);
  }
  TEST_CASE("a place that cannot be written is an input/output failure that names it") {
    const test::TemporaryFolder folder;
    const std::vector<NamedTensor> tensors{normal_tensor("a", {2})};
    for (const auto& place : {folder / "absent/m", folder.path()}) {
      try {
        write_checkpoint(place, tensors, {});
        FAIL("expected an error");
      } catch (const Error& error) {
        CHECK(error.code() == ErrorCode::IoFailure);
        CHECK(std::string(error.what()).starts_with(place.string() + ": cannot be written: "));
      }
    }
    CHECK(std::filesystem::is_empty(folder.path()));
  }
}

}  // namespace tessera
