// SPDX-License-Identifier: MIT
#include "image/message.h"

#include <algorithm>
#include <vector>

namespace tessera::image {

using base::is_control;

namespace {

std::string_view trimmed(std::string_view line) {
  const auto is_edge = [](char c) { return is_control(c) || c == ' '; };
  while (!line.empty() && is_edge(line.front())) line.remove_prefix(1);
  while (!line.empty() && (is_edge(line.back()) || line.back() == '.')) line.remove_suffix(1);
  return line;
}

}  // namespace

std::string one_line(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = trimmed(text.substr(0, end));
    if (!line.empty() && std::find(lines.begin(), lines.end(), line) == lines.end())
      lines.push_back(line);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  std::string joined;
  for (const std::string_view line : lines) {
    if (!joined.empty()) joined += "; ";
    joined += line;
  }
  joined.erase(std::remove_if(joined.begin(), joined.end(), is_control), joined.end());
  return joined.substr(0, 300);
}

void fail(ErrorCode code, std::string_view name, const std::string& cause) {
  throw Error(code, printable_name(std::string(name)) + ": " + cause);
}

}  // namespace tessera::image
