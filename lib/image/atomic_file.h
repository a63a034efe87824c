// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <string>

namespace tessera::image {

/// An output that appears whole or not at all: a temporary file in the target's folder, renamed by
/// commit(). A link to a file is followed; pipes and devices are written directly.
/// Mode bits are those of the file that is replaced, else 0666 less the umask.
class AtomicFile {
 public:
  /// Errors  IoFailure with the system's reason (folder missing, not writable, target is a folder).
  explicit AtomicFile(const std::filesystem::path& target);
  /// Removes what was not committed.
  ~AtomicFile();
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;

  /// Open for writing, and for reading unless direct().
  int descriptor() const { return descriptor_; }
  /// True when the target is a pipe or device.
  bool direct() const { return temporary_.empty(); }
  /// Closes and renames.  Errors  IoFailure; the old file then still stands.
  void commit();

 private:
  void open_temporary();

  std::filesystem::path target_;
  std::string temporary_;
  int descriptor_ = -1;
  int slot_ = -1;
};

}  // namespace tessera::image
