// SPDX-License-Identifier: MIT
#include "image/codecs/decoder_warnings.h"

#include <cstddef>

namespace tessera::image {

bool is_harmless_to_tiff(const std::string& warning) {
  for (const char* text :
       {"Unknown field with tag", "Defining non-color channels as ExtraSamples",
        "does not end in null byte", "incorrect count", "exif", "EXIF", "\"ImageDescription\"",
        "\"Make\"", "\"Model\"", "\"Software\"", "\"DateTime\"", "\"Artist\"", "\"Copyright\"",
        "\"DocumentName\"", "\"HostComputer\"", "\"PageName\"", "\"TargetPrinter\"",
        "tags are not sorted", "Bogus \"StripByteCounts\" field"})
    if (warning.find(text) != warning.npos) return true;
  return false;
}

bool is_about_png_description(const std::string& warning) {
  const std::size_t colon = warning.find(": ");
  return colon == 4 && warning[0] >= 'a' && warning[0] <= 'z' && !warning.starts_with("tRNS");
}

}  // namespace tessera::image
