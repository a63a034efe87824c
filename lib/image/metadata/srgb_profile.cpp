// SPDX-License-Identifier: MIT
#include "image/metadata/srgb_profile.h"

#include <array>
#include <cmath>
#include <cstdint>
#include <string_view>
#include <utility>

namespace tessera::image {

namespace {

using Bytes = std::vector<std::byte>;

void put(Bytes& bytes, std::uint64_t value, int width) {
  for (int i = width - 1; i >= 0; --i) bytes.push_back(static_cast<std::byte>(value >> 8 * i));
}

void put_text(Bytes& bytes, std::string_view text) {
  for (const char letter : text) put(bytes, static_cast<unsigned char>(letter), 1);
}

/// Sixteen bits before and after the point, two's complement.
void put_fixed(Bytes& bytes, double value) {
  put(bytes, static_cast<std::uint32_t>(std::lround(value * 65536.0)), 4);
}

Bytes fixed_numbers(std::string_view type, std::initializer_list<double> values) {
  Bytes bytes;
  put_text(bytes, type);
  put(bytes, 0, 4);
  for (const double value : values) put_fixed(bytes, value);
  return bytes;
}

/// One English text in UTF-16.
Bytes localised_text(std::string_view text) {
  Bytes bytes;
  put_text(bytes, "mluc");
  put(bytes, 0, 4);
  put(bytes, 1, 4);
  put(bytes, 12, 4);
  put_text(bytes, "enUS");
  put(bytes, 2 * text.size(), 4);
  put(bytes, 28, 4);
  for (const char letter : text) put(bytes, static_cast<unsigned char>(letter), 2);
  return bytes;
}

Bytes curve_tag(ToneCurve curve) {
  Bytes bytes;
  put_text(bytes, "para");
  put(bytes, 0, 4);
  // Type 3: (a x + b)^g from d on, c x below; type 0: x^g.
  put(bytes, curve == ToneCurve::Srgb ? 3 : 0, 2);
  put(bytes, 0, 2);
  if (curve == ToneCurve::Linear) {
    put_fixed(bytes, 1.0);
    return bytes;
  }
  for (const double value : {2.4, 1.0 / 1.055, 0.055 / 1.055, 1.0 / 12.92, 0.04045})
    put_fixed(bytes, value);
  return bytes;
}

struct Tag {
  std::string_view name;
  Bytes data;
};

std::vector<Tag> tags_of(ToneCurve curve) {
  const bool srgb = curve == ToneCurve::Srgb;
  return {{"desc", localised_text(srgb ? "sRGB" : "sRGB primaries, linear")},
          {"cprt", localised_text("No copyright, use freely")},
          {"wtpt", fixed_numbers("XYZ ", {0.9642, 1.0, 0.8249})},
          {"chad", fixed_numbers("sf32", {1.0478, 0.0229, -0.0501, 0.0295, 0.9905, -0.0171, -0.0092,
                                          0.0150, 0.7517})},
          {"rXYZ", fixed_numbers("XYZ ", {0.43607, 0.22249, 0.01392})},
          {"gXYZ", fixed_numbers("XYZ ", {0.38515, 0.71687, 0.09708})},
          {"bXYZ", fixed_numbers("XYZ ", {0.14307, 0.06061, 0.71410})},
          {"rTRC", curve_tag(curve)},
          {"gTRC", curve_tag(curve)},
          {"bTRC", curve_tag(curve)}};
}

/// size class-and-space signature white-point, the rest zero.
Bytes header(std::size_t size) {
  Bytes bytes;
  put(bytes, size, 4);
  put(bytes, 0, 4);
  put(bytes, 0x04400000, 4);
  put_text(bytes, "mntrRGB XYZ ");
  for (const int part : {2026, 1, 1, 0, 0, 0}) put(bytes, static_cast<std::uint64_t>(part), 2);
  put_text(bytes, "acsp");
  bytes.resize(68);
  for (const double value : {0.9642, 1.0, 0.8249}) put_fixed(bytes, value);
  bytes.resize(128);
  return bytes;
}

}  // namespace

std::vector<std::byte> srgb_profile(ToneCurve curve) {
  const std::vector<Tag> tags = tags_of(curve);
  Bytes table, data;
  put(table, tags.size(), 4);
  const std::size_t data_at = 128 + 4 + 12 * tags.size();
  for (const Tag& tag : tags) {
    put_text(table, tag.name);
    put(table, data_at + data.size(), 4);
    put(table, tag.data.size(), 4);
    data.insert(data.end(), tag.data.begin(), tag.data.end());
    data.resize((data.size() + 3) / 4 * 4);
  }
  Bytes profile = header(data_at + data.size());
  profile.insert(profile.end(), table.begin(), table.end());
  profile.insert(profile.end(), data.begin(), data.end());
  return profile;
}

}  // namespace tessera::image
