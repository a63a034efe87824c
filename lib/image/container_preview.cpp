// SPDX-License-Identifier: MIT
#include "image/container_preview.h"

#include <utility>

#include "image/codecs/jpeg_structure.h"
#include "image/codecs/picture_end.h"
#include "image/codecs/png_structure.h"
#include "image/codecs/tiff_samples.h"
#include "image/codecs/tiff_structure.h"
#include "image/limits.h"
#include "image/metadata/tiff_exif.h"

namespace tessera::image {
namespace {

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : ", ") + word;
  return text;
}

Preview preview_of_png(const ByteSource& source, const ReadOptions& options) {
  PngFacts facts = scan_png(source);
  check_pixels(source.name(), facts.width, facts.height, options);
  check_density(source, facts.width, facts.height);
  Preview result;
  result.metadata.png_colour = std::move(facts.colour);
  result.metadata.exif = std::move(facts.exif);
  result.metadata.xmp = std::move(facts.xmp);
  result.states_resolution = facts.states_resolution;
  if (!facts.texts.empty())
    result.warnings.push_back("text chunks dropped (" + joined(facts.texts) +
                              "): of what describes a picture, ICC, EXIF and XMP are carried");
  if (facts.animated) result.unread.push_back("animated PNG: only its still picture is read");
  if (facts.end < source.size())
    result.unread.push_back(trailing_warning(source.size() - facts.end));
  return result;
}

Preview preview_of_jpeg(const ByteSource& source, const ReadOptions& options) {
  const JpegFacts facts = scan_jpeg(source);
  check_pixels(source.name(), facts.width, facts.height, options);
  check_density(source, facts.width, facts.height);
  Preview result;
  result.states_resolution = facts.states_resolution;
  if (facts.iptc)
    result.warnings.push_back(
        "IPTC dropped: of what describes a picture, ICC, EXIF and XMP are carried");
  if (facts.comment)
    result.warnings.push_back(
        "comment dropped: of what describes a picture, ICC, EXIF and XMP are carried");
  if (facts.extended_xmp)
    result.warnings.push_back("extended XMP dropped: only the main packet is carried");
  if (facts.further_pictures > 0)
    result.unread.push_back("only the first of " + std::to_string(1 + facts.further_pictures) +
                            " pictures is read");
  return result;
}

Preview preview_of_tiff(const ByteSource& source) {
  const TiffFacts facts = scan_tiff(source);
  TiffExif found = exif_from_tiff(source);
  refuse_mistaken_tiff_colours(source);
  Preview result;
  result.states_resolution = facts.states_resolution;
  result.states_orientation = facts.states_orientation;
  result.tiff_exif = std::move(found.block);
  if (!found.damage.empty())
    result.warnings.push_back("damaged EXIF carried in part: " + found.damage);
  for (const auto& [dropped, what] :
       {std::pair(facts.iptc, "IPTC"), {facts.geographic, "GeoTIFF tags"}})
    if (dropped)
      result.warnings.push_back(
          std::string(what) +
          " dropped: of what describes a picture, ICC, EXIF and XMP are carried");
  return result;
}

}  // namespace

Preview preview(const ByteSource& source, const ReadOptions& options) {
  if (source.kind() == FileKind::Png) return preview_of_png(source, options);
  if (source.kind() == FileKind::Jpeg) return preview_of_jpeg(source, options);
  if (source.kind() == FileKind::Tiff) return preview_of_tiff(source);
  Preview result;
  result.states_resolution = false;
  return result;
}

}  // namespace tessera::image
