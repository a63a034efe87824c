// SPDX-License-Identifier: MIT
#include "image/byte_source.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "base/files/open_or_special.h"
#include "image/message.h"

namespace tessera::image {

namespace {

// A stream has to fit into memory; a file of this size is read in place.
constexpr std::size_t kLongestStream = std::size_t{4} << 30;

[[noreturn]] void fail_opening(const std::string& name, int reason) {
  const std::string text = std::strerror(reason);
  if (reason == ENOENT || reason == ENOTDIR) fail(ErrorCode::NotFound, name, "not found");
  if (reason == EACCES)
    fail(ErrorCode::IoFailure, name, "cannot be read: permission denied (check its access rights)");
  fail(ErrorCode::IoFailure, name, "cannot be read: " + text);
}

ssize_t read_retrying(int descriptor, std::byte* target, std::size_t count) {
  ssize_t got = 0;
  do {
    got = ::read(descriptor, target, count);
  } while (got < 0 && base::is_to_be_repeated(descriptor, errno, POLLIN));
  return got;
}

}  // namespace

ByteSource::ByteSource(std::string name, int descriptor, bool owned)
    : name_(std::move(name)), descriptor_(descriptor), owned_(owned) {
  try {
    look_at_file();
  } catch (...) {
    if (owned_) ::close(descriptor);
    throw;
  }
}

/// Reads what cannot be read again at any offset, and lets go of it.
void ByteSource::look_at_file() {
  struct stat status {};
  const bool known = ::fstat(descriptor_, &status) == 0;
  if (known && S_ISDIR(status.st_mode))
    fail(ErrorCode::BadImage, name_, "is a folder, not a picture");
  if (known && S_ISREG(status.st_mode) && ::lseek(descriptor_, 0, SEEK_CUR) == 0) {
    size_ = static_cast<std::uint64_t>(status.st_size);
  } else {
    read_to_end();
    if (std::exchange(owned_, false)) ::close(descriptor_);
    descriptor_ = -1;
  }
  look_at_head();
}

ByteSource::ByteSource(ByteSource&& other) noexcept
    : name_(std::move(other.name_)),
      descriptor_(std::exchange(other.descriptor_, -1)),
      owned_(std::exchange(other.owned_, false)),
      size_(other.size_),
      memory_(std::move(other.memory_)),
      head_(std::move(other.head_)),
      kind_(other.kind_) {}

ByteSource::~ByteSource() {
  if (owned_) ::close(descriptor_);
}

ByteSource ByteSource::open_file(const std::filesystem::path& file) {
  const int descriptor = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) fail_opening(file.native(), errno);
  return ByteSource(file.native(), descriptor, true);
}

ByteSource ByteSource::from_descriptor(int descriptor, std::string name) {
  if (descriptor < 0) fail_opening(name, EBADF);
  return ByteSource(std::move(name), descriptor, false);
}

ByteSource ByteSource::from_memory(std::vector<std::byte> bytes, std::string name) {
  ByteSource source(std::move(name), -1, false);
  source.memory_ = std::move(bytes);
  source.size_ = source.memory_.size();
  source.look_at_head();
  return source;
}

void ByteSource::read_to_end() {
  if (descriptor_ < 0) return;
  std::size_t used = 0;
  for (;;) {
    if (memory_.size() - used < 4096)
      memory_.resize(std::max<std::size_t>(65536, memory_.size() * 2));
    const ssize_t got = read_retrying(descriptor_, memory_.data() + used, memory_.size() - used);
    if (got < 0)
      fail(ErrorCode::IoFailure, name_, std::string("cannot be read: ") + std::strerror(errno));
    if (got == 0) break;
    used += static_cast<std::size_t>(got);
    if (used >= kKindBytes && kind_of(std::span(memory_).first(kKindBytes)) == FileKind::Unknown)
      break;
    if (used > kLongestStream)
      fail(ErrorCode::Refused, name_, "stream is longer than 4 GiB (write it to a file first)");
  }
  memory_.resize(used);
  size_ = used;
}

void ByteSource::look_at_head() {
  head_.resize(std::min<std::uint64_t>(kKindBytes, size_));
  head_.resize(read_at(0, head_));
  kind_ = kind_of(head_);
}

std::size_t ByteSource::read_at(std::uint64_t offset, std::span<std::byte> target) const {
  if (offset >= size_) return 0;
  const std::size_t wanted = std::min<std::uint64_t>(target.size(), size_ - offset);
  if (descriptor_ < 0) {
    std::copy_n(memory_.begin() + static_cast<std::ptrdiff_t>(offset), wanted, target.begin());
    return wanted;
  }
  std::size_t done = 0;
  while (done < wanted) {
    const ssize_t got = ::pread(descriptor_, target.data() + done, wanted - done,
                                static_cast<off_t>(offset + done));
    if (got < 0 && base::is_to_be_repeated(descriptor_, errno, POLLIN)) continue;
    if (got < 0)
      fail(ErrorCode::IoFailure, name_, std::string("cannot be read: ") + std::strerror(errno));
    if (got == 0) break;
    done += static_cast<std::size_t>(got);
  }
  return done;
}

void ByteSource::read_exactly(std::uint64_t offset, std::span<std::byte> target) const {
  if (read_at(offset, target) != target.size()) fail_truncated();
}

std::vector<std::byte> ByteSource::read_all() const {
  std::vector<std::byte> bytes(size_);
  bytes.resize(read_at(0, bytes));
  return bytes;
}

void ByteSource::fail_truncated() const {
  fail(ErrorCode::BadImage, name_,
       "truncated at byte " + std::to_string(size_) + " (the file is incomplete; copy it again)");
}

}  // namespace tessera::image
