// SPDX-License-Identifier: MIT
#include "base/files/open_or_special.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>

#include <cerrno>
#include <charconv>
#include <string>
#include <system_error>

namespace tessera::base {

namespace {

namespace fs = std::filesystem;

constexpr int kMostLinks = 40;  ///< as many as the kernel follows (path_resolution(7))

std::optional<int> number_from(const std::string& text) {
  int number = 0;
  const char* end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc() || rest != end || number < 0) return std::nullopt;
  return number;
}

/// Whether the entries of this folder are the descriptors of this process.
bool holds_descriptors(const fs::path& folder) {
  // By name, too: /proc need not be there.
  if (folder == "/dev/fd" || folder == "/proc/self/fd") return true;
  std::error_code error;
  const fs::path own = fs::canonical("/proc/self/fd", error);
  if (error) return false;
  const fs::path found = fs::canonical(folder, error);
  return !error && found == own;
}

}  // namespace

std::optional<int> descriptor_named(const fs::path& name) {
  fs::path path = name;
  for (int links = 0; links <= kMostLinks; ++links) {
    if (path == "/dev/stdin") return 0;
    if (path == "/dev/stdout") return 1;
    if (path == "/dev/stderr") return 2;
    // What an entry there links to is the file, no longer the descriptor.
    if (holds_descriptors(path.parent_path())) return number_from(path.filename().native());
    std::error_code no_link;
    const fs::path target = fs::read_symlink(path, no_link);
    if (no_link) return std::nullopt;
    path = path.parent_path() / target;
  }
  return std::nullopt;
}

bool is_open_or_special(const fs::path& name) {
  if (descriptor_named(name)) return true;
  std::error_code ignored;
  const fs::file_status status = fs::status(name, ignored);
  return fs::exists(status) && !fs::is_regular_file(status) && !fs::is_directory(status);
}

bool is_dangling_link(const fs::path& name) {
  std::error_code ignored;
  struct stat status {};
  return fs::is_symlink(name, ignored) && !descriptor_named(name) &&
         ::stat(name.c_str(), &status) != 0;
}

int open_or_duplicate(const fs::path& name, int flags) {
  if (const auto descriptor = descriptor_named(name))
    return ::fcntl(*descriptor, F_DUPFD_CLOEXEC, 0);
  return ::open(name.c_str(), flags | O_CLOEXEC);
}

bool is_to_be_repeated(int descriptor, int error, short events) {
  if (error == EINTR) return true;
  if (error != EAGAIN && error != EWOULDBLOCK) return false;
  pollfd waiting{descriptor, events, 0};
  return ::poll(&waiting, 1, -1) >= 0 || errno == EINTR;
}

}  // namespace tessera::base
