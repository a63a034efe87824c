// SPDX-License-Identifier: MIT
#include "pipeline/evaluate/evaluation_progress.h"

namespace tessera::pipeline {

void EvaluationProgress::finished(const std::filesystem::path& reference) {
  const std::lock_guard lock(mutex_);
  ++finished_;
  if (!observer_.file_finished) return;
  FileOutcome outcome;
  outcome.input = reference;
  observer_.file_finished(outcome, finished_, total_);
}

}  // namespace tessera::pipeline
