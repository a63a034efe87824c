// SPDX-License-Identifier: MIT
#include "signals.h"

#include <csignal>

#include "tessera/image_io.h"

namespace tessera::cli {
namespace {

extern "C" void end_by_signal(int signal) {
  remove_temporary_files();
  // The default action is restored already (SA_RESETHAND); the signal is blocked until we return.
  std::raise(signal);
}

void handle(int signal, void (*handler)(int), int flags) {
  struct sigaction old {};
  if (sigaction(signal, nullptr, &old) == 0 && old.sa_handler == SIG_IGN) return;
  struct sigaction action {};
  action.sa_handler = handler;
  action.sa_flags = flags;
  sigemptyset(&action.sa_mask);
  sigaction(signal, &action, nullptr);
}

}  // namespace

void handle_signals() {
  for (const int signal : {SIGINT, SIGTERM, SIGHUP})
    handle(signal, end_by_signal, static_cast<int>(SA_RESETHAND));
  for (const int signal : {SIGPIPE, SIGXFSZ}) handle(signal, SIG_IGN, 0);
}

}  // namespace tessera::cli
