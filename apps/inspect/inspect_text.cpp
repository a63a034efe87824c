// SPDX-License-Identifier: MIT
#include "inspect/inspect_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "shared/cli.h"

namespace tessera::cli {
namespace {

using nlohmann::json;

/// "1234567" as "1,234,567".
std::string grouped(std::int64_t number) {
  std::string digits = std::to_string(number);
  for (int i = static_cast<int>(digits.size()) - 3; i > 0; i -= 3)
    digits.insert(static_cast<std::size_t>(i), ",");
  return digits;
}

/// JSON as lines "key: value", deeper levels indented.
std::string indented(const json& value, int depth) {
  const std::string margin(static_cast<std::size_t>(2 * depth), ' ');
  std::string text;
  for (const auto& [key, item] : value.items()) {
    const std::string label = value.is_array() ? "-" : on_one_line(key) + ":";
    if (item.is_structured() && !item.empty() && (item.is_object() || item.front().is_structured()))
      text += fmt::format("{}{}\n{}", margin, label, indented(item, depth + 1));
    else
      text += fmt::format("{}{} {}\n", margin, label,
                          item.is_string() ? on_one_line(item.get<std::string>()) : item.dump());
  }
  return text;
}

std::string section(const std::string& name, const std::string& content) {
  const json parsed = json::parse(content, nullptr, /*allow_exceptions=*/false);
  if (!parsed.is_structured())
    return fmt::format("{}: {}\n", on_one_line(name), on_one_line(content));
  return fmt::format("{}:\n{}", on_one_line(name), indented(parsed, 1));
}

/// What a card adds to the checkpoint's own words: measured quality.
std::string text_from_card(const std::string& card) {
  const json parsed = json::parse(card, nullptr, /*allow_exceptions=*/false);
  json rest = parsed;
  for (const char* told_elsewhere :
       {"architecture", "training", "file", "file_bytes", "title", "task", "license", "parameters"})
    rest.erase(told_elsewhere);
  return "card:\n" + indented(rest, 1);
}

std::string layer_table(const ModelFacts& facts) {
  std::size_t name = 24;
  for (const LayerFacts& layer : facts.layers) name = std::max(name, layer.name.size());
  std::string text = fmt::format("{:<{}} {:<16} {:>10} {:>5} {:>11} {:>12} {:>7}\n", "layer", name,
                                 "kind", "planes", "size", "parameters", "MAC/pixel", "radius");
  for (const LayerFacts& layer : facts.layers)
    text += fmt::format("{:<{}} {:<16} {:>10} {:>5} {:>11} {:>12.1f} {:>7}\n", layer.name, name,
                        layer.kind, fmt::format("{}->{}", layer.inputs, layer.outputs),
                        layer.scale == 1 ? "1" : fmt::format("1/{}", layer.scale),
                        grouped(layer.parameters), layer.macs_per_pixel, layer.radius);
  return text;
}

}  // namespace

std::string text_from_facts(const ModelFacts& facts) {
  // A checkpoint may come from anybody: its words must not steer the reader's terminal.
  const auto told = [](const std::string& words, const char* none) {
    return words.empty() ? none : on_one_line(words);
  };
  std::string text =
      fmt::format("{}\nfile: {} ({} bytes)\ntask: {}\nlicense: {}\n",
                  told(facts.title, "(no title)"), printable_name(facts.file), grouped(facts.bytes),
                  told(facts.task, ""), told(facts.license, "-"));
  text += "\n" + section("architecture", facts.architecture);
  if (!facts.card.empty()) text += "\n" + text_from_card(facts.card);
  for (const auto& [key, value] : facts.metadata) text += "\n" + section(key, value);
  std::string types;
  for (const auto& [type, count] : facts.tensors_by_type)
    types += fmt::format("{}{} {}", types.empty() ? "" : ", ", count, type);
  text += "\n" + layer_table(facts);
  text += fmt::format(
      "\n{} parameters in tensors {}; {:.1f} MAC per pixel of the result; an output pixel sees {} "
      "pixels to each side\n",
      grouped(facts.parameters), types, facts.macs_per_pixel, facts.receptive_radius);
  return text;
}

}  // namespace tessera::cli
