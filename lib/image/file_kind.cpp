// SPDX-License-Identifier: MIT
#include "image/file_kind.h"

namespace tessera::image {
namespace {

using namespace std::string_view_literals;
using base::has_at;

// Canon CR3 and CRW, Fujifilm, Panasonic and Leica, Olympus, Minolta, Sigma.
constexpr base::ContentMark kRawMarks[] = {
    {4, "ftypcrx "sv, "CR3"}, {6, "HEAPCCDR"sv, "CRW"}, {0, "FUJIFILMCCD-RAW"sv, "RAF"},
    {0, "IIU\0"sv, "RW2"},    {0, "IIRO"sv, "ORF"},     {0, "IIRS"sv, "ORF"},
    {0, "MMOR"sv, "ORF"},     {0, "\0MRM"sv, "MRW"},    {0, "FOVb"sv, "X3F"},
};

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '#'; }

}  // namespace

FileKind kind_of(std::span<const std::byte> head) {
  const std::string_view text = base::text_of(head);
  if (has_at(text, 0, "\x89PNG"sv)) return FileKind::Png;
  if (has_at(text, 0, "\xFF\xD8\xFF"sv)) return FileKind::Jpeg;
  for (const std::string_view mark : {"II*\0"sv, "MM\0*"sv, "II+\0"sv, "MM\0+"sv})
    if (has_at(text, 0, mark)) return FileKind::Tiff;
  if (has_at(text, 0, "RIFF"sv) && has_at(text, 8, "WEBP"sv)) return FileKind::Webp;
  if (has_at(text, 0, "GIF87a"sv) || has_at(text, 0, "GIF89a"sv)) return FileKind::Gif;
  if (has_at(text, 0, "BM"sv) && text.size() >= 18 && text[6] == 0 && text[8] == 0)
    return FileKind::Bmp;
  for (const base::ContentMark& mark : kRawMarks)
    if (has_at(text, mark.offset, mark.bytes)) return FileKind::Raw;
  if (text.size() >= 3 && text[0] == 'P' && is_space(text[2])) {
    if (text[1] >= '1' && text[1] <= '6') return FileKind::Pnm;
    if (text[1] == 'F' || text[1] == 'f') return FileKind::Pfm;
  }
  return FileKind::Unknown;
}

const char* name_of(FileKind kind) {
  constexpr const char* kNames[] = {"PNG", "JPEG", "TIFF", "WebP",       "GIF",
                                    "BMP", "PNM",  "PFM",  "camera raw", "unknown"};
  return kNames[static_cast<int>(kind)];
}

}  // namespace tessera::image
