// SPDX-License-Identifier: MIT
#include "base/files/file_content.h"

#include <algorithm>
#include <cstdio>

namespace tessera::base {
namespace {

using namespace std::string_view_literals;

// Kinds that people hand to programs by mistake, most specific first.
constexpr ContentMark kMarks[] = {
    {0, "\x89PNG"sv, "a PNG picture"},
    {0, "\xFF\xD8\xFF"sv, "a JPEG picture"},
    {0, "II*\0"sv, "a TIFF picture"},
    {0, "MM\0*"sv, "a TIFF picture"},
    {8, "WEBP"sv, "a WebP picture"},
    {0, "GIF8"sv, "a GIF picture"},
    {0, "%PDF-"sv, "a PDF document"},
    {0, "%!PS"sv, "a PostScript document"},
    {4, "ftypavif"sv, "an AVIF picture"},
    {4, "ftypheic"sv, "a HEIC picture"},
    {4, "ftypmif1"sv, "a HEIF picture"},
    {4, "ftyp"sv, "an MP4 or QuickTime film"},
    {0, "\xFF\x0A"sv, "a JPEG XL picture"},
    {4, "JXL \r\n\x87\n"sv, "a JPEG XL picture"},
    {4, "jP  \r\n\x87\n"sv, "a JPEG 2000 picture"},
    {0, "\xFF\x4F\xFF\x51"sv, "a JPEG 2000 codestream"},
    {0, "8BPS"sv, "a Photoshop document"},
    {0, "\x76\x2F\x31\x01"sv, "an OpenEXR picture"},
    {0, "#?RADIANCE"sv, "a Radiance picture"},
    {0, "SIMPLE  ="sv, "a FITS file"},
    {0, "\x8AMNG"sv, "an MNG animation"},
    {0, "P7\n"sv, "a PAM picture"},
    {0, "\x89HDF"sv, "an HDF5 file"},
    {0, "\x93NUMPY"sv, "a NumPy array"},
    {0, "GGUF"sv, "a GGUF model"},
    {0, "\x1F\x8B"sv, "gzip-compressed data"},
    {0, "PK\x03\x04"sv, "a zip archive"},
    {0,
     "\x7F"
     "ELF"sv,
     "a program"},
    {0, "<?xml"sv, "an XML or SVG document"},
    {0, "<svg"sv, "an SVG drawing"},
    {0, "<!DOCTYPE"sv, "an HTML page"},
    {0, "<!doctype"sv, "an HTML page"},
    {0, "<html"sv, "an HTML page"},
    {0, "version https://git-lfs."sv, "a Git LFS pointer (git lfs pull fetches the file itself)"},
    {8, "{\"__metadata__"sv, "a safetensors checkpoint"},
};

bool is_plain(char c) { return (c >= ' ' && c <= '~') || c == '\n' || c == '\r' || c == '\t'; }

}  // namespace

std::string_view text_of(std::span<const std::byte> head) {
  return {reinterpret_cast<const char*>(head.data()), head.size()};
}

bool has_at(std::string_view text, std::size_t offset, std::string_view bytes) {
  return text.size() >= offset + bytes.size() && text.substr(offset, bytes.size()) == bytes;
}

std::string known_content(std::span<const std::byte> head) {
  const std::string_view text = text_of(head).substr(0, kContentBytes);
  if (is_pickle(head)) return has_at(text, 0, "PK"sv) ? "a PyTorch file" : "a Python pickle";
  for (const ContentMark& mark : kMarks)
    if (has_at(text, mark.offset, mark.bytes)) return mark.what;
  return !text.empty() && std::all_of(text.begin(), text.end(), is_plain) ? "text" : "";
}

std::string describe_content(std::span<const std::byte> head) {
  if (const std::string known = known_content(head); !known.empty()) return known;
  std::string bytes = "bytes";
  for (std::size_t i = 0; i < std::min<std::size_t>(head.size(), 4); ++i) {
    char hex[4];
    std::snprintf(hex, sizeof hex, " %02X", std::to_integer<unsigned>(head[i]));
    bytes += hex;
  }
  return bytes;
}

bool is_pickle(std::span<const std::byte> head) {
  const std::string_view text = text_of(head).substr(0, kContentBytes);
  if (has_at(text, 0, "PK\x03\x04"sv)) return text.find("/data.pkl"sv) != std::string_view::npos;
  // PROTO and its number, 2 to 5, before another opcode; none is 0.
  return text.size() >= 3 && text[0] == '\x80' && text[1] >= 2 && text[1] <= 5 && text[2] != '\0';
}

}  // namespace tessera::base
