// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "image/byte_source.h"
#include "image/metadata/tiff_directory.h"

namespace tessera::image {

/// One entry of a directory as it stands in a file.
struct TiffEntry {
  int tag = 0, type = 0;
  std::uint64_t count = 0;
  std::uint64_t value_at = 0;  ///< offset of the bytes that hold the value or point to it
};

/// The directories of a TIFF or BigTIFF file, or of an EXIF block, of both byte orders. Nothing
/// that they state is believed: what lies outside the file is 0 or left out.
/// Requires the bytes to begin as TIFF: kind() Tiff. They must outlive the reader.
/// Source  TIFF 6.0, section 2; BigTIFF as libtiff 4 has it.
class TiffReader {
 public:
  explicit TiffReader(const ByteSource& source);

  /// A number of 1 to 8 bytes.
  std::uint64_t number(std::uint64_t offset, std::size_t width) const;
  /// An entry of a directory that is not BigTIFF.
  TiffEntry entry_at(std::uint64_t offset) const;
  std::uint64_t first_directory() const;
  /// The entry of that tag in the first directory.
  std::optional<TiffEntry> find(int tag) const;
  /// Those entries of the directory at `offset` that `wanted` names, or all if it names none, with
  /// their values. An entry whose type is unknown, whose value leaves the file or exceeds what is
  /// left of `budget` (bytes) is left out; `damage` tells the first such.
  TiffFields fields_at(std::uint64_t offset,
                       std::span<const int> wanted,
                       std::uint64_t& budget,
                       std::string& damage) const;

 private:
  /// Likewise for both kinds of directory.
  TiffEntry any_entry_at(std::uint64_t offset) const;
  std::uint64_t count_bytes() const { return big_ ? 8 : 2; }
  std::uint64_t entry_bytes() const { return big_ ? 20 : 12; }
  std::size_t width_of(int type) const;
  std::string add_field(const TiffEntry& entry, std::uint64_t& budget, TiffFields& fields) const;

  const ByteSource& source_;
  bool little_, big_;
};

/// The number that a field of one whole number holds; 0 for any other field.
std::uint64_t single_number(const TiffField& field);

}  // namespace tessera::image
