// SPDX-License-Identifier: MIT
#include "image/metadata/metadata_read.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "image/metadata/exif.h"
#include "image/metadata/icc.h"

namespace tessera::image {

namespace {

// Real packets nest about ten deep; a parser that recurses dies somewhere beyond thousands.
constexpr int kDeepestXmp = 200;

/// Where the markup that begins at `at` ends: its last '>', which in a tag does not stand in
/// quotes; npos where it is cut short.
std::size_t end_of_markup(std::string_view text, std::size_t at) {
  const std::string_view rest = text.substr(at);
  for (const auto& [begin, end] : {std::pair<std::string_view, std::string_view>{"<!--", "-->"},
                                   {"<![CDATA[", "]]>"},
                                   {"<?", "?>"}})
    if (rest.starts_with(begin)) {
      const std::size_t found = text.find(end, at + begin.size());
      return found == text.npos ? found : found + end.size() - 1;
    }
  char quote = 0;
  for (; at < text.size(); ++at) {
    const char letter = text[at];
    if (quote != 0)
      quote = letter == quote ? 0 : quote;
    else if (letter == '"' || letter == '\'')
      quote = letter;
    else if (letter == '>')
      return at;
  }
  return text.npos;
}

/// Counts tags only: enough to see a packet that was cut or built to break parsers.
std::string xmp_damage(std::string_view text) {
  if (text.find("<rdf:RDF") == text.npos) return "not an RDF document";
  int depth = 0;
  for (std::size_t at = text.find('<'); at != text.npos; at = text.find('<', at)) {
    const std::size_t end = end_of_markup(text, at);
    if (end == text.npos) return "a tag is cut short";
    const std::string_view tag = text.substr(at + 1, end - at - 1);
    at = end;
    if (tag.empty() || tag.front() == '?' || tag.front() == '!') continue;
    if (tag.front() == '/')
      --depth;
    else if (tag.back() != '/')
      ++depth;
    if (depth > kDeepestXmp) return "nested more than " + std::to_string(kDeepestXmp) + " deep";
  }
  return depth == 0 ? "" : "tags are not closed";
}

/// Blanks the property that names an extension of the packet, as attribute or as element: only a
/// JPEG has such extensions, and none is carried.
/// Source  XMP specification part 3 (2020), section 1.1.3.1.
void blank_extension_note(std::vector<std::byte>& xmp) {
  constexpr std::string_view kName = "xmpNote:HasExtendedXMP", kEnd = "</xmpNote:HasExtendedXMP>";
  const std::string_view text(reinterpret_cast<const char*>(xmp.data()), xmp.size());
  for (std::size_t at = text.find(kName); at != text.npos; at = text.find(kName, at + 1)) {
    const bool is_element = at > 0 && text[at - 1] == '<';
    const std::size_t quote = text.find_first_of("\"'", at);
    const std::size_t end = is_element           ? text.find(kEnd, at)
                            : quote == text.npos ? quote
                                                 : text.find(text[quote], quote + 1);
    if (end == text.npos) return;
    const std::size_t begin = is_element ? at - 1 : at;
    const std::size_t length = end - begin + (is_element ? kEnd.size() : 1);
    std::fill_n(xmp.begin() + static_cast<std::ptrdiff_t>(begin), length, std::byte{' '});
  }
}

/// Result  what the block stated, 0: nothing.
int settle_exif(std::vector<std::byte>& exif, std::vector<std::string>& warnings) {
  if (exif.empty()) return 0;
  const ExifReport report = make_exif_upright(exif);
  if (report.readable) {
    if (!report.damage.empty())
      warnings.push_back("damaged EXIF carried as it is: " + report.damage);
    return report.orientation;
  }
  warnings.push_back("damaged EXIF dropped: " + report.damage);
  exif.clear();
  return 0;
}

}  // namespace

int settle_metadata(ImageMetadata& metadata,
                    int channels,
                    int orientation,
                    std::vector<std::string>& warnings) {
  if (const int stated = settle_exif(metadata.exif, warnings); stated != 0) orientation = stated;
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
  blank_extension_note(metadata.xmp);
  const int stated_by_xmp = make_xmp_upright(metadata.xmp);
  if (orientation == 0) orientation = std::max(stated_by_xmp, 1);
  if (orientation >= 5) std::swap(metadata.pixels_per_mm_x, metadata.pixels_per_mm_y);
  return orientation;
}

}  // namespace tessera::image
