// SPDX-License-Identifier: MIT
#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <string>

#include "tessera/error.h"

namespace tessera::cli {

/// Exit statuses of all programs (man/tessera.7, EXIT STATUS).
enum ExitStatus {
  kDone = 0,
  kSomeFailed = 1,
  kWrongUsage = 2,
  kBadModel = 3,
  kNothingToDo = 4,
  kThresholdMissed = 5,
  kRefused = 6,
  kClosedPipe = 141,
};

/// The status that an error ends a program with.
int status_from(ErrorCode code);

/// Parses the command line, runs `body`, and turns whatever goes wrong into one line on stderr and
/// an exit status. The only catch of the programs. Handles signals: temporary files are removed
/// before INT, TERM and HUP take their course; PIPE and XFSZ are ignored.
/// Adds --help (-h) and --version (-V).
int run(CLI::App& app, int argc, char** argv, const std::function<int()>& body);

/// Tells the user one line, `text` after the program's name, in one write to stderr. Control bytes
/// in it, such as a newline in a file name, are shown escaped.
void tell(const std::string& program, const std::string& text);

/// Runs `parse`; an Error in it becomes one that names `option`, as wrong usage.
void parse_option(const std::string& option, const std::function<void()>& parse);

}  // namespace tessera::cli
