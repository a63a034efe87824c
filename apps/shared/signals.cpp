// SPDX-License-Identifier: MIT
#include "shared/signals.h"

#include <atomic>
#include <csignal>

#include "tessera/image_io.h"

namespace tessera::cli {
namespace {

std::atomic_flag ending = ATOMIC_FLAG_INIT;

// timeout(1) sends its signal twice, and any thread may get the second: it must neither end the
// process before the files are gone nor remove them again.
extern "C" void end_by_signal(int signal) {
  if (ending.test_and_set()) return;
  remove_temporary_files();
  struct sigaction standard {};
  standard.sa_handler = SIG_DFL;
  sigaction(signal, &standard, nullptr);
  // Blocked until we return; then it ends the process.
  std::raise(signal);
}

void handle(int signal, void (*handler)(int)) {
  struct sigaction old {};
  if (sigaction(signal, nullptr, &old) == 0 && old.sa_handler == SIG_IGN) return;
  struct sigaction action {};
  action.sa_handler = handler;
  sigemptyset(&action.sa_mask);
  sigaction(signal, &action, nullptr);
}

}  // namespace

void handle_signals() {
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) handle(signal, end_by_signal);
  for (const int signal : {SIGPIPE, SIGXFSZ}) handle(signal, SIG_IGN);
}

}  // namespace tessera::cli
