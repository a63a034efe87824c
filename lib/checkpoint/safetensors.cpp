// SPDX-License-Identifier: MIT
#include "checkpoint/safetensors.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "base/files/file_content.h"
#include "checkpoint/header_reader.h"
#include "tessera/error.h"

namespace tessera::checkpoint {
namespace {

/// Refuses a file whose length of the header cannot be one: for what it seems to be, if that is
/// known and no checkpoint.
[[noreturn]] void refuse_foreign(const std::string& file,
                                 std::span<const std::byte> start,
                                 const std::string& problem) {
  std::string found = base::known_content(start);
  if (found.empty() || base::has_at(base::text_of(start), kLengthBytes, "{"))
    refuse_checkpoint(file, problem);
  if (base::is_pickle(start))
    found += ", which is never run (models/train/import_checkpoint.py makes a checkpoint of it)";
  refuse_checkpoint(file, "not a safetensors checkpoint: found " + found);
}

/// Bytes that shape and type demand.
std::uint64_t demanded_bytes(const std::string& name,
                             const TensorEntry& entry,
                             const std::string& file) {
  const int bits = bits_of_data_type(entry.data_type);
  if (bits == 0)
    refuse_checkpoint(file, fmt::format("tensor {}: unknown data type {}", display_name(name),
                                        display_name(entry.data_type)));
  std::uint64_t total = static_cast<std::uint64_t>(bits);
  for (const std::int64_t extent : entry.shape)
    if (__builtin_mul_overflow(total, static_cast<std::uint64_t>(extent), &total))
      refuse_checkpoint(file, fmt::format("tensor {}: shape {} overflows", display_name(name),
                                          text_of_shape(entry.shape)));
  if (total % 8 != 0)
    refuse_checkpoint(file, fmt::format("tensor {}: {} bits are no whole number of bytes",
                                        display_name(name), total));
  return total / 8;
}

/// Every range has the size of its tensor, and together they cover the data.
void check_ranges(const SafetensorsHeader& header,
                  std::uint64_t data_bytes,
                  const std::string& file) {
  using NamedEntry = std::pair<const std::string, TensorEntry>;
  std::vector<const NamedEntry*> in_file;
  for (const NamedEntry& named : header.tensors) {
    const auto& [name, entry] = named;
    if (entry.begin > entry.end || entry.end > data_bytes)
      refuse_checkpoint(file,
                        fmt::format("tensor {}: bytes {} to {} lie outside the data of {} bytes",
                                    display_name(name), entry.begin, entry.end, data_bytes));
    const std::uint64_t demanded = demanded_bytes(name, entry, file);
    if (entry.end - entry.begin != demanded)
      refuse_checkpoint(file,
                        fmt::format("tensor {}: {} of shape {} needs {} bytes, found {}",
                                    display_name(name), entry.data_type, text_of_shape(entry.shape),
                                    demanded, entry.end - entry.begin));
    in_file.push_back(&named);
  }
  std::sort(in_file.begin(), in_file.end(), [](const NamedEntry* a, const NamedEntry* b) {
    return std::pair(a->second.begin, a->second.end) < std::pair(b->second.begin, b->second.end);
  });
  std::uint64_t covered = 0;
  for (const NamedEntry* named : in_file) {
    if (named->second.begin != covered)
      refuse_checkpoint(file,
                        fmt::format("tensor {}: expected to begin at byte {}, found {}",
                                    display_name(named->first), covered, named->second.begin));
    covered = named->second.end;
  }
  if (covered != data_bytes)
    refuse_checkpoint(file,
                      fmt::format("the tensors cover {} of {} bytes of data", covered, data_bytes));
}

}  // namespace

void refuse_checkpoint(const std::string& file, const std::string& problem) {
  throw Error(ErrorCode::BadCheckpoint, printable_name(file) + ": " + problem);
}

int bits_of_data_type(std::string_view data_type) {
  constexpr std::array<std::pair<std::string_view, int>, 20> kTypes{{
      {"F32", 32},    {"F16", 16},    {"BF16", 16},   {"F64", 64},    {"I64", 64},
      {"U64", 64},    {"I32", 32},    {"U32", 32},    {"I16", 16},    {"U16", 16},
      {"I8", 8},      {"U8", 8},      {"BOOL", 8},    {"C64", 64},    {"F8_E4M3", 8},
      {"F8_E5M2", 8}, {"F8_E8M0", 8}, {"F6_E2M3", 6}, {"F6_E3M2", 6}, {"F4", 4},
  }};
  for (const auto& [name, bits] : kTypes)
    if (name == data_type) return bits;
  return 0;
}

bool has_numbers(std::string_view data_type) {
  return data_type == "F32" || data_type == "F16" || data_type == "BF16" || data_type == "I64";
}

std::size_t header_bytes(std::span<const std::byte> start,
                         std::uint64_t file_bytes,
                         const std::string& file) {
  if (file_bytes < kLengthBytes || start.size() < kLengthBytes)
    refuse_checkpoint(
        file, fmt::format("expected at least {} bytes, found {}", kLengthBytes, file_bytes));
  std::uint64_t length = 0;
  for (std::size_t i = 0; i < kLengthBytes; ++i)
    length |= std::to_integer<std::uint64_t>(start[i]) << (8 * i);
  if (length > kLargestHeader)
    refuse_foreign(file, start,
                   fmt::format("not a safetensors file: header of {} bytes, at most {} are allowed",
                               length, kLargestHeader));
  if (length > file_bytes - kLengthBytes)
    refuse_foreign(file, start,
                   fmt::format("cut short: the header needs {} bytes, found {}", length,
                               file_bytes - kLengthBytes));
  return static_cast<std::size_t>(length);
}

SafetensorsHeader parse_header(std::string_view json,
                               std::uint64_t data_bytes,
                               const std::string& file) {
  if (json.empty() || json.front() != '{')
    refuse_checkpoint(file, "not a safetensors file: the header does not begin with '{'");
  // The parser takes a zero byte for the end of the text and would believe what stands before it.
  if (const std::size_t zero = json.find('\0'); zero != std::string_view::npos)
    refuse_checkpoint(file, fmt::format("the header is not valid JSON at byte {}", zero + 1));
  HeaderReader reader(file);
  SafetensorsHeader header = reader.read(json);
  check_ranges(header, data_bytes, file);
  return header;
}

int levels_of_json(std::string_view text) {
  int level = 0, deepest = 0;
  bool quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char letter = text[i];
    if (letter == '"')
      quoted = !quoted;
    else if (quoted)
      i += letter == '\\' ? 1 : 0;
    else if (letter == '[' || letter == '{')
      deepest = std::max(deepest, ++level);
    else if (letter == ']' || letter == '}')
      --level;
  }
  return deepest;
}

std::string display_name(std::string_view name) {
  constexpr std::size_t kLongest = 100;
  std::string text = "'";
  for (const char letter : name.substr(0, kLongest))
    text += static_cast<unsigned char>(letter) < 0x20 || letter == 0x7F ? '?' : letter;
  return text + (name.size() > kLongest ? "...'" : "'");
}

std::string text_of_shape(std::span<const std::int64_t> shape) {
  return fmt::format("({})", fmt::join(shape, ", "));
}

}  // namespace tessera::checkpoint
