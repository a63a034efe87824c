// SPDX-License-Identifier: MIT
#include <algorithm>
#include <cctype>
#include <cstring>
#include <string_view>

#include "observation/sampling.h"
#include "tessera/error.h"

namespace tessera {
namespace {

constexpr BayerPattern kPatterns[] = {BayerPattern::RGGB, BayerPattern::BGGR, BayerPattern::GRBG,
                                      BayerPattern::GBRG};

/// Names of the 2x2 block, row by row.
constexpr std::string_view text_of(BayerPattern pattern) {
  switch (pattern) {
    case BayerPattern::RGGB:
      return "RGGB";
    case BayerPattern::BGGR:
      return "BGGR";
    case BayerPattern::GRBG:
      return "GRBG";
    case BayerPattern::GBRG:
      return "GBRG";
  }
  return {};
}

}  // namespace

std::string name_of(BayerPattern pattern) { return std::string(text_of(pattern)); }

BayerPattern bayer_pattern_from_name(const std::string& name) {
  std::string upper = name;
  std::transform(upper.begin(), upper.end(), upper.begin(),
                 [](unsigned char letter) { return static_cast<char>(std::toupper(letter)); });
  for (const BayerPattern pattern : kPatterns)
    if (upper == text_of(pattern)) return pattern;
  throw Error(ErrorCode::InvalidArgument,
              "colour filter array: expected RGGB, BGGR, GRBG or GBRG, found '" + name + "'");
}

int observation::bayer_channel(BayerPattern pattern, int y, int x) {
  // The lowest bit is the parity of negative coordinates too.
  const char letter = text_of(pattern)[static_cast<std::size_t>(2 * (y & 1) + (x & 1))];
  return letter == 'R' ? 0 : letter == 'G' ? 1 : 2;
}

Image mosaic(const Image& rgb, BayerPattern pattern) {
  if (rgb.channels() != 3)
    throw Error(ErrorCode::BadImage, "a mosaic is made of three colours, found " +
                                         std::to_string(rgb.channels()) +
                                         " channel (give a picture in colour)");
  Image result(rgb.width(), rgb.height(), 1, rgb.type());
  result.set_max_value(rgb.max_value());
  result.metadata = rgb.metadata;
  result.metadata.icc.clear();  // a profile of three colours does not describe one plane
  const auto size = static_cast<std::size_t>(bytes_per_sample(rgb.type()));
  for (int y = 0; y < rgb.height(); ++y) {
    const std::size_t row = static_cast<std::size_t>(y) * rgb.width();
    for (int x = 0; x < rgb.width(); ++x) {
      const auto c = static_cast<std::size_t>(observation::bayer_channel(pattern, y, x));
      std::memcpy(result.colour() + (row + x) * size, rgb.colour() + ((row + x) * 3 + c) * size,
                  size);
    }
  }
  return result;
}

}  // namespace tessera
