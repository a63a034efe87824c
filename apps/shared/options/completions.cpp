// SPDX-License-Identifier: MIT
#include "shared/options/completions.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <string_view>
#include <vector>

namespace tessera::cli {
namespace {

using Text = std::string;

/// One option as shells see it.
struct Completion {
  std::vector<Text> names;  ///< with dashes
  Text help, type;
  std::vector<Text> words;  ///< what may follow it
  bool takes_value = false, takes_file = false, takes_model = false;
};

/// Words in the types of options that stand for something else than themselves.
const std::set<Text>& placeholders() {
  static const std::set<Text> known{"COUNT", "DB",   "FRACTION", "K/N",   "MODEL", "N",
                                    "S",     "SIZE", "V",        "VALUE", "X",     "#RRGGBB"};
  return known;
}
const std::set<Text>& file_placeholders() {
  static const std::set<Text> known{"DIR", "FILE", "FOLDER", "INPUT", "OUTPUT", "PATH"};
  return known;
}

/// Sorts the alternatives of a type such as "FILE|FOLDER|alpha|nan".
void read_type(Completion& option) {
  const Text type = option.type.substr(0, option.type.find_first_of(": "));
  for (std::size_t first = 0; first <= type.size();) {
    const std::size_t end = std::min(type.find('|', first), type.size());
    const Text word = type.substr(first, end - first);
    first = end + 1;
    if (word == "MODEL") option.takes_model = true;
    if (word == "MODEL" || file_placeholders().count(word) > 0)
      option.takes_file = true;
    else if (!word.empty() && word.find_first_of(",=") == Text::npos &&
             placeholders().count(word) == 0)
      option.words.push_back(word);
  }
}

std::vector<Completion> completions_of(const CLI::App& app) {
  std::vector<Completion> completions;
  for (const CLI::Option* option : app.get_options()) {
    if (!option->nonpositional()) continue;
    Completion completion;
    for (const Text& name : option->get_snames()) completion.names.push_back("-" + name);
    for (const Text& name : option->get_lnames()) completion.names.push_back("--" + name);
    completion.help = option->get_description();
    completion.takes_value = option->get_items_expected_max() > 0;
    if (completion.takes_value) {
      completion.type = option->get_type_name();
      read_type(completion);
    }
    completions.push_back(std::move(completion));
  }
  return completions;
}

Text joined(const std::vector<Text>& words, const char* between) {
  Text text;
  for (const Text& word : words) text += (text.empty() ? "" : between) + word;
  return text;
}

/// A backslash before each of `special`.
Text with_escaped(const Text& text, std::string_view special) {
  Text result;
  for (const char letter : text) {
    if (special.find(letter) != std::string_view::npos) result += '\\';
    result += letter;
  }
  return result;
}

/// In single quotes, for any of the shells.
Text in_quotes(const Text& text) {
  Text result = "'";
  for (const char letter : text)
    if (letter == '\'')
      result += "'\\''";
    else
      result += letter;
  return result + "'";
}

/// What follows a value in bash: the command that lists candidates for "$word".
Text bash_candidates(const Completion& option, bool lists_models) {
  Text words = joined(option.words, " ");
  if (option.takes_model && lists_models)
    return "compgen -f -W \"$(\"$1\" --list-models 2>/dev/null | cut -f 1)\" -- \"$word\"";
  if (words.empty() && !option.takes_file) return ":";
  Text command = "compgen";
  if (option.takes_file) command += " -f";
  if (!words.empty()) command += " -W " + in_quotes(words);
  return command + " -- \"$word\"";
}

Text bash_script(const std::vector<Completion>& options, const Text& program, bool lists_models) {
  Text cases, all;
  for (const Completion& option : options) {
    all += (all.empty() ? "" : " ") + joined(option.names, " ");
    if (option.takes_value)
      cases += fmt::format("    {}) mapfile -t COMPREPLY < <({}) ;;\n", joined(option.names, " | "),
                           bash_candidates(option, lists_models));
  }
  Text function = "_tessera_" + program;
  for (char& letter : function)
    if (letter == '-') letter = '_';
  return fmt::format(R"(# bash completion of {0}, as {0} --completion bash prints it
{1}() {{
  local word=${{COMP_WORDS[COMP_CWORD]}} option=${{COMP_WORDS[COMP_CWORD - 1]}}
  # --option=value arrives as three words.
  if [[ $word == = ]]; then
    word=
  elif [[ $option == = ]]; then
    option=${{COMP_WORDS[COMP_CWORD - 2]}}
  fi
  COMPREPLY=()
  compopt -o filenames 2>/dev/null
  case $option in
{2}    *)
      if [[ $word == -* ]]; then
        mapfile -t COMPREPLY < <(compgen -W {3} -- "$word")
      else
        mapfile -t COMPREPLY < <(compgen -f -- "$word")
      fi ;;
  esac
}}
complete -F {1} {0}
)",
                     program, function, cases, in_quotes(all));
}

Text zsh_action(const Completion& option, const Text& program, bool lists_models) {
  Text list = option.words.empty() ? "" : "compadd " + joined(option.words, " ");
  if (option.takes_model && lists_models)
    list = fmt::format("compadd ${{(f)\"$({} --list-models 2>/dev/null | cut -f 1)\"}}", program);
  if (option.takes_file) list += list.empty() ? "_files" : "; _files";
  return list.empty() ? " " : "{ " + list + " }";
}

Text zsh_script(const std::vector<Completion>& options, const Text& program, bool lists_models) {
  Text specs;
  for (const Completion& option : options)
    for (const Text& name : option.names) {
      const bool is_long = name.size() > 2;
      Text spec = "*" + name;
      if (option.takes_value) spec += is_long ? "=" : "+";
      spec += "[" + with_escaped(option.help, "[]:\\") + "]";
      if (option.takes_value) spec += ": :" + zsh_action(option, program, lists_models);
      specs += "  " + in_quotes(spec) + " \\\n";
    }
  return fmt::format(
      "#compdef {0}\n# zsh completion of {0}, as {0} --completion zsh prints it\n"
      "_arguments -s -S \\\n{1}  '*: :_files'\n",
      program, specs);
}

Text fish_script(const std::vector<Completion>& options, const Text& program, bool lists_models) {
  Text script =
      fmt::format("# fish completion of {0}, as {0} --completion fish prints it\n", program);
  for (const Completion& option : options) {
    script += "complete -c " + program;
    for (const Text& name : option.names)
      script += name.size() > 2 ? " -l " + name.substr(2) : " -s " + name.substr(1);
    if (option.takes_value) script += option.takes_file ? " -r -F" : " -x";
    Text words = joined(option.words, " ");
    if (option.takes_model && lists_models)
      words = "(" + program + " --list-models 2>/dev/null | cut -f 1)";
    if (!words.empty()) script += " -a " + in_quotes(words);
    script += " -d " + in_quotes(option.help) + "\n";
  }
  return script;
}

}  // namespace

std::string completion_script(const CLI::App& app, const std::string& program, Shell shell) {
  const std::vector<Completion> options = completions_of(app);
  const bool lists_models = app.get_option_no_throw("--list-models") != nullptr;
  switch (shell) {
    case Shell::Bash:
      return bash_script(options, program, lists_models);
    case Shell::Zsh:
      return zsh_script(options, program, lists_models);
    case Shell::Fish:
      return fish_script(options, program, lists_models);
  }
  return {};
}

}  // namespace tessera::cli
