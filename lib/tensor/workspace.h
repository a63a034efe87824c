// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <vector>

#include "tensor/tensor.h"

namespace tessera {

/// One arena per worker, lent downwards, so that nothing is allocated inside iterations.
/// `take` hands out zero-cost scratch; everything taken after `mark` is given back by `release`.
/// Threads  one worker at a time.
class Workspace {
 public:
  /// Uninitialised block, 64-byte aligned, valid until release() below its mark.
  TensorView<float> take(Shape shape);
  /// How much is in use, to be handed to release().
  std::size_t mark() const { return taken_; }
  /// Gives back everything taken since mark() returned `mark`. The memory is kept for reuse.
  void release(std::size_t mark) noexcept;
  /// Bytes held for reuse.
  std::size_t capacity_bytes() const;

 private:
  /// Blocks after current_ are free; those before it are in use, or were too small for what came
  /// next. A block never moves while in use.
  struct Block {
    Tensor memory;
    std::size_t used = 0;  ///< floats, a multiple of the alignment
  };
  void make_room(std::size_t floats);

  std::vector<Block> blocks_;
  std::size_t current_ = 0;
  std::size_t taken_ = 0;  ///< floats in use: the sum of `used`
  std::size_t peak_ = 0;   ///< the most that was ever in use at once
};

/// Releases on leaving the scope what was taken in it.
class WorkspaceScope {
 public:
  explicit WorkspaceScope(Workspace& workspace) : workspace_(workspace), mark_(workspace.mark()) {}
  ~WorkspaceScope() { workspace_.release(mark_); }
  WorkspaceScope(const WorkspaceScope&) = delete;
  WorkspaceScope& operator=(const WorkspaceScope&) = delete;

 private:
  Workspace& workspace_;
  std::size_t mark_;
};

}  // namespace tessera
