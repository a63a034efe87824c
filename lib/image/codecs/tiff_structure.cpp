// SPDX-License-Identifier: MIT
#include "image/codecs/tiff_structure.h"

#include "image/metadata/tiff_directory.h"
#include "image/metadata/tiff_reader.h"

namespace tessera::image {

namespace {

constexpr int kOrientation = 274, kXResolution = 282, kResolutionUnit = 296;

}  // namespace

TiffFacts scan_tiff(const ByteSource& source) {
  const TiffReader reader(source);
  const auto unit = reader.find(kResolutionUnit);
  const bool without_unit = unit && reader.number(unit->value_at, 2) == kTiffWithoutUnit;
  return {reader.find(kXResolution) && !without_unit, reader.find(kOrientation).has_value()};
}

std::uint64_t place_of_resolution_unit(const ByteSource& source) {
  const auto unit = TiffReader(source).find(kResolutionUnit);
  return unit && unit->type == kTiffShort ? unit->value_at : 0;
}

}  // namespace tessera::image
