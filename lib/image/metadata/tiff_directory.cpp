// SPDX-License-Identifier: MIT
#include "image/metadata/tiff_directory.h"

namespace tessera::image {

namespace {

using Bytes = std::vector<std::byte>;

/// Bytes that a value takes behind its directory.
std::uint64_t bytes_outside(const TiffField& field) {
  const std::uint64_t bytes = field.value.size();
  return bytes > 4 ? bytes + bytes % 2 : 0;
}

/// Bytes of a directory without the values behind it.
std::uint64_t entry_bytes(const TiffFields& fields) { return 2 + 12 * fields.size() + 4; }

}  // namespace

void put_number(Bytes& bytes, std::uint64_t value, int width) {
  for (int i = 0; i < width; ++i) bytes.push_back(static_cast<std::byte>(value >> 8 * i));
}

std::uint64_t number_of(std::span<const std::byte> bytes, bool little_endian) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < bytes.size(); ++i)
    value = value << 8 |
            std::to_integer<std::uint64_t>(bytes[little_endian ? bytes.size() - 1 - i : i]);
  return value;
}

std::uint64_t append_tiff_directory(const TiffFields& fields, std::uint64_t start, Bytes& bytes) {
  const std::uint64_t at = start + bytes.size();
  const std::uint64_t values_at = at + entry_bytes(fields);
  Bytes values;
  put_number(bytes, fields.size(), 2);
  for (const auto& [tag, field] : fields) {
    put_number(bytes, static_cast<std::uint64_t>(tag), 2);
    put_number(bytes, static_cast<std::uint64_t>(field.type), 2);
    put_number(bytes, field.count, 4);
    Bytes inside = field.value;
    if (bytes_outside(field) > 0) {
      inside.clear();
      put_number(inside, values_at + values.size(), 4);
      values.insert(values.end(), field.value.begin(), field.value.end());
      values.resize(values.size() + values.size() % 2);
    }
    inside.resize(4);
    bytes.insert(bytes.end(), inside.begin(), inside.end());
  }
  put_number(bytes, 0, 4);  // no further directory
  bytes.insert(bytes.end(), values.begin(), values.end());
  return at;
}

std::uint64_t tiff_directory_bytes(const TiffFields& fields) {
  std::uint64_t total = entry_bytes(fields);
  for (const auto& [tag, field] : fields) total += bytes_outside(field);
  return total;
}

}  // namespace tessera::image
