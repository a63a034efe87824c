// SPDX-License-Identifier: MIT
#include "shared/cli.h"

#include <fmt/format.h>
#include <unistd.h>

#include <new>
#include <optional>
#include <string_view>

#include "shared/models.h"
#include "shared/options/completions.h"
#include "shared/options/number_text.h"
#include "shared/options/suggestion.h"
#include "shared/output/standard_output.h"
#include "shared/signals.h"

namespace tessera::cli {
namespace {

/// "--sigma: At Most 1 required but received 2" and "--sigma: 1 required S missing" in plain words.
std::string miscount_text(const std::string& cause) {
  constexpr std::string_view kOften = ": At Most 1 required but received ", kNone = ": 1 required ",
                             kMissing = " missing";
  if (const auto at = cause.find(kOften); at != std::string::npos)
    return cause.substr(0, at) + ": given " + cause.substr(at + kOften.size()) +
           " times, expected once";
  const auto at = cause.find(kNone), end = cause.rfind(kMissing);
  if (at == std::string::npos || end == std::string::npos) return cause;
  const auto value = at + kNone.size();
  return cause.substr(0, at) + ": needs a value, " + cause.substr(value, end - value);
}

/// A switch is on when it is named: "--overwrite=false" would say one thing and CLI11 do another.
/// What takes words after an equals sign, --strip, has a text of its own in the help.
void refuse_values_of_switches(CLI::App& app) {
  for (CLI::Option* option : app.get_options())
    if (is_switch(*option)) option->disable_flag_override();
}

/// "overwrite was given a disallowed flag override" in plain words.
std::string overridden_text(const std::string& cause) {
  const std::string name = cause.substr(0, cause.find(' '));
  return (name.size() > 1 ? "--" : "-") + name +
         ": takes no value (it is on when it is named, and off otherwise)";
}

/// What is wrong with an argument that nothing takes.
std::string extra_text(const CLI::App& app, const std::string& extra) {
  if (extra.size() < 2 || extra.front() != '-')
    return "one operand too many: " + printable_name(extra);
  const std::string meant = closest_option(app, extra);
  return "unknown option " + extra + (meant.empty() ? "" : "; did you mean " + meant + "?");
}

/// What is wrong with the arguments, in one line.
std::string usage_message(const CLI::App& app, const CLI::ParseError& error) {
  std::string cause = error.what();
  const auto unknown = app.remaining();
  if (dynamic_cast<const CLI::ExtrasError*>(&error) != nullptr && !unknown.empty()) {
    cause = extra_text(app, unknown.front());
  }
  if (dynamic_cast<const CLI::ArgumentMismatch*>(&error) != nullptr)
    cause = cause.find("flag override") != std::string::npos ? overridden_text(cause)
                                                             : miscount_text(cause);
  return cause + " (see " + app.get_name() + " --help)";
}

std::string file_name_of(const std::string& path) { return path.substr(path.rfind('/') + 1); }

int end_of_parsing(const CLI::App& app, const CLI::ParseError& error) {
  if (dynamic_cast<const CLI::CallForHelp*>(&error) != nullptr) return print_and_close(app.help());
  if (dynamic_cast<const CLI::CallForVersion*>(&error) != nullptr)
    return print_and_close(version_text(app.get_name()));
  tell(app.get_name(), usage_message(app, error));
  return kWrongUsage;
}

/// Parses and does what was asked for, or tells what is wrong with the arguments.
int parse_and_do(CLI::App& app,
                 int argc,
                 char** argv,
                 const std::optional<Shell>& shell,
                 const std::function<int()>& body) {
  try {
    app.parse(argc, argv);
    if (shell) return print_and_close(completion_script(app, file_name_of(argv[0]), *shell));
    return body();
  } catch (const CLI::ParseError& error) {
    return end_of_parsing(app, error);
  }
}

}  // namespace

int status_from(ErrorCode code) {
  switch (code) {
    case ErrorCode::InvalidArgument:
      return kWrongUsage;
    case ErrorCode::NotFound:
    case ErrorCode::BadImage:
    case ErrorCode::IoFailure:
      return kSomeFailed;
    case ErrorCode::BadCheckpoint:
      return kBadModel;
    case ErrorCode::NothingToDo:
      return kNothingToDo;
    case ErrorCode::Refused:
      return kRefused;
  }
  return kSomeFailed;
}

std::string on_one_line(const std::string& text) {
  std::string line;
  for (const char letter : text) {
    const auto byte = static_cast<unsigned char>(letter);
    if (letter == '\n')
      line += "\\n";
    else if (letter == '\t')
      line += "\\t";
    else if (byte < 0x20 || byte == 0x7f)
      line += fmt::format("\\x{:02X}", byte);
    else
      line += letter;
  }
  return line;
}

void tell(const std::string& program, const std::string& text) {
  const std::string line = program + ": " + on_one_line(text) + "\n";
  // A message that cannot be delivered has nowhere to go.
  [[maybe_unused]] const auto written = write(STDERR_FILENO, line.data(), line.size());
}

bool is_switch(const CLI::Option& option) {
  return option.get_items_expected_max() == 0 && option.get_option_text().empty();
}

void parse_option(const std::string& option, const std::function<void()>& parse) {
  try {
    parse();
  } catch (const Error& error) {
    throw CLI::ValidationError(option, error.what());
  }
}

CLI::Option* add_parsed(CLI::App& app,
                        const std::string& names,
                        const std::string& help,
                        const std::string& type,
                        const std::function<void(const std::string&)>& set) {
  const std::string shown = names.substr(names.find("--"));
  return app
      .add_option_function<std::string>(
          names, [=](const std::string& text) { parse_option(shown, [&] { set(text); }); }, help)
      ->type_name(type);
}

CLI::Option* add_whole_number(CLI::App& app,
                              const std::string& names,
                              const std::string& help,
                              int& target,
                              int lowest,
                              int highest) {
  return add_parsed(app, names, fmt::format("{}; default {}", help, target), "N",
                    [&target, lowest, highest](const std::string& text) {
                      target = whole_number_from_text(text, lowest, highest);
                    });
}

int run(CLI::App& app, int argc, char** argv, const std::function<int()>& body) {
  reserve_standard_streams();
  handle_signals();
  const std::string& name = app.get_name();
  app.set_help_flag("-h,--help", "print this and end")->group("Messages");
  app.set_version_flag("-V,--version", "", "print version and model folders and end")
      ->group("Messages");
  std::optional<Shell> shell;
  add_choice<std::optional<Shell>>(
      app, "--completion", "print the completion script of a shell and end", shell,
      {{"bash", Shell::Bash}, {"fish", Shell::Fish}, {"zsh", Shell::Zsh}});
  app.get_option("--completion")->group("Messages");
  refuse_values_of_switches(app);
  try {
    return parse_and_do(app, argc, argv, shell, body);
  } catch (const Error& error) {
    tell(name, error.what());
    return status_from(error.code());
  } catch (const std::bad_alloc&) {
    tell(name, "not enough memory");
    return kRefused;
  } catch (const std::exception& error) {
    tell(name, std::string("internal error: ") + error.what());
    return kSomeFailed;
  }
}

}  // namespace tessera::cli
