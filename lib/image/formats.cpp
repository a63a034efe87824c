// SPDX-License-Identifier: MIT
#include <algorithm>
#include <span>
#include <string>
#include <string_view>

#include "image/message.h"
#include "tessera/image_io.h"

namespace tessera {

namespace {

struct Name {
  std::string_view text;
  FileFormat format;
};

// The first name of each format is the suffix that folder mode gives.
constexpr Name kNames[] = {
    {"png", FileFormat::Png},  {"jpg", FileFormat::Jpeg},  {"jpeg", FileFormat::Jpeg},
    {"tif", FileFormat::Tiff}, {"tiff", FileFormat::Tiff}, {"webp", FileFormat::Webp},
    {"ppm", FileFormat::Pnm},  {"pgm", FileFormat::Pnm},   {"pnm", FileFormat::Pnm},
    {"pfm", FileFormat::Pfm},
};

constexpr std::string_view kPictureSuffixes[] = {".png", ".jpg",  ".jpeg", ".jpe", ".jfif",
                                                 ".tif", ".tiff", ".webp", ".pnm", ".ppm",
                                                 ".pgm", ".pbm",  ".pfm",  ".bmp", ".gif"};

constexpr std::string_view kRawSuffixes[] = {
    ".3fr", ".arw", ".cr2", ".cr3", ".crw", ".dcr", ".dng", ".erf", ".fff", ".iiq", ".mef",
    ".mos", ".mrw", ".nef", ".nrw", ".orf", ".pef", ".raf", ".rw2", ".rwl", ".srw", ".x3f"};

std::string known_names(std::string_view before) {
  std::string list;
  for (const Name& name : kNames)
    list += (list.empty() ? "" : ", ") + std::string(before) + std::string(name.text);
  return list;
}

/// ASCII only: a Turkish locale has no say in what .TIF is.
std::string lower_case(std::string_view text) {
  std::string lower(text);
  for (char& c : lower)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return lower;
}

bool has_suffix_of(std::span<const std::string_view> suffixes, const std::filesystem::path& file) {
  const std::string suffix = lower_case(file.extension().native());
  return std::find(suffixes.begin(), suffixes.end(), suffix) != suffixes.end();
}

const Name* find_name(std::string_view text) {
  const std::string lower = lower_case(text);
  const auto* found = std::find_if(std::begin(kNames), std::end(kNames),
                                   [&](const Name& n) { return n.text == lower; });
  return found == std::end(kNames) ? nullptr : found;
}

}  // namespace

bool has_picture_suffix(const std::filesystem::path& file) {
  return has_suffix_of(kPictureSuffixes, file);
}

bool has_raw_suffix(const std::filesystem::path& file) { return has_suffix_of(kRawSuffixes, file); }

FileFormat format_from_suffix(const std::filesystem::path& file) {
  const std::string suffix = file.extension().native();
  if (!suffix.empty())
    if (const Name* name = find_name(std::string_view(suffix).substr(1))) return name->format;
  image::fail(
      ErrorCode::InvalidArgument, file.native(),
      (suffix.empty() ? "has no suffix" : "unknown suffix '" + image::one_line(suffix) + "'") +
          " (expected one of " + known_names(".") + ", or --format png)");
}

FileFormat format_from_name(const std::string& text) {
  if (const Name* name = find_name(text)) return name->format;
  throw Error(ErrorCode::InvalidArgument, "unknown format '" + image::one_line(text) +
                                              "' (expected one of " + known_names("") + ")");
}

std::string suffix_of(FileFormat format) {
  for (const Name& name : kNames)
    if (name.format == format) return "." + std::string(name.text);
  return {};
}

}  // namespace tessera
