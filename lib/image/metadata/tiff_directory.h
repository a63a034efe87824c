// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <vector>

namespace tessera::image {

// Types of values that a directory may hold.
inline constexpr int kTiffAscii = 2, kTiffShort = 3, kTiffLong = 4, kTiffRational = 5,
                     kTiffUndefined = 7, kTiffSignedRational = 10, kTiffDouble = 12,
                     kTiffDirectory = 13;

/// Bytes of one value by type; 0: no such type.
inline constexpr std::array<std::size_t, 14> kTiffTypeBytes = {0, 1, 1, 2, 4, 8, 1,
                                                               1, 2, 4, 8, 4, 8, 4};

// Tags that point to the directories of an EXIF block.
inline constexpr int kExifDirectory = 34665, kGpsDirectory = 34853, kInteropDirectory = 40965;

/// An entry of a directory with its values, little-endian.
struct TiffField {
  int type = 0;
  std::uint64_t count = 0;
  std::vector<std::byte> value{};
};

/// A directory by tag, the order in which files have it.
using TiffFields = std::map<int, TiffField>;

/// Appends the lowest `width` bytes of a number, little-endian.
void put_number(std::vector<std::byte>& bytes, std::uint64_t value, int width);

/// The number that bytes hold in one of the two orders.
std::uint64_t number_of(std::span<const std::byte> bytes, bool little_endian);

/// Appends a directory, little-endian, and behind it the values of more than four bytes, each at an
/// even place; `bytes` are those of a file from its byte `start` on.
/// Result  where the directory starts in the file.
/// Source  TIFF 6.0, section 2.
std::uint64_t append_tiff_directory(const TiffFields& fields,
                                    std::uint64_t start,
                                    std::vector<std::byte>& bytes);

/// Bytes that append_tiff_directory appends.
std::uint64_t tiff_directory_bytes(const TiffFields& fields);

}  // namespace tessera::image
