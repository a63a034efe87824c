// SPDX-License-Identifier: MIT
#include "shared/output/text_table.h"

#include <algorithm>
#include <string_view>

#include "shared/cli.h"

namespace tessera::cli {
namespace {

using Row = std::vector<std::string>;

/// Letters of UTF-8 text: bytes that do not continue one.
std::size_t letters(const std::string& text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xC0) != 0x80; }));
}

std::string in_line(const Row& row,
                    const std::vector<std::size_t>& widths,
                    const std::vector<bool>& is_word) {
  std::string line;
  for (std::size_t c = 0; c < row.size(); ++c) {
    const std::string text = on_one_line(row[c]);
    const std::string space(widths[c] - letters(text), ' ');
    line += (c == 0 ? "" : "  ") + (is_word[c] ? text + space : space + text);
  }
  while (!line.empty() && line.back() == ' ') line.pop_back();
  return line + "\n";
}

/// Fields are words, not markup: a picture may be called <b>.png or *b*.png.
std::string markdown_letter(char letter) {
  if (std::string_view("|*`[\\~").find(letter) != std::string_view::npos) return {'\\', letter};
  if (letter == '<') return "&lt;";
  if (letter == '&') return "&amp;";
  return std::string(1, letter);
}

std::string markdown_line(const Row& row) {
  std::string line = "|";
  for (const std::string& field : row) {
    line += ' ';
    for (const char letter : on_one_line(field)) line += markdown_letter(letter);
    line += " |";
  }
  return line + "\n";
}

std::string csv_field(const std::string& field) {
  if (field.find_first_of(",\"\r\n") == std::string::npos) return field;
  std::string quoted = "\"";
  for (const char letter : field)
    quoted += letter == '"' ? std::string("\"\"") : std::string(1, letter);
  return quoted + "\"";
}

std::string tsv_field(const std::string& field) {
  std::string escaped;
  for (const char letter : field) switch (letter) {
      case '\t':
        escaped += "\\t";
        break;
      case '\n':
        escaped += "\\n";
        break;
      case '\r':
        escaped += "\\r";
        break;
      case '\\':
        escaped += "\\\\";
        break;
      default:
        escaped += letter;
    }
  return escaped;
}

std::string separated(const TextTable& table,
                      const char* separator,
                      const char* end,
                      std::string (*field)(const std::string&)) {
  std::string text;
  const auto add = [&](const Row& row) {
    for (std::size_t c = 0; c < row.size(); ++c) text += (c == 0 ? "" : separator) + field(row[c]);
    text += end;
  };
  add(table.heading);
  for (const Row& row : table.rows) add(row);
  return text;
}

}  // namespace

void TextTable::column(const std::string& name, bool word) {
  heading.push_back(name);
  is_word.push_back(word);
}

std::string plain_from_table(const TextTable& table) {
  std::vector<std::size_t> widths;
  for (std::size_t c = 0; c < table.heading.size(); ++c) {
    std::size_t width = letters(table.heading[c]);
    for (const Row& row : table.rows) width = std::max(width, letters(on_one_line(row[c])));
    widths.push_back(width);
  }
  std::string text = table.title.empty() ? "" : table.title + "\n";
  text += in_line(table.heading, widths, table.is_word);
  for (const Row& row : table.rows) text += in_line(row, widths, table.is_word);
  return text;
}

std::string markdown_from_table(const TextTable& table) {
  std::string text = table.title.empty() ? "" : "**" + table.title + "**\n\n";
  text += markdown_line(table.heading) + "|";
  for (const bool word : table.is_word) text += word ? "---|" : "--:|";
  text += "\n";
  for (const Row& row : table.rows) text += markdown_line(row);
  return text;
}

std::string csv_from_table(const TextTable& table) {
  return separated(table, ",", "\r\n", csv_field);
}

std::string tsv_from_table(const TextTable& table) {
  return separated(table, "\t", "\n", tsv_field);
}

}  // namespace tessera::cli
