// SPDX-License-Identifier: MIT
#include "tensor/workspace.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdint>
#include <vector>

#include "base/random.h"

namespace tessera {
namespace {

constexpr std::size_t kMebibyte = std::size_t{1} << 20;

int pick(std::uint64_t step, std::uint64_t kind, int limit) {
  return static_cast<int>(base::random_uniform(11 + kind, step) * limit);
}

}  // namespace

TEST_SUITE("tensor/workspace") {
  TEST_CASE("blocks in use keep their address and values while others come and go") {
    struct Taken {
      TensorView<float> view;
      float value;
    };
    Workspace workspace;
    std::vector<Taken> taken;
    std::vector<std::size_t> marks;  // marks[i]: before taken[i]
    for (std::uint64_t step = 0; step < 3000; ++step) {
      if (pick(step, 0, 10) < 6) {
        const int large = pick(step, 1, 8) == 0 ? 40 : 1;
        const Shape shape{1 + pick(step, 2, 3), 1 + pick(step, 3, 50),
                          (1 + pick(step, 4, 80)) * large};
        marks.push_back(workspace.mark());
        taken.push_back({workspace.take(shape), static_cast<float>(step)});
        CHECK(reinterpret_cast<std::uintptr_t>(taken.back().view.data()) % 64 == 0);
        std::fill_n(taken.back().view.data(), shape.count(), taken.back().value);
      } else if (!taken.empty()) {
        const auto keep = static_cast<std::size_t>(pick(step, 5, static_cast<int>(taken.size())));
        workspace.release(marks[keep]);
        taken.resize(keep);
        marks.resize(keep);
      }
      for (const Taken& block : taken) {
        const auto values = block.view.flat();
        REQUIRE(
            std::all_of(values.begin(), values.end(), [&](float v) { return v == block.value; }));
      }
    }
  }
  TEST_CASE("a scope gives back what was taken in it, and the memory is used again") {
    Workspace workspace;
    const float* first = nullptr;
    for (int run = 0; run < 3; ++run) {
      const WorkspaceScope scope(workspace);
      const float* block = workspace.take({1, 10, 10}).data();
      if (run == 0) first = block;
      CHECK(block == first);
    }
    CHECK(workspace.mark() == 0);
  }
  TEST_CASE(
      "the same work again gets the memory that it touched, and capacity is that of its peak") {
    Workspace workspace;
    std::vector<const float*> first;
    for (int run = 0; run < 3; ++run) {
      const WorkspaceScope scope(workspace);
      for (std::size_t i = 0; i < 6; ++i) {
        const float* data = workspace.take({1, 1024, 256 * static_cast<int>(i + 1)}).data();
        if (run == 0) first.push_back(data);
        CHECK(data == first[i]);
      }
      // 1 + 2 + ... + 6 MiB, and at most one row of rounding each.
      CHECK(workspace.capacity_bytes() >= 21 * kMebibyte);
      CHECK(workspace.capacity_bytes() <= 21 * kMebibyte + 6 * 65536);
    }
  }
  TEST_CASE("what other work left behind does not stand beside what is needed for long") {
    Workspace workspace;
    for (int run = 0; run < 4; ++run) {
      const WorkspaceScope scope(workspace);
      for (const int mebibytes : {1, 8 - run, 2 + 2 * run})
        workspace.take({1, 1024, 256 * mebibytes});
    }
    const WorkspaceScope scope(workspace);
    workspace.take({1, 1, 1});
    // The largest demand was 1 + 5 + 8 MiB.
    CHECK(workspace.capacity_bytes() <= 14 * kMebibyte * 5 / 4 + 3 * 65536);
  }
  TEST_CASE("a larger demand replaces a free block instead of standing beside it") {
    Workspace workspace;
    for (const int mebibytes : {4, 8, 16}) {
      const WorkspaceScope scope(workspace);
      workspace.take({1, 1024, 256 * mebibytes});
      CHECK(workspace.capacity_bytes() <= mebibytes * kMebibyte + 65536);
    }
  }
  TEST_CASE("an empty shape takes nothing") {
    Workspace workspace;
    CHECK(workspace.take({0, 5, 5}).shape().count() == 0);
    CHECK(workspace.mark() == 0);
  }
}

}  // namespace tessera
