// SPDX-License-Identifier: MIT
#include "image/codecs/tiff_completion.h"

#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <utility>

#include "image/byte_source.h"
#include "image/codecs/tiff_structure.h"
#include "image/metadata/tiff_exif.h"

namespace tessera::image {

namespace {

using Bytes = std::vector<std::byte>;

/// Bytes that take the place of others, or follow the last one.
struct Patch {
  std::uint64_t place = 0;
  Bytes bytes;
};

/// ResolutionUnit "none" in the file's byte order, unless a resolution is stated.
std::vector<Patch> unit_patches(const ByteSource& file, const ImageMetadata& metadata) {
  const std::uint64_t place = place_of_resolution_unit(file);
  if (place == 0 || (metadata.pixels_per_mm_x > 0.0 && metadata.pixels_per_mm_y > 0.0)) return {};
  Bytes unit{std::byte{kTiffWithoutUnit}, std::byte{0}};
  if (file.head().front() == std::byte{'M'}) std::swap(unit[0], unit[1]);
  return {{place, unit}};
}

/// EXIF behind the file, and the link to it.
std::vector<Patch> exif_patches(const ByteSource& file,
                                const Bytes& exif,
                                std::vector<std::string>& warnings) {
  if (exif.empty()) return {};
  const std::optional<ExifTail> tail = exif_tail(file, exif);
  if (!tail) {
    warnings.push_back("EXIF has no place in a TIFF file of 4 GB: not written");
    return {};
  }
  Bytes link;
  for (int i = 0; i < 4; ++i) link.push_back(static_cast<std::byte>(tail->directory >> 8 * i));
  return {{file.size(), tail->bytes}, {4, link}};
}

bool write(const std::vector<Patch>& patches, ByteSink& sink) {
  return std::all_of(patches.begin(), patches.end(), [&](const Patch& patch) {
    ::lseek(sink.descriptor(), static_cast<off_t>(patch.place), SEEK_SET);
    return sink.write(patch.bytes);
  });
}

Bytes patched(const ByteSource& source, const std::vector<Patch>& patches) {
  Bytes file(source.memory().begin(), source.memory().end());
  for (const Patch& patch : patches) {
    file.resize(std::max<std::size_t>(file.size(), patch.place + patch.bytes.size()));
    std::copy(patch.bytes.begin(), patch.bytes.end(),
              file.begin() + static_cast<std::ptrdiff_t>(patch.place));
  }
  return file;
}

}  // namespace

bool complete_tiff(const ImageMetadata& metadata,
                   ByteSink& sink,
                   std::vector<std::string>& warnings) {
  const auto written = [&sink] {
    ::lseek(sink.descriptor(), 0, SEEK_SET);
    return ByteSource::from_descriptor(sink.descriptor(), sink.name());
  };
  // The directory is written anew with EXIF: what it says of the resolution must be true by then.
  return write(unit_patches(written(), metadata), sink) &&
         write(exif_patches(written(), metadata.exif, warnings), sink);
}

std::vector<std::byte> completed_tiff(std::vector<std::byte> file,
                                      const ImageMetadata& metadata,
                                      std::vector<std::string>& warnings) {
  const ByteSource written = ByteSource::from_memory(std::move(file), "TIFF");
  Bytes with_unit = patched(written, unit_patches(written, metadata));
  if (metadata.exif.empty()) return with_unit;
  const ByteSource source = ByteSource::from_memory(std::move(with_unit), "TIFF");
  return patched(source, exif_patches(source, metadata.exif, warnings));
}

}  // namespace tessera::image
