// SPDX-License-Identifier: MIT
#include "dng_command.h"

#include <algorithm>
#include <cmath>
#include <fstream>
#include <map>
#include <sstream>

#include "image/sample_types.h"
#include "observation/sampling.h"
#include "support/dng.h"
#include "tessera/error.h"
#include "tessera/image_io.h"

namespace {

using tessera::Image;
using tessera::test::Dng;
using Keys = std::map<std::string, std::vector<double>>;

Keys keys_from(const std::vector<std::string>& arguments) {
  Keys keys;
  for (std::size_t i = 3; i < arguments.size(); ++i) {
    const auto equals = arguments[i].find('=');
    std::istringstream list(arguments[i].substr(equals + 1));
    std::string number;
    while (std::getline(list, number, ','))
      keys[arguments[i].substr(0, equals)].push_back(std::stod(number));
  }
  return keys;
}

int whole(const Keys& keys, const std::string& key, int otherwise, std::size_t index = 0) {
  const auto found = keys.find(key);
  return found == keys.end() ? otherwise : static_cast<int>(found->second.at(index));
}

Dng facts_from(const Keys& keys, tessera::BayerPattern pattern, const Image& mosaic) {
  Dng facts;
  const int top = whole(keys, "margin", 0, 0), left = whole(keys, "margin", 0, 1);
  facts.width = left + mosaic.width() + whole(keys, "margin", 0, 3);
  facts.height = top + mosaic.height() + whole(keys, "margin", 0, 2);
  if (keys.count("margin") != 0)
    facts.active = {top, left, top + mosaic.height(), left + mosaic.width()};
  for (int i = 0; i < 4; ++i)
    facts.filter[static_cast<std::size_t>(i)] =
        tessera::observation::bayer_channel(pattern, i / 2, i % 2);
  if (keys.count("xtrans") != 0) {
    facts.filter.assign(36, 1);
    for (std::size_t i = 0; i < 36; i += 5) facts.filter[i] = i % 2 == 0 ? 0 : 2;
  }
  facts.bits = whole(keys, "bits", 16);
  facts.packed = keys.count("packed") != 0;
  if (keys.count("black") != 0) facts.black = keys.at("black");
  facts.white = whole(keys, "white", (1 << facts.bits) - 1);
  if (keys.count("neutral") != 0) std::copy_n(keys.at("neutral").begin(), 3, facts.neutral.begin());
  facts.orientation = whole(keys, "orientation", 1);
  facts.linear = keys.count("linear") != 0;
  return facts;
}

/// The light of an sRGB code, IEC 61966-2-1.
double light_of(double coded) {
  return coded > 0.04045 ? std::pow((coded + 0.055) / 1.055, 2.4) : coded / 12.92;
}

/// What the sensor counts at a pixel of the active area.
std::uint16_t count_at(
    const Dng& facts, tessera::BayerPattern pattern, double coded, int y, int x) {
  const auto colour = static_cast<std::size_t>(tessera::observation::bayer_channel(pattern, y, x));
  const double light = light_of(coded) * facts.neutral[colour];
  const double black =
      facts.black[facts.black.size() == 4 ? static_cast<std::size_t>(y % 2 * 2 + x % 2) : 0];
  return static_cast<std::uint16_t>(black + light * (facts.white - black) + 0.5);
}

}  // namespace

int dng(const std::vector<std::string>& arguments) {
  const auto pattern = tessera::bayer_pattern_from_name(arguments.at(0));
  const Image mosaic = tessera::read_image(arguments.at(1));
  const Keys keys = keys_from(arguments);
  const Dng facts = facts_from(keys, pattern, mosaic);
  // What lies outside the active area must not be seen: it is at white.
  std::vector<std::uint16_t> samples(
      static_cast<std::size_t>(facts.width) * facts.height * (facts.linear ? 3 : 1),
      static_cast<std::uint16_t>(facts.white));
  const auto sample_at = [&](int y, int x) -> std::uint16_t& {
    return samples[static_cast<std::size_t>((facts.active[0] + y) * facts.width + facts.active[1] +
                                            x)];
  };
  tessera::image::with_sample_type(mosaic.type(), [&]<typename T>(T) {
    for (int y = 0; y < mosaic.height(); ++y)
      for (int x = 0; x < mosaic.width(); ++x)
        sample_at(y, x) = count_at(facts, pattern,
                                   static_cast<double>(mosaic.colour_row<T>(y)[x]) /
                                       static_cast<double>(mosaic.max_value()),
                                   y, x);
  });
  if (keys.count("defects") != 0) {
    const std::vector<double>& places = keys.at("defects");
    for (std::size_t i = 0; i + 1 < places.size(); i += 2)
      sample_at(static_cast<int>(places[i]), static_cast<int>(places[i + 1])) =
          i % 4 == 0 ? static_cast<std::uint16_t>(facts.white) : std::uint16_t{0};
  }
  const std::vector<std::byte> file = tessera::test::dng_file(facts, samples);
  std::ofstream(arguments.at(2), std::ios::binary)
      .write(reinterpret_cast<const char*>(file.data()), static_cast<std::streamsize>(file.size()));
  return 0;
}
