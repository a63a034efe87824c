// SPDX-License-Identifier: MIT
#include "base/files/quiet_write.h"

#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <ctime>

#include "base/files/open_or_special.h"

namespace tessera::base {
namespace {

/// Holds SIGXFSZ and SIGPIPE back on this thread; one that its own write raised is swallowed.
class QuietWrites {
 public:
  QuietWrites() {
    sigemptyset(&signals_);
    sigaddset(&signals_, SIGXFSZ);
    sigaddset(&signals_, SIGPIPE);
    sigset_t pending;
    sigpending(&pending);
    had_pending_ = sigismember(&pending, SIGXFSZ) == 1 || sigismember(&pending, SIGPIPE) == 1;
    pthread_sigmask(SIG_BLOCK, &signals_, &old_);
  }
  ~QuietWrites() {
    const timespec no_wait{};
    if (raised_ && !had_pending_) {
      while (sigtimedwait(&signals_, nullptr, &no_wait) < 0 && errno == EINTR) {
      }
    }
    pthread_sigmask(SIG_SETMASK, &old_, nullptr);
  }
  QuietWrites(const QuietWrites&) = delete;
  QuietWrites& operator=(const QuietWrites&) = delete;

  void raised() { raised_ = true; }

 private:
  sigset_t signals_, old_;
  bool had_pending_ = false, raised_ = false;
};

}  // namespace

int write_all(int descriptor, std::span<const std::byte> bytes) noexcept {
  QuietWrites quiet;
  while (!bytes.empty()) {
    const ssize_t written = ::write(descriptor, bytes.data(), bytes.size());
    if (written < 0) {
      const int error = errno;
      if (is_to_be_repeated(descriptor, error, POLLOUT)) continue;
      if (error == EPIPE || error == EFBIG) quiet.raised();
      return error;
    }
    bytes = bytes.subspan(static_cast<std::size_t>(written));
  }
  return 0;
}

}  // namespace tessera::base
