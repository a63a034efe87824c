// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <filesystem>
#include <string>

namespace tessera::base {

/// A name for a file in progress, beside its target, known to remove_files_in_progress() as long
/// as this object lives.
/// Threads  as many at once as there are; beyond 128 a name is in nobody's list.
class TemporaryName {
 public:
  /// A new name in `folder`: `.tessera-<16 hexadecimal digits>.tmp`. Waits when the process is
  /// about to end by a signal.
  explicit TemporaryName(const std::filesystem::path& folder);
  ~TemporaryName();
  TemporaryName(const TemporaryName&) = delete;
  TemporaryName& operator=(const TemporaryName&) = delete;

  const std::string& path() const { return path_; }
  /// The file is there: from now on a signal handler need not wait for it.
  void exists_now();

 private:
  std::string path_;
  int slot_ = -1;
};

/// How long nobody has written to a temporary file before it counts as left behind by a process
/// that was killed. No encoder pauses for as long.
inline constexpr std::chrono::hours kAbandonedAge{24};

/// Removes the temporary files in `folder` that are as old as kAbandonedAge; not those in its
/// folders.
/// Result  how many were removed; what cannot be read or removed is left.
int remove_abandoned_files(const std::filesystem::path& folder);

/// Removes what stands under a TemporaryName. Async-signal-safe; a TemporaryName that is made
/// within the next second waits for the end of the process.
void remove_files_in_progress() noexcept;

}  // namespace tessera::base
