// SPDX-License-Identifier: MIT
#include "pipeline/batch/isolation.h"

#include <new>

#include "base/memory_refusal.h"
#include "tessera/error.h"

namespace tessera::pipeline {
namespace {

namespace fs = std::filesystem;

/// `text`, made to start with the printable name of the file that it is about.
std::string about(const fs::path& file, const fs::path& result, const std::string& text) {
  for (const fs::path* path : {&file, &result}) {
    if (path->empty()) continue;
    const std::string name = printable_name(*path);
    if (text.starts_with(name + ":")) return text;
    if (text.starts_with(path->native() + ":")) return name + text.substr(path->native().size());
  }
  return printable_name(file) + ": " + text;
}

}  // namespace

std::optional<Failure> isolate(const fs::path& file,
                               const std::function<void()>& work,
                               const fs::path& result) {
  const auto failure = [&](ErrorCode code, const std::string& cause, bool lacks_memory = false) {
    return Failure{code, about(file, result, cause), lacks_memory};
  };
  try {
    work();
  } catch (const base::MemoryRefusal& refusal) {
    return failure(refusal.code(), refusal.what(), true);
  } catch (const Error& error) {
    return failure(error.code(), error.what());
  } catch (const std::bad_alloc&) {
    return failure(ErrorCode::Refused, "not enough memory", true);
  } catch (const std::exception& error) {
    return failure(ErrorCode::IoFailure, std::string("internal error: ") + error.what());
  }
  return std::nullopt;
}

}  // namespace tessera::pipeline
