// SPDX-License-Identifier: MIT
#include "image/byte_sink.h"

#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <ctime>
#include <utility>

#include "base/files/open_or_special.h"
#include "image/message.h"

namespace tessera::image {

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
  void raised() { raised_ = true; }

 private:
  sigset_t signals_, old_;
  bool had_pending_ = false, raised_ = false;
};

}  // namespace

ByteSink::ByteSink(int descriptor, std::string name, bool seekable)
    : descriptor_(descriptor), name_(std::move(name)), seekable_(seekable) {}

bool ByteSink::write(std::span<const std::byte> bytes) noexcept {
  if (failed()) return false;
  QuietWrites quiet;
  while (!bytes.empty()) {
    const ssize_t put = ::write(descriptor_, bytes.data(), bytes.size());
    if (put < 0 && base::is_to_be_repeated(descriptor_, errno, POLLOUT)) continue;
    if (put < 0) {
      error_ = errno;
      if (error_ == EPIPE || error_ == EFBIG) quiet.raised();
      return false;
    }
    bytes = bytes.subspan(static_cast<std::size_t>(put));
  }
  return true;
}

void ByteSink::write_or_throw(std::span<const std::byte> bytes) {
  if (!write(bytes)) throw_if_failed();
}

void ByteSink::throw_if_failed() const {
  if (failed())
    fail(ErrorCode::IoFailure, name_, std::string("cannot be written: ") + std::strerror(error_));
}

}  // namespace tessera::image
