// SPDX-License-Identifier: MIT
#include "shared/options/json_config.h"

#include <memory>
#include <nlohmann/json.hpp>

#include "shared/cli.h"

namespace tessera::cli {
namespace {

using nlohmann::json;

/// Reads JSON for CLI11.
class JsonConfig final : public CLI::Config {
 public:
  explicit JsonConfig(const CLI::App& app) : app_(app) {}

  std::string to_config(const CLI::App* app, bool, bool, std::string) const override {
    return json_from_options(*app, {});
  }

  std::vector<CLI::ConfigItem> from_config(std::istream& input) const override {
    const json all = json::parse(input, nullptr, /*allow_exceptions=*/false);
    if (!all.is_object()) refuse("expected a JSON object (such as --print-config prints)");
    std::vector<CLI::ConfigItem> found;
    for (const auto& [key, value] : all.items()) {
      const CLI::Option* option = option_of(key);
      if (is_switch(*option) && !value.is_boolean()) refuse(key + ": expected true or false");
      if (value.is_boolean() && !value.get<bool>()) continue;
      CLI::ConfigItem item;
      item.name = key;
      if (!value.is_array())
        item.inputs.push_back(text_of(key, value));
      else if (option->get_items_expected_max() > 1)
        for (const json& one : value) item.inputs.push_back(text_of(key, one));
      else
        item.inputs.push_back(joined(key, value));
      found.push_back(std::move(item));
    }
    return found;
  }

 private:
  /// The file is that of the option itself, which has been parsed by now.
  [[noreturn]] void refuse(const std::string& problem) const {
    const auto files = app_.get_option("--config")->results();
    throw CLI::ConfigError("--config: " + (files.empty() ? "" : files.back() + ": ") + problem,
                           CLI::ExitCodes::ConfigError);
  }
  std::string text_of(const std::string& key, const json& value) const {
    if (value.is_string()) return value.get<std::string>();
    if (value.is_number() || value.is_boolean()) return value.dump();
    refuse(key + ": expected text, number, true or a list of them");
  }
  const CLI::Option* option_of(const std::string& key) const {
    const CLI::Option* option = app_.get_option_no_throw("--" + key);
    if (option == nullptr) option = app_.get_option_no_throw(key);
    if (option == nullptr || !option->get_configurable()) refuse("there is no option " + key);
    return option;
  }
  std::string joined(const std::string& key, const json& list) const {
    std::string text;
    for (const json& one : list) text += (text.empty() ? "" : ",") + text_of(key, one);
    return text;
  }

  const CLI::App& app_;
};

}  // namespace

void add_json_config(CLI::App& app) {
  app.config_formatter(std::make_shared<JsonConfig>(app));
  app.set_config("--config", "", "read options from FILE, a JSON object; the command line wins")
      ->type_name("FILE")
      ->configurable(false);
}

std::string json_from_options(const CLI::App& app, const std::string& without) {
  json all = json::object();
  for (const CLI::Option* option : app.get_options()) {
    if (option->count() == 0 || !option->get_configurable()) continue;
    const std::string name =
        option->get_lnames().empty() ? option->get_name() : option->get_lnames().front();
    if (name == without) continue;
    const auto texts = option->results();
    if (is_switch(*option))
      all[name] = true;
    else if (option->get_items_expected_max() > 1)
      all[name] = texts;
    else
      all[name] = texts.back();
  }
  return all.dump(2, ' ', false, json::error_handler_t::replace) + "\n";
}

}  // namespace tessera::cli
