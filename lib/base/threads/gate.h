// SPDX-License-Identifier: MIT
#pragma once

#include <atomic>

namespace tessera::base {

/// Closed until somebody opens it, then open for good. Lives until all calls have returned.
/// Threads  any number at once.
class Gate {
 public:
  void open() {
    open_.store(true, std::memory_order_release);
    open_.notify_all();
  }
  /// Waits until it is open; what was written before it was opened is seen then.
  void pass() const { open_.wait(false, std::memory_order_acquire); }

 private:
  std::atomic<bool> open_ = false;
};

/// Opens a gate when the scope is left, also by a failure: others wait for it.
class OpenAtEnd {
 public:
  explicit OpenAtEnd(Gate& gate) : gate_(gate) {}
  ~OpenAtEnd() { gate_.open(); }
  OpenAtEnd(const OpenAtEnd&) = delete;
  OpenAtEnd& operator=(const OpenAtEnd&) = delete;

 private:
  Gate& gate_;
};

}  // namespace tessera::base
