// SPDX-License-Identifier: MIT
#include "image/atomic_file.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <climits>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <utility>

#include "image/message.h"
#include "tessera/image_io.h"

namespace tessera {

namespace image {

namespace {

// Names of the temporary files in progress, for remove_temporary_files(): a table of fixed size,
// because a signal handler can neither allocate nor lock. One file per worker is in progress at
// most; beyond the table a file is written unregistered.
// Either a thread that is about to open a file sees `ending` and does not, or the handler sees
// its slot at kOpening and waits until the file is there to be removed.
enum SlotState { kFree, kFilling, kOpening, kReady };
struct Slot {
  std::atomic<int> state{kFree};
  char path[PATH_MAX];
};
constexpr int kSlots = 128;
Slot slots[kSlots];
std::atomic<bool> ending{false};
static_assert(std::atomic<int>::is_always_lock_free);

constexpr int kOpeningMilliseconds = 50;   ///< that the handler waits for an open() at most
constexpr int kEndingMilliseconds = 1000;  ///< after which the process is taken to go on

/// Async-signal-safe, as usleep() need not be.
void pause_a_millisecond() { ::poll(nullptr, 0, 1); }

/// A process that has removed its temporary files is about to end: no file is begun until it has.
void wait_for_the_end() {
  for (int k = 0; k < kEndingMilliseconds && ending.load(); ++k) pause_a_millisecond();
  ending.store(false);
}

/// Registers a path; -1 when the table is full.
int register_temporary(const std::string& path) {
  for (int i = 0; i < kSlots; ++i) {
    int expected = kFree;
    if (path.size() >= PATH_MAX || !slots[i].state.compare_exchange_strong(expected, kFilling))
      continue;
    std::memcpy(slots[i].path, path.c_str(), path.size() + 1);
    slots[i].state.store(kOpening);
    return i;
  }
  return -1;
}

void opened_temporary(int slot) {
  if (slot >= 0) slots[slot].state.store(kReady);
}

void forget_temporary(int slot) {
  if (slot >= 0) slots[slot].state.store(kFree);
}

/// Unlinks what is registered, waiting shortly for files that are just being opened.
void remove_registered() {
  const int saved = errno;
  ending.store(true);
  for (Slot& slot : slots) {
    const auto unsettled = [&] {
      const int state = slot.state.load();
      return state == kFilling || state == kOpening;
    };
    // The thread that a signal interrupted may be the one that opens: no endless wait.
    for (int k = 0; k < kOpeningMilliseconds && unsettled(); ++k) pause_a_millisecond();
    const int state = slot.state.load();
    if (state == kOpening || state == kReady) ::unlink(slot.path);
  }
  errno = saved;
}

/// A leaf of fixed length: names of 255 bytes still get a temporary neighbour.
std::string temporary_leaf() {
  std::uint64_t number = 0;
  if (::getrandom(&number, sizeof number, 0) != sizeof number)
    number = static_cast<std::uint64_t>(::getpid()) << 32 |
             static_cast<std::uint64_t>(reinterpret_cast<std::uintptr_t>(&number));
  char leaf[40];
  std::snprintf(leaf, sizeof leaf, ".tessera-%016llx.tmp", static_cast<unsigned long long>(number));
  return leaf;
}

[[noreturn]] void fail_writing(const std::filesystem::path& target, int reason) {
  std::string cause = std::string("cannot be written: ") + std::strerror(reason);
  if (reason == ENOENT || reason == ENOTDIR)
    cause = "cannot be written: its folder does not exist (create it first)";
  if (reason == EACCES || reason == EROFS || reason == EPERM)
    cause = std::string("cannot be written: ") + std::strerror(reason) +
            " (choose a folder that you may write to)";
  fail(ErrorCode::IoFailure, target.native(), cause);
}

}  // namespace

AtomicFile::AtomicFile(const std::filesystem::path& target) : target_(target) {
  std::error_code ignored;
  if (std::filesystem::is_symlink(target, ignored)) {
    const auto real = std::filesystem::canonical(target, ignored);
    if (!ignored) target_ = real;
  }
  struct stat status {};
  const bool exists = ::stat(target_.c_str(), &status) == 0;
  if (exists && S_ISDIR(status.st_mode))
    fail(ErrorCode::IoFailure, target.native(), "cannot be written: is a folder");
  if (exists && !S_ISREG(status.st_mode)) {
    descriptor_ = ::open(target_.c_str(), O_WRONLY | O_CLOEXEC);
    if (descriptor_ < 0) fail_writing(target_, errno);
    return;
  }
  open_temporary();
  if (exists) ::fchmod(descriptor_, status.st_mode & 07777);
}

void AtomicFile::open_temporary() {
  for (int attempt = 0; attempt < 16; ++attempt) {
    temporary_ = (target_.parent_path() / temporary_leaf()).native();
    slot_ = register_temporary(temporary_);
    while (ending.load()) {
      forget_temporary(slot_);
      wait_for_the_end();
      slot_ = register_temporary(temporary_);
    }
    descriptor_ = ::open(temporary_.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (descriptor_ >= 0) return opened_temporary(slot_);
    const int reason = errno;
    forget_temporary(slot_);
    if (reason != EEXIST) {
      temporary_.clear();
      fail_writing(target_, reason);
    }
  }
  fail_writing(target_, EEXIST);
}

AtomicFile::~AtomicFile() {
  if (descriptor_ >= 0) ::close(descriptor_);
  if (!temporary_.empty()) ::unlink(temporary_.c_str());
  forget_temporary(slot_);
}

void AtomicFile::commit() {
  // Some file systems report a full disk only here.
  const int closed = ::close(std::exchange(descriptor_, -1));
  if (closed != 0) fail_writing(target_, errno);
  if (temporary_.empty()) return;
  if (::rename(temporary_.c_str(), target_.c_str()) != 0) fail_writing(target_, errno);
  temporary_.clear();
}

}  // namespace image

void remove_temporary_files() noexcept { image::remove_registered(); }

}  // namespace tessera
