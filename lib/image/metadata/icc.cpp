// SPDX-License-Identifier: MIT
#include "image/metadata/icc.h"

#include <cstdint>
#include <string_view>

namespace tessera::image {

namespace {

constexpr std::size_t kHeaderBytes = 128, kTagBytes = 12;

std::uint64_t number_at(std::span<const std::byte> profile, std::size_t offset) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < 4; ++i)
    value = value << 8 | std::to_integer<std::uint64_t>(profile[offset + i]);
  return value;
}

}  // namespace

std::string icc_damage(std::span<const std::byte> profile, int channels) {
  if (profile.size() < kHeaderBytes + 4) return "shorter than its header";
  const std::string_view text(reinterpret_cast<const char*>(profile.data()), profile.size());
  if (text.substr(36, 4) != "acsp") return "no profile signature";
  if (number_at(profile, 0) > profile.size()) return "cut short";
  const std::string_view space = text.substr(16, 4);
  if (space != (channels == 1 ? "GRAY" : "RGB ")) {
    const std::string wanted = channels == 1 ? "grey" : "colour";
    return "made for colour space '" +
           std::string(space.substr(0, space.find_last_not_of(' ') + 1)) + "', not for a " +
           wanted + " picture";
  }
  const std::uint64_t tags = number_at(profile, kHeaderBytes);
  if (kHeaderBytes + 4 + tags * kTagBytes > profile.size()) return "tag table cut short";
  for (std::uint64_t i = 0; i < tags; ++i) {
    const std::size_t entry = kHeaderBytes + 4 + i * kTagBytes;
    if (number_at(profile, entry + 4) + number_at(profile, entry + 8) > profile.size())
      return "a tag lies outside the profile";
  }
  return {};
}

}  // namespace tessera::image
