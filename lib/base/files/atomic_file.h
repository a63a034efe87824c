// SPDX-License-Identifier: MIT
#pragma once

#include <sys/stat.h>

#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/files/temporary_files.h"

namespace tessera::base {

/// An output that appears whole or not at all. Until commit() its bytes stand in the target's
/// folder, in a file without a name where the system has such files, so that nothing is left of
/// them however the process ends; elsewhere in a file with a temporary name.
/// A link to a file is followed, one that leads nowhere refused, as cp does; what is open or
/// special (open_or_special.h) is written directly. Of a file that is replaced it has the mode
/// bits, and as far as this process may set them owner, group and the extended attributes that
/// users give (user.*); where the group is another, it may do no more than others might. A new
/// file has the mode 0666 less the umask.
class AtomicFile {
 public:
  enum class Progress {
    Unnamed,  ///< without a name, where the file system and /proc allow it
    Named,    ///< under a temporary name, as on network file systems
  };
  /// Errors  IoFailure with the system's reason (folder missing, not writable, target is a folder
  ///         or a link that leads nowhere).
  explicit AtomicFile(const std::filesystem::path& target, Progress progress = Progress::Unnamed);
  /// Removes what was not committed.
  ~AtomicFile();
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;

  /// Open for writing, and for reading unless direct().
  int descriptor() const { return descriptor_; }
  /// True when the target is open or special.
  bool direct() const { return direct_; }
  /// Everything, from the present position on.  Errors  IoFailure with the system's reason; no
  /// signal, see write_all().
  void write(std::span<const std::byte> bytes);
  void write(std::string_view text);
  /// Gives the file its name.  Errors  IoFailure; the old file then still stands.
  void commit();

 private:
  bool open_unnamed();
  void open_named();
  void name_unnamed();
  void close_file();
  void take_over(const struct ::stat& replaced) const noexcept;
  std::filesystem::path folder() const;

  std::filesystem::path target_;
  std::optional<TemporaryName> temporary_;  ///< stands in the folder under this name
  int descriptor_ = -1;
  bool direct_ = false;
};

// For those who want to know before the work.

/// Errors  IoFailure when `target` is a symbolic link that leads nowhere.
void refuse_dangling_link(const std::filesystem::path& target);

/// Errors  IoFailure as those of AtomicFile's constructor: when nothing can be written there.
void check_writable(const std::filesystem::path& target);

}  // namespace tessera::base
