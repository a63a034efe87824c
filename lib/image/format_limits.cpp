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
  const std::size_t count = static_cast<std::size_t>(image.width()) * image.height();
  return std::all_of(alpha, alpha + count, [&](T a) { return a == opaque; });
}

bool is_opaque(const Image& image) {
  return with_sample_type(image.type(), [&]<typename T>(T) { return is_opaque_as<T>(image); });
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
      return {"PNG", true, true, false, true, 1'000'000, true, true, true};
    case FileFormat::Jpeg:
      return {"JPEG", true, false, false, false, 65'500, true, true, true};
    case FileFormat::Tiff:
      return {"TIFF", true, true, true, true, 10'000'000, true, true, true};
    case FileFormat::Webp:
      return {"WebP", true, false, false, true, 16'383, true, true, true};
    case FileFormat::Pnm:
      return {"PNM", true, true, false, false, 10'000'000, false, false, false};
    case FileFormat::Pfm:
      return {"PFM", false, false, true, false, 10'000'000, false, false, false};
  }
  return {};
}

void check_fits(const std::string& name, const ImageSize& size, FileFormat format) {
  const FormatLimits limits = limits_of(format);
  if (size.type == SampleType::F32 && !limits.f32)
    refuse(name, limits, " holds no float samples (write tiff or pfm, or give --depth 16)");
  if (size.type == SampleType::U16 && !limits.u16)
    refuse(name, limits, " holds no 16-bit samples (write png or tiff, or give --depth 8)");
  if (size.type == SampleType::U8 && !limits.u8)
    refuse(name, limits, " holds only float samples (write png or tiff)");
  if (std::max(size.width, size.height) > limits.longest_side)
    refuse(name, limits,
           " holds at most " + std::to_string(limits.longest_side) +
               " pixels on a side, the picture is " + std::to_string(size.width) + "x" +
               std::to_string(size.height) + " (write tiff)");
}

void check_alpha_fits(const std::string& name, const Image& image, FileFormat format) {
  const FormatLimits limits = limits_of(format);
  if (image.has_alpha() && !limits.alpha && !is_opaque(image))
    refuse(name, limits, " holds no alpha (give --background COLOUR, or write png)");
}

ImageSize size_of(const Image& image) {
  return {image.width(), image.height(), image.channels(), image.type()};
}

}  // namespace tessera::image
