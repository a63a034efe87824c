// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <vector>

#include "checkpoint/safetensors.h"
#include "checkpoint/weights.h"
#include "tessera/error.h"

namespace tessera {
namespace {

std::vector<std::byte> small_file() {
  const std::vector<NamedTensor> tensors{{"a.weight", {2, 3}, {1, 2, 3, 4, 5, 6}},
                                         {"b", {}, {7}},
                                         {"c", {3, 0}, {}},
                                         {"half", {2}, {8, 9}, "F16"},
                                         {"brain", {2}, {10, 11}, "BF16"}};
  return checkpoint::safetensors_bytes(
      tensors, {{"tessera.architecture", R"({"name":"x"})"}, {"tessera.task", "demosaic"}});
}

/// Opens and reads everything. True when all went well, false on tessera::Error; anything else, a
/// crash or another exception, fails the test.
bool survives(std::vector<std::byte> bytes) {
  try {
    const Checkpoint checkpoint = Checkpoint::from_bytes(std::move(bytes), "damaged");
    for (const std::string& name : checkpoint.tensor_names()) {
      std::size_t count = 1;
      for (const std::int64_t extent : checkpoint.shape(name)) count *= extent;
      const std::vector<float> values = checkpoint.read(name);
      CHECK(values.size() == count);
    }
    return true;
  } catch (const Error& error) {
    CHECK(error.code() == ErrorCode::BadCheckpoint);
    CHECK(std::string(error.what()).starts_with("damaged: "));
    return false;
  }
}

}  // namespace

TEST_SUITE("checkpoint/damage") {
  TEST_CASE("the undamaged file opens") { CHECK(survives(small_file())); }
  TEST_CASE("every cut is refused") {
    const std::vector<std::byte> file = small_file();
    for (std::size_t size = 0; size < file.size(); ++size)
      CHECK_FALSE(survives({file.begin(), file.begin() + static_cast<std::ptrdiff_t>(size)}));
  }
  TEST_CASE("every appended byte is refused") {
    for (int value = 0; value < 256; ++value) {
      std::vector<std::byte> file = small_file();
      file.push_back(static_cast<std::byte>(value));
      CHECK_FALSE(survives(file));
    }
  }
  TEST_CASE("every header byte changed to every other value: success or Error, never a crash") {
    const std::vector<std::byte> file = small_file();
    const std::size_t header = checkpoint::header_bytes(file, file.size(), "m");
    int refused = 0;
    for (std::size_t i = 0; i < checkpoint::kLengthBytes + header; ++i)
      for (int flip = 1; flip < 256; ++flip) {
        std::vector<std::byte> damaged = file;
        damaged[i] ^= static_cast<std::byte>(flip);
        refused += survives(damaged) ? 0 : 1;
      }
    MESSAGE(refused << " refused of " << 255 * (checkpoint::kLengthBytes + header));
    CHECK(refused > 0);
  }
  TEST_CASE("every header byte lost, or doubled, is survived") {
    const std::vector<std::byte> file = small_file();
    const std::size_t header = checkpoint::header_bytes(file, file.size(), "m");
    for (std::size_t i = 0; i < checkpoint::kLengthBytes + header; ++i) {
      std::vector<std::byte> lost = file, doubled = file;
      lost.erase(lost.begin() + static_cast<std::ptrdiff_t>(i));
      doubled.insert(doubled.begin() + static_cast<std::ptrdiff_t>(i), file[i]);
      CHECK_FALSE(survives(lost));
      CHECK_FALSE(survives(doubled));
    }
  }
}

}  // namespace tessera
