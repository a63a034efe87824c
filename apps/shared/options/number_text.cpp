// SPDX-License-Identifier: MIT
#include "shared/options/number_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <string_view>

#include "tessera/error.h"

namespace tessera::cli {
namespace {

[[noreturn]] void refuse(const std::string& expected, const std::string& found) {
  throw Error(ErrorCode::InvalidArgument, "expected " + expected + ", found \"" + found + "\"");
}

/// All of `text` as a number; from_chars knows no locale, and no sign in front but a minus.
template <typename Number>
bool parse(std::string_view text, Number& number) {
  if (text.starts_with('+') && !text.starts_with("+-")) text.remove_prefix(1);
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size();
}

std::int64_t scaled_from_text(const std::string& text, double base, const std::string& expected) {
  std::string_view digits = text;
  double factor = 1.0;
  constexpr std::string_view kUnits = "KMGT";
  if (!digits.empty()) {
    const char last = digits.back();
    const auto unit = kUnits.find(last >= 'a' ? static_cast<char>(last - 'a' + 'A') : last);
    if (unit != std::string_view::npos) {
      factor = std::pow(base, static_cast<double>(unit + 1));
      digits.remove_suffix(1);
    }
  }
  double value = 0.0;
  constexpr double kMost = 9.0e18;
  if (!parse(digits, value) || !std::isfinite(value) || value * factor < 1.0 ||
      value * factor > kMost)
    refuse(expected, text);
  return static_cast<std::int64_t>(value * factor);
}

}  // namespace

std::int64_t bytes_from_text(const std::string& text) {
  return scaled_from_text(text, 1024.0, "a size such as 512M or 1G");
}

std::int64_t count_from_text(const std::string& text) {
  return scaled_from_text(text, 1000.0, "a count such as 500000 or 100M");
}

int threads_from_text(const std::string& text) {
  constexpr int kMost = 4096;
  std::string_view middle = text;
  const auto first = middle.find(':'), last = middle.rfind(':');
  if (first != last) middle = middle.substr(first + 1, last - first - 1);
  int threads = 0;
  if (!parse(middle, threads) || threads < 1 || threads > kMost)
    refuse("a number of threads, 1 to 4096", text);
  return threads;
}

std::pair<int, int> shard_from_text(const std::string& text) {
  const std::string_view view = text;
  const auto slash = view.find('/');
  int index = 0, count = 0;
  if (slash == std::string_view::npos || !parse(view.substr(0, slash), index) ||
      !parse(view.substr(slash + 1), count) || index < 1 || index > count)
    refuse("K/N with K from 1 to N", text);
  return {index, count};
}

std::array<double, 3> colour_from_text(const std::string& text) {
  if (text == "black") return {0.0, 0.0, 0.0};
  if (text == "white") return {1.0, 1.0, 1.0};
  constexpr std::size_t kDigits = 6;
  unsigned value = 0;
  const char* end = text.data() + text.size();
  const bool has_digits = text.size() == 1 + kDigits && text.front() == '#';
  if (!has_digits || std::from_chars(text.data() + 1, end, value, 16).ptr != end)
    refuse("black, white or #RRGGBB", text);
  return {(value >> 16) / 255.0, (value >> 8 & 0xff) / 255.0, (value & 0xff) / 255.0};
}

std::string file_from_text(const std::string& text) {
  if (text == "-")
    throw Error(ErrorCode::InvalidArgument,
                "is not read from stdin (give a file, or ./- for one of this name)");
  return text;
}

std::vector<std::string> words_from_text(const std::string& text) {
  std::vector<std::string> words;
  for (std::size_t first = 0; first <= text.size();) {
    const std::size_t end = std::min(text.find(',', first), text.size());
    if (end == first)
      throw Error(ErrorCode::InvalidArgument, "nothing between the commas of \"" + text + "\"");
    words.push_back(text.substr(first, end - first));
    first = end + 1;
  }
  return words;
}

double number_from_text(const std::string& text, const std::string& expected) {
  double number = 0.0;
  if (!parse(std::string_view(text), number) || !std::isfinite(number)) refuse(expected, text);
  return number;
}

double sigma_from_text(const std::string& text, const std::string& expected) {
  const double sigma = number_from_text(text, expected);
  if (!(sigma >= 0.0 && sigma <= 255.0)) refuse(expected, text);
  return sigma;
}

std::uint64_t seed_from_text(const std::string& text) {
  std::uint64_t seed = 0;
  if (!parse(text, seed)) refuse("a whole number, 0 or more", text);
  return seed;
}

int whole_number_from_text(const std::string& text, int lowest, int highest) {
  int value = 0;
  if (!parse(text, value) || value < lowest || value > highest)
    refuse(fmt::format("a whole number from {} to {}", lowest, highest), text);
  return value;
}

std::array<double, 3> factors_from_text(const std::string& text) {
  std::string_view rest = text;
  std::array<double, 3> factors{};
  for (std::size_t i = 0; i < factors.size(); ++i) {
    const std::size_t comma = i < 2 ? rest.find(',') : rest.size();
    if (comma == std::string_view::npos || !parse(rest.substr(0, comma), factors[i]) ||
        !std::isfinite(factors[i]) || factors[i] <= 0.0)
      refuse("three numbers above 0 such as 2.1,1,1.6", text);
    rest.remove_prefix(std::min(comma + 1, rest.size()));
  }
  return factors;
}

}  // namespace tessera::cli
