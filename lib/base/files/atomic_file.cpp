// SPDX-License-Identifier: MIT
#include "base/files/atomic_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <new>
#include <utility>

#include "base/files/open_or_special.h"
#include "base/files/printable_name.h"
#include "base/files/quiet_write.h"
#include "tessera/error.h"

namespace tessera::base {

namespace {

constexpr int kNamesTried = 16;  ///< names of 64 random bits

[[noreturn]] void fail_writing(const std::filesystem::path& target, int reason) {
  std::string cause = std::string("cannot be written: ") + std::strerror(reason);
  if (reason == ENOENT || reason == ENOTDIR)
    cause = "cannot be written: its folder does not exist (create it first)";
  if (reason == EACCES || reason == EROFS || reason == EPERM)
    cause = std::string("cannot be written: ") + std::strerror(reason) +
            " (choose a folder that you may write to)";
  throw Error(ErrorCode::IoFailure, printable_name(target) + ": " + cause);
}

std::filesystem::path folder_of(const std::filesystem::path& file) {
  return file.has_parent_path() ? file.parent_path() : std::filesystem::path(".");
}

/// The file that is to be made or replaced, links followed.
std::filesystem::path file_behind(const std::filesystem::path& target) {
  refuse_dangling_link(target);
  std::error_code error;
  if (std::filesystem::is_directory(target, error))
    throw Error(ErrorCode::IoFailure, printable_name(target) + ": cannot be written: is a folder");
  if (!std::filesystem::is_symlink(target, error)) return target;
  const auto real = std::filesystem::canonical(target, error);
  return error ? target : real;
}

/// A path to an open file that has none; linkat() follows it.
std::string path_of_descriptor(int descriptor) {
  return "/proc/self/fd/" + std::to_string(descriptor);
}

/// Extended attributes that users give files: tags, ratings, where a file came from.
void copy_attributes(const std::filesystem::path& from, int to) {
  const ssize_t size = ::listxattr(from.c_str(), nullptr, 0);
  if (size <= 0) return;
  std::string names(static_cast<std::size_t>(size), '\0');
  const ssize_t listed = ::listxattr(from.c_str(), names.data(), names.size());
  if (listed <= 0) return;
  names.resize(static_cast<std::size_t>(listed));
  for (std::size_t at = 0; at < names.size(); at += std::strlen(names.c_str() + at) + 1) {
    const char* name = names.c_str() + at;
    if (!std::string_view(name).starts_with("user.")) continue;
    const ssize_t length = ::getxattr(from.c_str(), name, nullptr, 0);
    if (length < 0) continue;
    std::string value(static_cast<std::size_t>(length), '\0');
    const ssize_t got = ::getxattr(from.c_str(), name, value.data(), value.size());
    if (got >= 0) ::fsetxattr(to, name, value.data(), static_cast<std::size_t>(got), 0);
  }
}

}  // namespace

void refuse_dangling_link(const std::filesystem::path& target) {
  if (is_dangling_link(target))
    throw Error(ErrorCode::IoFailure,
                printable_name(target) +
                    ": cannot be written: is a symbolic link that leads nowhere (remove it, or "
                    "make the file that it names)");
}

void check_writable(const std::filesystem::path& target) {
  if (target.empty()) fail_writing(target, ENOENT);
  if (is_open_or_special(target)) return;
  const std::filesystem::path folder = folder_of(file_behind(target));
  std::error_code ignored;
  if (!std::filesystem::is_directory(folder, ignored)) fail_writing(target, ENOENT);
  if (::access(folder.c_str(), W_OK | X_OK) != 0) fail_writing(target, errno);
}

AtomicFile::AtomicFile(const std::filesystem::path& target, Progress progress) : target_(target) {
  if (is_open_or_special(target)) {
    direct_ = true;
    descriptor_ = open_or_duplicate(target, O_WRONLY);
    if (descriptor_ < 0) fail_writing(target_, errno);
    return;
  }
  target_ = file_behind(target);
  struct stat status {};
  const bool exists = ::stat(target_.c_str(), &status) == 0;
  if (progress == Progress::Named || !open_unnamed()) open_named();
  if (exists) take_over(status);
}

/// Owner first, as a change of it takes bits of the mode away, and the mode last, as it may forbid
/// to set attributes; what may not be set stays as it is. Another group gets no rights that others
/// had not, and a set-id bit goes to nobody else.
void AtomicFile::take_over(const struct ::stat& replaced) const noexcept {
  const bool owner = ::fchown(descriptor_, replaced.st_uid, replaced.st_gid) == 0;
  const bool group = owner || ::fchown(descriptor_, static_cast<uid_t>(-1), replaced.st_gid) == 0;
  try {
    copy_attributes(target_, descriptor_);
  } catch (const std::bad_alloc&) {
    // The file is worth more than what is attached to it.
  }
  mode_t mode = replaced.st_mode & 01777;
  if (owner) mode |= replaced.st_mode & S_ISUID;
  if (group) mode |= replaced.st_mode & S_ISGID;
  const mode_t of_others = (mode & S_IRWXO) << 3;
  if (!group) mode &= ~(static_cast<mode_t>(S_IRWXG) & ~of_others);
  ::fchmod(descriptor_, mode);
}

std::filesystem::path AtomicFile::folder() const { return folder_of(target_); }

bool AtomicFile::open_unnamed() {
  descriptor_ = ::open(folder().c_str(), O_RDWR | O_TMPFILE | O_CLOEXEC, 0666);
  if (descriptor_ < 0) return false;
  if (::access(path_of_descriptor(descriptor_).c_str(), F_OK) == 0) return true;
  // Without /proc the file could never be named.
  ::close(std::exchange(descriptor_, -1));
  return false;
}

void AtomicFile::open_named() {
  for (int attempt = 0; attempt < kNamesTried; ++attempt) {
    temporary_.emplace(folder());
    descriptor_ = ::open(temporary_->path().c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (descriptor_ >= 0) return temporary_->exists_now();
    const int reason = errno;
    temporary_.reset();
    if (reason != EEXIST) fail_writing(target_, reason);
  }
  fail_writing(target_, EEXIST);
}

AtomicFile::~AtomicFile() {
  if (descriptor_ >= 0) ::close(descriptor_);
  if (temporary_) ::unlink(temporary_->path().c_str());
}

void AtomicFile::write(std::span<const std::byte> bytes) {
  if (const int error = write_all(descriptor_, bytes); error != 0) fail_writing(target_, error);
}

void AtomicFile::write(std::string_view text) {
  write(std::as_bytes(std::span<const char>(text.data(), text.size())));
}

void AtomicFile::close_file() {
  // Some file systems report a full disk only here.
  if (::close(std::exchange(descriptor_, -1)) != 0) fail_writing(target_, errno);
}

/// An open file can get a new name, but not take one that is in use: that is left to rename().
void AtomicFile::name_unnamed() {
  const std::string file = path_of_descriptor(descriptor_);
  const auto link_to = [&file](const char* name) {
    return ::linkat(AT_FDCWD, file.c_str(), AT_FDCWD, name, AT_SYMLINK_FOLLOW) == 0;
  };
  if (link_to(target_.c_str())) return;
  if (errno != EEXIST) fail_writing(target_, errno);
  temporary_.emplace(folder());
  if (!link_to(temporary_->path().c_str())) fail_writing(target_, errno);
  temporary_->exists_now();
}

void AtomicFile::commit() {
  if (!direct_ && !temporary_) name_unnamed();
  close_file();
  if (!temporary_) return;
  if (::rename(temporary_->path().c_str(), target_.c_str()) != 0) fail_writing(target_, errno);
  temporary_.reset();
}

}  // namespace tessera::base
