// SPDX-License-Identifier: MIT
#include "image/codecs/tiff_structure.h"

#include <array>
#include <string>

#include "image/codecs/jpeg_structure.h"
#include "image/metadata/tiff_directory.h"
#include "image/metadata/tiff_reader.h"

namespace tessera::image {

namespace {

constexpr int kOrientation = 274, kXResolution = 282, kResolutionUnit = 296, kIptc = 33723,
              kPhotoshop = 34377, kGeoKeys = 34735;

/// Whether image resources of Photoshop hold an IPTC record of some length.
bool resources_hold_iptc(const TiffFields& fields) {
  const auto found = fields.find(kPhotoshop);
  if (found == fields.end()) return false;
  const std::vector<std::byte>& bytes = found->second.value;
  return holds_iptc_resource({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

}  // namespace

TiffFacts scan_tiff(const ByteSource& source) {
  const TiffReader reader(source);
  const auto unit = reader.find(kResolutionUnit);
  const bool without_unit = unit && reader.number(unit->value_at, 2) == kTiffWithoutUnit;
  constexpr std::array kCaptions{kIptc, kPhotoshop};
  std::uint64_t budget = 1 << 20;
  std::string ignored;
  const TiffFields captions =
      reader.fields_at(reader.first_directory(), kCaptions, budget, ignored);
  return {.states_resolution = reader.find(kXResolution) && !without_unit,
          .states_orientation = reader.find(kOrientation).has_value(),
          .iptc = captions.contains(kIptc) || resources_hold_iptc(captions),
          .geographic = reader.find(kGeoKeys).has_value()};
}

std::uint64_t place_of_resolution_unit(const ByteSource& source) {
  const auto unit = TiffReader(source).find(kResolutionUnit);
  return unit && unit->type == kTiffShort ? unit->value_at : 0;
}

}  // namespace tessera::image
