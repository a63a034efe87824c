// SPDX-License-Identifier: MIT
#include "pipeline/evaluate/evaluation_progress.h"

#include <new>

#include "tessera/error.h"

namespace tessera::pipeline {

void EvaluationProgress::finished(const std::filesystem::path& reference) {
  const std::lock_guard lock(mutex_);
  ++finished_;
  if (!observer_.file_finished) return;
  FileOutcome outcome;
  outcome.input = reference;
  observer_.file_finished(outcome, finished_, total_);
}

void isolate(const std::function<void()>& work,
             const std::filesystem::path& file,
             std::string& problem,
             ErrorCode& code) {
  const auto fail = [&](ErrorCode kind, const std::string& cause) {
    code = kind;
    const std::string name = file.string() + ":";
    problem = cause.rfind(name, 0) == 0 ? cause : name + " " + cause;
  };
  try {
    work();
  } catch (const Error& error) {
    fail(error.code(), error.what());
  } catch (const std::bad_alloc&) {
    fail(ErrorCode::Refused, "not enough memory");
  }
}

}  // namespace tessera::pipeline
