// SPDX-License-Identifier: MIT
#include "base/files/temporary_files.h"

#include <poll.h>
#include <sys/random.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <climits>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <string_view>

namespace tessera::base {

namespace {

// Names of the temporary files in progress, for remove_files_in_progress(): a table of fixed size,
// because a signal handler can neither allocate nor lock. One file per worker is in progress, or
// all that one call writes together; beyond the table a file is written unregistered. Either a
// thread that is about to open a file sees `ending` and does not, or the handler sees its slot at
// kOpening and waits until the file is there to be removed.
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

constexpr std::string_view kPrefix = ".tessera-", kSuffix = ".tmp";
constexpr std::size_t kDigits = 16;

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

void forget_temporary(int slot) {
  if (slot >= 0) slots[slot].state.store(kFree);
}

/// A leaf of fixed length: names of 255 bytes still get a temporary neighbour.
std::string temporary_leaf() {
  std::uint64_t number = 0;
  if (::getrandom(&number, sizeof number, 0) != sizeof number)
    number = static_cast<std::uint64_t>(::getpid()) << 32 |
             static_cast<std::uint64_t>(reinterpret_cast<std::uintptr_t>(&number));
  char digits[kDigits + 1];
  std::snprintf(digits, sizeof digits, "%016llx", static_cast<unsigned long long>(number));
  return std::string(kPrefix) + digits + std::string(kSuffix);
}

bool is_temporary_leaf(std::string_view leaf) {
  if (leaf.size() != kPrefix.size() + kDigits + kSuffix.size() || !leaf.starts_with(kPrefix) ||
      !leaf.ends_with(kSuffix))
    return false;
  const std::string_view digits = leaf.substr(kPrefix.size(), kDigits);
  return digits.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

}  // namespace

TemporaryName::TemporaryName(const std::filesystem::path& folder)
    : path_((folder / temporary_leaf()).native()), slot_(register_temporary(path_)) {
  while (ending.load()) {
    forget_temporary(slot_);
    wait_for_the_end();
    slot_ = register_temporary(path_);
  }
}

TemporaryName::~TemporaryName() { forget_temporary(slot_); }

void TemporaryName::exists_now() {
  if (slot_ >= 0) slots[slot_].state.store(kReady);
}

int remove_abandoned_files(const std::filesystem::path& folder) {
  namespace fs = std::filesystem;
  const auto newest = fs::file_time_type::clock::now() - kAbandonedAge;
  int removed = 0;
  std::error_code error;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end;
       entry.increment(error)) {
    std::error_code unreadable;
    if (!is_temporary_leaf(entry->path().filename().native()) ||
        entry->symlink_status(unreadable).type() != fs::file_type::regular)
      continue;
    const auto written = entry->last_write_time(unreadable);
    if (!unreadable && written < newest && fs::remove(entry->path(), unreadable)) ++removed;
  }
  return removed;
}

void remove_files_in_progress() noexcept {
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

}  // namespace tessera::base
