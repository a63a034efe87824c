// SPDX-License-Identifier: MIT
#include "image/metadata/png_colour.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>
#include <map>

namespace tessera::image {

namespace {

// length(4) type(4) data(length) crc(4)
constexpr std::size_t kFrame = 12, kData = 8;

constexpr std::int64_t kSrgbGamma = 45455;
/// White, red, green, blue: x and y times 100000.
constexpr std::array<std::int64_t, 8> kSrgbPrimaries{31270, 32900, 64000, 33000,
                                                     30000, 60000, 15000, 6000};
// Of 100000: encoders round differently, and nobody sees a thousandth.
constexpr std::int64_t kSame = 100;

std::int64_t number_at(std::span<const std::byte> bytes, std::size_t offset) {
  std::int64_t value = 0;
  for (std::size_t i = 0; i < 4; ++i)
    value = value << 8 | std::to_integer<std::int64_t>(bytes[offset + i]);
  return value;
}

bool are_close(std::span<const std::byte> numbers, std::span<const std::int64_t> expected) {
  for (std::size_t i = 0; i < expected.size(); ++i)
    if (std::abs(number_at(numbers, 4 * i) - expected[i]) > kSame) return false;
  return true;
}

/// Primaries, transfer function, matrix, range. Source: ITU-T H.273, tables 2 to 4.
bool is_srgb_by_cicp(std::span<const std::byte> data) {
  constexpr std::array<std::byte, 4> kSrgb{std::byte{1}, std::byte{13}, std::byte{0}, std::byte{1}};
  return std::equal(data.begin(), data.end(), kSrgb.begin(), kSrgb.end());
}

}  // namespace

void for_each_chunk(
    std::span<const std::byte> chunks,
    const std::function<void(std::string_view type, std::span<const std::byte> whole)>& visit) {
  while (chunks.size() >= kFrame) {
    const std::size_t size = kFrame + static_cast<std::size_t>(number_at(chunks, 0));
    if (size > chunks.size()) return;
    visit({reinterpret_cast<const char*>(chunks.data()) + 4, 4}, chunks.first(size));
    chunks = chunks.subspan(size);
  }
}

std::string colours_beyond_srgb(const ImageMetadata& metadata) {
  std::map<std::string_view, std::span<const std::byte>> data;
  for_each_chunk(metadata.png_colour, [&](std::string_view type, std::span<const std::byte> whole) {
    data.emplace(type, whole.subspan(kData, whole.size() - kFrame));
  });
  if (const auto cicp = data.find("cICP"); cicp != data.end())
    return is_srgb_by_cicp(cicp->second) ? "" : "cICP";
  if (!metadata.icc.empty() || data.contains("sRGB")) return {};
  const auto gamma = data.find("gAMA"), primaries = data.find("cHRM");
  const auto differs = [&](auto chunk, std::span<const std::int64_t> srgb) {
    return chunk != data.end() && chunk->second.size() == 4 * srgb.size() &&
           !are_close(chunk->second, srgb);
  };
  if (!differs(gamma, std::span(&kSrgbGamma, 1)) && !differs(primaries, kSrgbPrimaries)) return {};
  if (primaries == data.end()) return "gAMA";
  return gamma == data.end() ? "cHRM" : "gAMA and cHRM";
}

}  // namespace tessera::image
