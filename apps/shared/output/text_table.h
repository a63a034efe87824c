// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

namespace tessera::cli {

/// A table of words and numbers, ready to be printed in one of several ways.
struct TextTable {
  std::string title{};
  std::vector<std::string> heading{};
  std::vector<bool> is_word{};  ///< for each column: left-aligned
  std::vector<std::vector<std::string>> rows{};

  /// Adds a column.
  void column(const std::string& name, bool word = false);
};

/// Columns in line, for a terminal; control bytes as escapes.
std::string plain_from_table(const TextTable& table);
/// A Markdown table below its title.
std::string markdown_from_table(const TextTable& table);
/// Heading and rows by RFC 4180: commas, CRLF, fields quoted where needed.
std::string csv_from_table(const TextTable& table);
/// Heading and rows with tabs; tab, newline, return and backslash in a field as \t \n \r \\.
std::string tsv_from_table(const TextTable& table);

}  // namespace tessera::cli
