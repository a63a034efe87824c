// SPDX-License-Identifier: MIT
#include "image/metadata/metadata_read.h"

#include <algorithm>
#include <string_view>

#include "image/metadata/exif.h"
#include "image/metadata/icc.h"

namespace tessera::image {

namespace {

// Real packets nest about ten deep; a parser that recurses dies somewhere beyond thousands.
constexpr int kDeepestXmp = 200;

/// Counts tags only: enough to see a packet that was cut or built to break parsers.
std::string xmp_damage(std::string_view text) {
  if (text.find("<rdf:RDF") == text.npos) return "not an RDF document";
  int depth = 0;
  for (std::size_t at = text.find('<'); at != text.npos; at = text.find('<', at + 1)) {
    const std::size_t end = text.find('>', at);
    if (end == text.npos) return "a tag is cut short";
    const std::string_view tag = text.substr(at + 1, end - at - 1);
    if (tag.empty() || tag.front() == '?' || tag.front() == '!') continue;
    if (tag.front() == '/')
      --depth;
    else if (tag.back() != '/')
      ++depth;
    if (depth > kDeepestXmp) return "nested more than " + std::to_string(kDeepestXmp) + " deep";
  }
  return depth == 0 ? "" : "tags are not closed";
}

int settle_exif(std::vector<std::byte>& exif, int orientation, std::vector<std::string>& warnings) {
  if (exif.empty()) return orientation;
  const ExifReport report = make_exif_upright(exif);
  if (report.readable) {
    if (!report.damage.empty())
      warnings.push_back("damaged EXIF carried as it is: " + report.damage);
    return report.orientation;
  }
  warnings.push_back("damaged EXIF dropped: " + report.damage);
  exif.clear();
  return orientation;
}

}  // namespace

int settle_metadata(ImageMetadata& metadata,
                    int channels,
                    int orientation,
                    std::vector<std::string>& warnings) {
  orientation = settle_exif(metadata.exif, orientation, warnings);
  const std::string profile = metadata.icc.empty() ? "" : icc_damage(metadata.icc, channels);
  if (!profile.empty()) {
    warnings.push_back("damaged ICC profile dropped: " + profile);
    metadata.icc.clear();
  }
  const std::string_view text(reinterpret_cast<const char*>(metadata.xmp.data()),
                              metadata.xmp.size());
  const std::string packet = text.empty() ? "" : xmp_damage(text);
  if (!packet.empty()) {
    warnings.push_back("damaged XMP dropped: " + packet);
    metadata.xmp.clear();
  }
  make_xmp_upright(metadata.xmp);
  if (orientation >= 5) std::swap(metadata.pixels_per_mm_x, metadata.pixels_per_mm_y);
  return orientation;
}

}  // namespace tessera::image
