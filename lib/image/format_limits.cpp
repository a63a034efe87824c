// SPDX-License-Identifier: MIT
#include "image/format_limits.h"

#include <algorithm>

#include "image/message.h"
#include "image/sample_types.h"

namespace tessera::image {

namespace {

template <typename T>
bool is_opaque_as(const Image& image) {
  const T* alpha = image.alpha_row<T>(0);
  const auto opaque = static_cast<T>(image.max_value());
  const std::size_t count = image.pixels();
  return std::all_of(alpha, alpha + count, [&](T a) { return a == opaque; });
}

bool is_opaque(const Image& image) {
  return with_sample_type(image.type(), [&]<typename T>(T) { return is_opaque_as<T>(image); });
}

bool holds(const FormatLimits& limits, SampleType type) {
  switch (type) {
    case SampleType::U8:
      return limits.u8;
    case SampleType::U16:
      return limits.u16;
    case SampleType::F32:
      return limits.f32;
  }
  return false;
}

[[noreturn]] void refuse(const std::string& name,
                         const FormatLimits& limits,
                         const std::string& cause) {
  fail(ErrorCode::InvalidArgument, name, limits.name + cause);
}

}  // namespace

FormatLimits limits_of(FileFormat format) {
  switch (format) {
    case FileFormat::Png:
      return {.name = "PNG", .longest_side = 1'000'000, .u8 = true, .u16 = true, .alpha = true};
    case FileFormat::Jpeg:
      return {.name = "JPEG", .longest_side = 65'500, .u8 = true};
    case FileFormat::Tiff:
      return {.name = "TIFF",
              .longest_side = 10'000'000,
              .u8 = true,
              .u16 = true,
              .f32 = true,
              .alpha = true};
    case FileFormat::Webp:
      return {.name = "WebP", .longest_side = 16'383, .u8 = true, .grey = false, .alpha = true};
    case FileFormat::Pnm:
      return {.name = "PNM",
              .longest_side = 10'000'000,
              .u8 = true,
              .u16 = true,
              .icc = false,
              .exif = false,
              .xmp = false,
              .resolution = false};
    case FileFormat::Pfm:
      return {.name = "PFM",
              .longest_side = 10'000'000,
              .f32 = true,
              .icc = false,
              .exif = false,
              .xmp = false,
              .resolution = false};
  }
  return {};
}

std::string type_refusal(FileFormat format, SampleType type) {
  const FormatLimits limits = limits_of(format);
  if (holds(limits, type)) return {};
  const std::string held = limits.u16 ? "16" : limits.u8 ? "8" : "float";
  const std::string samples = held == "float"           ? "holds only float samples"
                              : type == SampleType::F32 ? "holds no float samples"
                                                        : "holds no 16-bit samples";
  return std::string(limits.name) + " " + samples + " (give --depth " + held + ", or write " +
         (type == SampleType::F32 ? "tiff or pfm)" : "png or tiff)");
}

void check_fits(const std::string& name, const ImageSize& size, FileFormat format) {
  const FormatLimits limits = limits_of(format);
  if (const std::string refusal = type_refusal(format, size.type); !refusal.empty())
    fail(ErrorCode::InvalidArgument, name, refusal);
  if (std::max(size.width, size.height) > limits.longest_side)
    refuse(name, limits,
           " holds at most " + std::to_string(limits.longest_side) +
               " pixels on a side, the picture is " + std::to_string(size.width) + "x" +
               std::to_string(size.height) + " (write tiff)");
}

void check_alpha_fits(const std::string& name, const Image& image, FileFormat format) {
  const FormatLimits limits = limits_of(format);
  if (image.has_alpha() && !limits.alpha && !is_opaque(image))
    refuse(name, limits,
           std::string(" holds no alpha (give --background COLOUR, or write ") +
               (image.type() == SampleType::F32 ? "tiff)" : "png)"));
}

ImageSize size_of(const Image& image) {
  return {image.width(), image.height(), image.channels(), image.type()};
}

}  // namespace tessera::image
