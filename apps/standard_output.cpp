// SPDX-License-Identifier: MIT
#include "standard_output.h"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>
#include <system_error>

#include "cli.h"

namespace tessera::cli {
namespace {

int failure(int code) {
  if (code == EPIPE) return kClosedPipe;
  tell("stdout", "cannot write (" + std::generic_category().message(code) + ")");
  return kSomeFailed;
}

}  // namespace

int print_and_close(const std::string& text) {
  for (std::size_t done = 0; done < text.size();) {
    const ssize_t written = write(STDOUT_FILENO, text.data() + done, text.size() - done);
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return failure(errno);
    done += static_cast<std::size_t>(written);
  }
  return close(STDOUT_FILENO) == 0 ? +kDone : failure(errno);
}

int print_to(const std::string& file, const std::string& text) {
  if (file.empty()) return print_and_close(text);
  std::ofstream stream(file, std::ios::binary | std::ios::trunc);
  stream << text;
  stream.close();
  if (!stream) throw Error(ErrorCode::IoFailure, file + ": cannot write");
  return kDone;
}

bool standard_output_is_closed() {
  pollfd descriptor{STDOUT_FILENO, POLLOUT, 0};
  return poll(&descriptor, 1, 0) == 1 && (descriptor.revents & POLLERR) != 0;
}

void reserve_standard_streams() {
  for (int descriptor = STDIN_FILENO; descriptor <= STDERR_FILENO; ++descriptor)
    if (fcntl(descriptor, F_GETFD) == -1 && errno == EBADF)
      // The wrong direction on purpose: whoever uses it gets an error. The lowest free number is
      // it.
      open("/dev/null", descriptor == STDIN_FILENO ? O_WRONLY : O_RDONLY);
}

}  // namespace tessera::cli
