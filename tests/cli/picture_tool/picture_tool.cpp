// SPDX-License-Identifier: MIT
// Makes and compares pictures for the shell tests. Usage: picture_tool COMMAND ARGUMENT...
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <map>
#include <numeric>
#include <set>
#include <string>
#include <vector>

#include "descriptions.h"
#include "dng_command.h"
#include "observation/sampling.h"
#include "pipeline/turns/turned_image.h"
#include "support/golden_model.h"
#include "support/pictures.h"
#include "tessera/error.h"
#include "tessera/image_io.h"
#include "tessera/metrics.h"

namespace {

using tessera::Image;
using tessera::SampleType;
using Arguments = std::vector<std::string>;

SampleType type_from_name(const std::string& name) {
  if (name == "u16") return SampleType::U16;
  return name == "f32" ? SampleType::F32 : SampleType::U8;
}

void save(const std::string& file, const Image& image) {
  tessera::write_image(file, image, tessera::format_from_suffix(file));
}

/// A soft picture with an edge and some texture. TYPE CHANNELS ALPHA(0|1) WIDTH HEIGHT FILE
int make(const Arguments& a) {
  const int channels = std::stoi(a[1]), width = std::stoi(a[3]), height = std::stoi(a[4]);
  Image image(width, height, channels, type_from_name(a[0]), a[2] == "1");
  tessera::image::with_sample_type(image.type(), [&]<typename T>(T) {
    const double scale = image.type() == SampleType::F32 ? 1.0 : image.max_value();
    for (int y = 0; y < height; ++y)
      for (int x = 0; x < width; ++x) {
        for (int c = 0; c < channels; ++c) {
          const double wave = 0.2 * std::sin(0.11 * x + c) * std::cos(0.07 * y) +
                              (x + 2 * y > width ? 0.2 : 0.0) + 0.02 * std::sin(1.9 * x + 2.3 * y);
          image.colour_row<T>(y)[x * channels + c] = static_cast<T>(scale * (0.45 + wave));
        }
        if (image.has_alpha())
          image.alpha_row<T>(y)[x] = static_cast<T>(
              (x - width / 2) * (x - width / 2) + (y - height / 2) * (y - height / 2) <
                      width * height / 9
                  ? scale
                  : 0.0);
      }
  });
  save(a[5], image);
  return 0;
}

int mosaic(const Arguments& a) {
  save(a[2], tessera::mosaic(tessera::read_image(a[1]), tessera::bayer_pattern_from_name(a[0])));
  return 0;
}

/// Any integers as 16 bits: white stays white.
int sixteen(const Arguments& a) {
  const Image image = tessera::read_image(a[0]);
  Image result(image.width(), image.height(), image.channels(), SampleType::U16);
  tessera::image::with_sample_type(image.type(), [&]<typename T>(T) {
    for (int y = 0; y < image.height(); ++y)
      for (int i = 0; i < image.width() * image.channels(); ++i)
        result.colour_row<std::uint16_t>(y)[i] = static_cast<std::uint16_t>(
            static_cast<double>(image.colour_row<T>(y)[i]) * 65535.0 / image.max_value() + 0.5);
  });
  save(a[1], result);
  return 0;
}

/// ORIENTATION PICTURE FILE: as a viewer shows a picture with this EXIF orientation.
int turned(const Arguments& a) {
  const tessera::pipeline::Turn turns[] = {
      {false, false, false}, {false, true, false}, {true, true, false}, {true, false, false},
      {false, false, true},  {true, false, true},  {true, true, true},  {false, true, true}};
  save(a[2], tessera::pipeline::turned(tessera::read_image(a[1]), turns[std::stoi(a[0]) - 1]));
  return 0;
}

int decimate(const Arguments& a) {
  save(a[1], tessera::decimate(tessera::read_image(a[0])));
  return 0;
}

/// SHARE_MISSING WIDTH HEIGHT FILE
int mask(const Arguments& a) {
  save(a[3], tessera::random_mask(std::stoi(a[1]), std::stoi(a[2]), std::stod(a[0]), 1));
  return 0;
}

/// SIGMA SEED PICTURE FILE: noise neither clipped nor rounded, in float.
int noise(const Arguments& a) {
  save(a[3],
       tessera::add_gaussian_noise(tessera::read_image(a[2]), std::stod(a[0]), std::stoull(a[1])));
  return 0;
}

int psnr(const Arguments& a) {
  std::printf("%.4f\n", tessera::psnr(tessera::read_image(a[0]), tessera::read_image(a[1])));
  return 0;
}

int same(const Arguments& a) {
  return tessera::test::same_pixels(tessera::read_image(a[0]), tessera::read_image(a[1])) ? 0 : 1;
}

int info(const Arguments& a) {
  const Image image = tessera::read_image(a[0]);
  const char* types[] = {"u8", "u16", "f32"};
  std::printf("%dx%d %d %s %s\n", image.width(), image.height(), image.channels(),
              types[static_cast<int>(image.type())], image.has_alpha() ? "alpha" : "opaque");
  return 0;
}

/// Whether sample (y, x, c) of two pictures is the same.
bool same_sample(const Image& a, int ya, int xa, int ca, const Image& b, int yb, int xb, int cb) {
  return tessera::image::with_sample_type(a.type(), [&]<typename T>(T) {
    return a.colour_row<T>(ya)[xa * a.channels() + ca] ==
           b.colour_row<T>(yb)[xb * b.channels() + cb];
  });
}

/// PATTERN MOSAIC RESULT: are measured samples kept?
int kept_mosaic(const Arguments& a) {
  const auto pattern = tessera::bayer_pattern_from_name(a[0]);
  const Image raw = tessera::read_image(a[1]), result = tessera::read_image(a[2]);
  if (raw.type() != result.type() || result.channels() != 3) return 1;
  const bool kept = tessera::image::with_sample_type(raw.type(), [&]<typename T>(T) {
    return tessera::test::samples_kept<T>(raw, pattern, result);
  });
  return kept ? 0 : 1;
}

/// SCALE SMALL LARGE
int kept_grid(const Arguments& a) {
  const int scale = std::stoi(a[0]);
  const Image small = tessera::read_image(a[1]), large = tessera::read_image(a[2]);
  if (small.type() != large.type() || small.channels() != large.channels() ||
      large.width() != scale * small.width() || large.height() != scale * small.height())
    return 1;
  for (int y = 0; y < small.height(); ++y)
    for (int x = 0; x < small.width(); ++x)
      for (int c = 0; c < small.channels(); ++c)
        if (!same_sample(small, y, x, c, large, scale * y, scale * x, c)) return 1;
  return 0;
}

/// MASK PICTURE RESULT
int kept_mask(const Arguments& a) {
  const Image mask = tessera::read_image(a[0]);
  const Image picture = tessera::read_image(a[1]), result = tessera::read_image(a[2]);
  for (int y = 0; y < mask.height(); ++y)
    for (int x = 0; x < mask.width(); ++x)
      for (int c = 0; c < picture.channels(); ++c)
        if (mask.colour_row<std::uint8_t>(y)[x] != 0 &&
            !same_sample(picture, y, x, c, result, y, x, c))
          return 1;
  return 0;
}

/// Samples of one value. TYPE CHANNELS VALUE WIDTH HEIGHT FILE
int constant(const Arguments& a) {
  Image image(std::stoi(a[3]), std::stoi(a[4]), std::stoi(a[1]), type_from_name(a[0]));
  tessera::image::with_sample_type(image.type(), [&]<typename T>(T) {
    T* first = image.colour_row<T>(0);
    std::fill(first, image.colour_row<T>(image.height()), static_cast<T>(std::stod(a[2])));
  });
  save(a[5], image);
  return 0;
}

/// Number of different samples, least and greatest one, and the mean. FILE
int levels(const Arguments& a) {
  const Image image = tessera::read_image(a[0]);
  tessera::image::with_sample_type(image.type(), [&]<typename T>(T) {
    const std::set<T> seen(image.colour_row<T>(0), image.colour_row<T>(image.height()));
    const double sum =
        std::accumulate(image.colour_row<T>(0), image.colour_row<T>(image.height()), 0.0);
    const double count = static_cast<double>(image.width()) * image.height() * image.channels();
    std::printf("%zu %g %g %.4f\n", seen.size(), static_cast<double>(*seen.begin()),
                static_cast<double>(*seen.rbegin()), sum / count);
  });
  return 0;
}

/// The picture with a colour profile, EXIF and XMP. IN OUT
int describe(const Arguments& a) {
  Image image = tessera::read_image(a[0]);
  image.metadata = some_descriptions(image.channels());
  save(a[1], image);
  return 0;
}

/// Which descriptions a file carries. FILE
int descriptions(const Arguments& a) {
  const tessera::ImageMetadata metadata = tessera::read_image(a[0]).metadata;
  std::printf("%s%s%s\n", metadata.icc.empty() ? "" : "icc ", metadata.exif.empty() ? "" : "exif ",
              metadata.xmp.empty() ? "" : "xmp ");
  return 0;
}

/// Reads every file below a folder but hidden ones; names those that are no complete pictures, and
/// prints how many are. FOLDER
int readable(const Arguments& a) {
  int good = 0, bad = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(a[0])) {
    if (!entry.is_regular_file() || entry.path().filename().native().front() == '.') continue;
    try {
      tessera::read_image(entry.path());
      ++good;
    } catch (const tessera::Error& error) {
      ++bad;
      std::fprintf(stderr, "%s\n", error.what());
    }
  }
  std::printf("%d\n", good);
  return bad > 0 ? 1 : 0;
}

/// GOLDEN_CASE FILE: a tiny model with random weights.
int model(const Arguments& a) {
  tessera::test::write_golden_model(a[0], a[1]);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  const std::map<std::string, std::function<int(const Arguments&)>> commands{
      {"dng", dng},
      {"sixteen", sixteen},
      {"turned", turned},
      {"make", make},
      {"mosaic", mosaic},
      {"decimate", decimate},
      {"mask", mask},
      {"noise", noise},
      {"psnr", psnr},
      {"same", same},
      {"info", info},
      {"constant", constant},
      {"levels", levels},
      {"describe", describe},
      {"descriptions", descriptions},
      {"readable", readable},
      {"model", model},
      {"kept_mosaic", kept_mosaic},
      {"kept_grid", kept_grid},
      {"kept_mask", kept_mask}};
  const auto command = argc > 1 ? commands.find(argv[1]) : commands.end();
  if (command == commands.end()) return 99;
  try {
    return command->second(Arguments(argv + 2, argv + argc));
  } catch (const std::exception& error) {
    std::fprintf(stderr, "picture_tool: %s\n", error.what());
    return 98;
  }
}
