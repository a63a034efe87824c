// SPDX-License-Identifier: MIT
#include "tensor/workspace.h"

#include <algorithm>
#include <limits>
#include <new>
#include <utility>

#include "base/rounding.h"

namespace tessera {
namespace {

/// 64 bytes, so that every block handed out is aligned like a Tensor.
constexpr std::size_t kAlignmentFloats = 16;
/// 1 MiB: many small takes share one block.
constexpr std::size_t kSmallestBlockFloats = std::size_t{1} << 18;

/// Blocks that hold more than the largest demand by this part of it are made anew.
constexpr std::size_t kSparePart = 4;

/// A tensor of at least `floats` floats; its extents are ints, so it is folded into rows.
Tensor memory_of(std::size_t floats) {
  constexpr std::size_t kRow = kAlignmentFloats * 1024;
  const std::size_t rows = (floats + kRow - 1) / kRow;
  if (rows > static_cast<std::size_t>(std::numeric_limits<int>::max())) throw std::bad_alloc();
  return Tensor::uninitialised({1, static_cast<int>(rows), static_cast<int>(kRow)});
}

}  // namespace

TensorView<float> Workspace::take(Shape shape) {
  const std::size_t floats = base::rounded_up(shape.count(), kAlignmentFloats);
  make_room(floats);
  Block& block = blocks_[current_];
  float* data = block.memory.data() + block.used;
  block.used += floats;
  taken_ += floats;
  peak_ = std::max(peak_, taken_);
  return {data, shape};
}

/// Makes blocks_[current_] have room for `floats` more.
void Workspace::make_room(std::size_t floats) {
  const auto has_room = [floats](const Block& block) {
    return block.memory.shape().count() - block.used >= floats;
  };
  if (taken_ == 0) {
    current_ = 0;
    // The blocks of an earlier run of the same work serve again, touched as they are. Those of
    // other work become one that holds the largest demand so far.
    const bool serves = std::any_of(blocks_.begin(), blocks_.end(), has_room);
    const std::size_t held = capacity_bytes() / sizeof(float);
    const std::size_t needed = std::max({peak_, floats, kSmallestBlockFloats});
    if (!blocks_.empty() && (!serves || held > needed + needed / kSparePart)) {
      blocks_.clear();
      blocks_.push_back({memory_of(needed), 0});
    }
  }
  if (current_ < blocks_.size() && has_room(blocks_[current_])) return;
  const std::size_t next = blocks_.empty() ? 0 : current_ + 1;
  const auto found =
      std::find_if(blocks_.begin() + static_cast<std::ptrdiff_t>(next), blocks_.end(), has_room);
  const auto position = static_cast<std::size_t>(found - blocks_.begin());
  if (found == blocks_.end())
    blocks_.push_back({memory_of(std::max(floats, kSmallestBlockFloats)), 0});
  std::swap(blocks_[next], blocks_[position]);
  current_ = next;
}

void Workspace::release(std::size_t mark) noexcept {
  TESSERA_ASSERT(mark <= taken_);
  while (taken_ > mark) {
    Block& block = blocks_[current_];
    const std::size_t given_back = std::min(block.used, taken_ - mark);
    block.used -= given_back;
    taken_ -= given_back;
    if (taken_ > mark) --current_;
  }
}

std::size_t Workspace::capacity_bytes() const {
  std::size_t floats = 0;
  for (const Block& block : blocks_) floats += block.memory.shape().count();
  return floats * sizeof(float);
}

}  // namespace tessera
