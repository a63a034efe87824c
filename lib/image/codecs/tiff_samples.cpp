// SPDX-License-Identifier: MIT
#include "image/codecs/tiff_samples.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <span>
#include <type_traits>

#include "image/message.h"
#include "image/metadata/tiff_reader.h"
#include "image/sample_types.h"

namespace tessera::image {

namespace {

constexpr int kBitsPerSample = 258, kCompression = 259, kPhotometric = 262, kSamplesPerPixel = 277,
              kExtraSamples = 338, kSampleFormat = 339;
constexpr std::array kTags{kBitsPerSample,   kCompression,  kPhotometric,
                           kSamplesPerPixel, kExtraSamples, kSampleFormat};
constexpr std::uint64_t kFloat = 3, kComplexInteger = 5, kComplexFloat = 6;

enum Photometric : std::uint64_t {
  kWhiteIsZero,
  kBlackIsZero,
  kRgb,
  kPalette,
  kMask,
  kSeparated,
  kYcbcr,
  kCielab = 8,
  kIccLab,
  kItuLab,
  kLogL = 32844,
  kLogLuv
};
constexpr std::uint64_t kJpegCompression = 7, kAssociatedAlpha = 1, kUnassociatedAlpha = 2;

TiffFields fields_of(const ByteSource& source) {
  const TiffReader reader(source);
  std::uint64_t budget = 4096;
  std::string ignored;
  return reader.fields_at(reader.first_directory(), kTags, budget, ignored);
}

/// The first value of a tag, `otherwise` where it is not stated.
std::uint64_t first_value(const TiffFields& fields, int tag, std::uint64_t otherwise = 1) {
  const auto found = fields.find(tag);
  if (found == fields.end() || found->second.type != kTiffShort || found->second.count == 0)
    return otherwise;
  return number_of(std::span(found->second.value).first(2), true);
}

/// The colour space of samples that libvips would take for RGB or grey; empty for others.
std::string mistaken_colours(const TiffFields& fields) {
  switch (first_value(fields, kPhotometric)) {
    case kWhiteIsZero:
      return first_value(fields, kSampleFormat) == kFloat ? "white is zero, in floats" : "";
    case kMask:
      return "transparency mask";
    case kSeparated:
      return first_value(fields, kSamplesPerPixel) < 4 ? "inks other than CMYK" : "";
    case kYcbcr:
      return first_value(fields, kCompression) == kJpegCompression ? "" : "YCbCr";
    case kIccLab:
    case kItuLab:
      return "Lab";
    case kLogL:
    case kLogLuv:
      return "LogLuv";
    default:
      return "";
  }
}

/// What floor(product * white / alpha) was made of, rounded instead.
template <typename T>
T divided_by_alpha(T quotient, T alpha, double white) {
  const double product = std::ceil(quotient * static_cast<double>(alpha) / white);
  return static_cast<T>(std::min(white, std::round(product * white / alpha)));
}

/// What libvips cannot read; empty: it can.
std::string unsupported_samples(const ByteSource& source) {
  const TiffFields fields = fields_of(source);
  const std::uint64_t bits = first_value(fields, kBitsPerSample),
                      format = first_value(fields, kSampleFormat);
  const bool complex = format == kComplexInteger || format == kComplexFloat;
  const bool whole_bytes = bits == 8 || bits == 16 || bits == 32;
  const bool packed =
      first_value(fields, kSamplesPerPixel) == 1 && (bits == 1 || bits == 2 || bits == 4);
  if (format == kFloat ? bits == 32 : !complex && (whole_bytes || packed)) return {};
  return std::to_string(bits) + "-bit " +
         (format == kFloat ? "float"
          : complex        ? "complex"
                           : "integer");
}

}  // namespace

void refuse_mistaken_tiff_colours(const ByteSource& source) {
  const std::string colours = mistaken_colours(fields_of(source));
  if (!colours.empty())
    fail(ErrorCode::BadImage, source.name(),
         "TIFF in the colour space " + colours + " is not supported (convert it to RGB or grey)");
}

void refuse_unsupported_tiff_samples(const ByteSource& source) {
  const std::string samples = unsupported_samples(source);
  if (!samples.empty())
    fail(ErrorCode::BadImage, source.name(),
         "TIFF with " + samples +
             " samples is not supported (convert them to 8 or 16 bits without sign, or to 32-bit "
             "float)");
}

void settle_tiff_alpha(const ByteSource& source, Image& image, std::vector<std::string>& warnings) {
  if (!image.has_alpha()) return;
  const std::uint64_t kind = first_value(fields_of(source), kExtraSamples, 0);
  if (kind != kAssociatedAlpha && kind != kUnassociatedAlpha)
    warnings.push_back(
        "the last sample of a pixel is taken for its alpha, which the file does not "
        "call it: where it is 0 nothing is restored");
  if (kind != kAssociatedAlpha) return;
  const auto channels = static_cast<std::size_t>(image.channels());
  const std::size_t pixels = image.pixels();
  image::with_sample_type(image.type(), [&]<typename T>(T) {
    const double white = image::white_of(image.type());
    T* colour = image.colour_row<T>(0);
    const T* alpha = image.alpha_row<T>(0);
    for (std::size_t i = 0; i < pixels * channels; ++i) {
      if constexpr (std::is_same_v<T, float>)
        colour[i] /= 255.0F;
      else if (alpha[i / channels] > 0)
        colour[i] = divided_by_alpha(colour[i], alpha[i / channels], white);
    }
  });
}

}  // namespace tessera::image
