// SPDX-License-Identifier: MIT
#include "base/files/printable_name.h"

#include <algorithm>
#include <cstdio>

namespace tessera {

namespace {

using base::is_control;

std::string escaped(char c) {
  if (c == '\n') return "\\n";
  if (c == '\t') return "\\t";
  char text[8];
  std::snprintf(text, sizeof text, "\\x%02X", static_cast<unsigned>(static_cast<unsigned char>(c)));
  return text;
}

}  // namespace

std::string printable_name(const std::string& name) {
  if (std::none_of(name.begin(), name.end(), is_control)) return name;
  std::string text = "'";
  for (const char c : name) text += is_control(c) ? escaped(c) : std::string(1, c);
  return text + "'";
}

}  // namespace tessera
