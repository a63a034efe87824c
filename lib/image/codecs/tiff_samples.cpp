// SPDX-License-Identifier: MIT
#include "image/codecs/tiff_samples.h"

#include <array>
#include <cstdint>
#include <span>

#include "image/metadata/tiff_reader.h"

namespace tessera::image {

namespace {

constexpr int kBitsPerSample = 258, kSamplesPerPixel = 277, kSampleFormat = 339;
constexpr std::array kTags{kBitsPerSample, kSamplesPerPixel, kSampleFormat};
constexpr std::uint64_t kFloat = 3, kComplexInteger = 5, kComplexFloat = 6;

/// The first value of a tag, 1 where it is not stated.
std::uint64_t first_value(const TiffFields& fields, int tag) {
  const auto found = fields.find(tag);
  if (found == fields.end() || found->second.type != kTiffShort || found->second.count == 0)
    return 1;
  return number_of(std::span(found->second.value).first(2), true);
}

}  // namespace

std::string unsupported_tiff_samples(const ByteSource& source) {
  const TiffReader reader(source);
  std::uint64_t budget = 4096;
  std::string ignored;
  const TiffFields fields = reader.fields_at(reader.first_directory(), kTags, budget, ignored);
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

}  // namespace tessera::image
