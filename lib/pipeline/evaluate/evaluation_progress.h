// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <mutex>

#include "tessera/execution.h"

namespace tessera::pipeline {

/// Tells an observer how an evaluation goes, picture by picture.
/// Threads  any.
class EvaluationProgress {
 public:
  EvaluationProgress(std::size_t total, const BatchObserver& observer)
      : total_(static_cast<int>(total)), observer_(observer) {}

  void start() const {
    if (observer_.started) observer_.started(total_);
  }
  bool cancelled() const { return observer_.cancelled && observer_.cancelled(); }
  /// All methods are through with `reference`; how they fared stands in the evaluation.
  void finished(const std::filesystem::path& reference);

 private:
  int total_, finished_ = 0;
  const BatchObserver& observer_;
  std::mutex mutex_;
};

}  // namespace tessera::pipeline
