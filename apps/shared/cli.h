// SPDX-License-Identifier: MIT
#pragma once

#include <CLI/CLI.hpp>
#include <algorithm>
#include <functional>
#include <string>
#include <utility>
#include <vector>

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
/// an exit status. Handles signals: temporary files are removed
/// before INT, TERM and HUP take their course; PIPE and XFSZ are ignored.
/// Adds --help (-h), --version (-V) and --completion.
int run(CLI::App& app, int argc, char** argv, const std::function<int()>& body);

/// Control bytes as escapes: a file name cannot forge a second line.
std::string on_one_line(const std::string& text);

/// Tells the user one line, `text` after the program's name, in one write to stderr. Control bytes
/// in it, such as a newline in a file name, are shown escaped.
void tell(const std::string& program, const std::string& text);

/// Whether an option is on when it is named, and takes nothing more, not even after an equals sign.
bool is_switch(const CLI::Option& option);

/// Runs `parse`; an Error in it becomes one that names `option`, as wrong usage.
void parse_option(const std::string& option, const std::function<void()>& parse);

/// An option whose text `set` parses, with errors that name it; `type` stands in the help.
CLI::Option* add_parsed(CLI::App& app,
                        const std::string& names,
                        const std::string& help,
                        const std::string& type,
                        const std::function<void(const std::string&)>& set);

/// An option of a whole number from `lowest` to `highest`; the help ends with the default, which is
/// what `target` holds.
CLI::Option* add_whole_number(CLI::App& app,
                              const std::string& names,
                              const std::string& help,
                              int& target,
                              int lowest,
                              int highest);

/// Everything that `add` adds to `app` goes to a group of the help text.
template <typename Add>
void grouped(CLI::App& app, const char* group, const Add& add) {
  const auto known = app.get_options();
  add();
  for (CLI::Option* option : app.get_options())
    if (std::find(known.begin(), known.end(), option) == known.end()) option->group(group);
}

/// An option that takes one of the words of `choices`, listed in that order, into `target`.
template <typename Choice>
void add_choice(CLI::App& app,
                const std::string& names,
                const std::string& help,
                Choice& target,
                const std::vector<std::pair<std::string, Choice>>& choices) {
  std::string list;
  for (const auto& choice : choices) list += (list.empty() ? "" : "|") + choice.first;
  add_parsed(app, names, help, list, [&target, choices, list](const std::string& text) {
    for (const auto& [word, choice] : choices)
      if (word == text) {
        target = choice;
        return;
      }
    throw Error(ErrorCode::InvalidArgument, "expected " + list + ", found \"" + text + "\"");
  });
}

}  // namespace tessera::cli
