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
  std::size_t mark() const;
  void release(std::size_t mark);
  /// Bytes held for reuse.
  std::size_t capacity_bytes() const;

 private:
  struct Block {
    Tensor memory;
    std::size_t used = 0;
  };
  std::vector<Block> blocks_;
  std::size_t current_ = 0;
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
