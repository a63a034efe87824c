// SPDX-License-Identifier: MIT
#include "pipeline/fuse_pictures.h"

#include <fmt/format.h>

#include <algorithm>
#include <span>

#include "base/random.h"
#include "base/sha256.h"
#include "image/convert.h"
#include "observation/sampling.h"
#include "pipeline/batch_inputs.h"
#include "tessera/error.h"
#include "tessera/image_io.h"

namespace tessera::pipeline {
namespace {

namespace fs = std::filesystem;
using fusion::CalibrationSample;
using model::ObservationKind;

// Share of pixels that the holes of calibration take, as in training (models/train/degrade.py).
constexpr double kMissingShare = 0.8;

CalibrationSample empty_sample(Shape shape) {
  return {Tensor(shape), Tensor(shape), Tensor(shape), {}};
}

/// Keeps the pixels that measured(c, y, x) names.
template <typename Measured>
void keep(TensorView<const float> clean, CalibrationSample& sample, Measured measured) {
  for (int c = 0; c < clean.channels(); ++c)
    for (int y = 0; y < clean.height(); ++y)
      for (int x = 0; x < clean.width(); ++x)
        if (measured(c, y, x)) {
          sample.mask(c, y, x) = 1.0F;
          sample.samples(c, y, x) = clean(c, y, x);
        }
}

}  // namespace

bool is_noise(ObservationKind) { return false; }

CalibrationSample degraded(TensorView<const float> clean, const Degradation& how) {
  CalibrationSample sample = empty_sample(clean.shape());
  if (how.observation == ObservationKind::Mask) {
    keep(clean, sample, [&](int, int y, int x) {
      const auto pixel = static_cast<std::uint64_t>(y) * clean.width() + x;
      return base::random_uniform(how.seed, pixel) >= kMissingShare;
    });
    observation::pull_push_estimate(sample.samples, sample.mask, sample.estimate);
    return sample;
  }
  const bool bayer = how.observation == ObservationKind::Bayer;
  keep(clean, sample, [bayer](int c, int y, int x) {
    return bayer ? c == observation::bayer_channel(BayerPattern::RGGB, y, x)
                 : y % 2 == 0 && x % 2 == 0;
  });
  observation::bilinear_estimate(sample.samples, sample.mask, sample.estimate);
  return sample;
}

std::vector<fs::path> pictures_of(const fs::path& folder, const std::string& option) {
  std::error_code failure;
  if (!fs::is_directory(folder, failure))
    throw Error(ErrorCode::InvalidArgument,
                fmt::format("{} {}: no such folder", option, folder.string()));
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(folder, failure))
    if (entry.is_regular_file() && has_picture_suffix(entry.path())) files.push_back(entry.path());
  if (failure || files.empty())
    throw Error(ErrorCode::InvalidArgument,
                fmt::format("{} {}: no picture in this folder", option, folder.string()));
  std::sort(files.begin(), files.end());
  return files;
}

Tensor even_planes(const Image& picture, int channels) {
  const int height = picture.height() / 2 * 2, width = picture.width() / 2 * 2;
  if (height == 0 || width == 0)
    throw Error(ErrorCode::BadImage, fmt::format("expected 2 x 2 pixels or more, found {} x {}",
                                                 picture.width(), picture.height()));
  Tensor all(picture.channels(), height, width);
  image::tensor_from_image(picture, {0, 0, height, width}, all);
  if (picture.channels() == channels) return all;
  Tensor planes(channels, height, width);
  for (int c = 0; c < channels; ++c)
    std::copy_n(all.view().plane(picture.channels() == 1 ? 0 : 1), planes.shape().plane(),
                planes.view().plane(c));
  return planes;
}

Calibration calibration_pictures(const FuseOptions& options,
                                 ObservationKind observation,
                                 int channels) {
  const auto files = pictures_of(options.calibration, "--calib");
  const auto count = static_cast<std::size_t>(options.calibration_count);
  Calibration calibration;
  calibration.pictures.resize(count);
  base::Sha256 hash;
  // Each file is decoded once and gives crops number f, f + files, f + 2 files ...
  for (std::size_t f = 0; f < std::min(files.size(), count); ++f) {
    const Tensor whole = even_planes(read_image(files[f]), channels);
    const int height = std::min(options.calibration_size, whole.height()) / 2 * 2;
    const int width = std::min(options.calibration_size, whole.width()) / 2 * 2;
    for (std::size_t k = f; k < count; k += files.size()) {
      const auto place = [&](int room, std::uint64_t index) {
        const double u = base::random_uniform(options.seed, index);
        return static_cast<int>(u * (room / 2 + 1)) * 2;
      };
      const Region region{place(whole.height() - height, 2 * k),
                          place(whole.width() - width, 2 * k + 1), height, width};
      Tensor crop(channels, height, width);
      copy_region(whole, region, crop);
      const double sigma = options.sigmas.empty() ? 0.0 : options.sigmas[k % options.sigmas.size()];
      calibration.pictures[k] =
          degraded(crop, {observation, channels, sigma, options.seed + 1 + k});
    }
  }
  for (const CalibrationSample& picture : calibration.pictures)
    hash.add(std::as_bytes(std::span(picture.samples.view().flat())));
  calibration.sha256 = hash.digest();
  return calibration;
}

}  // namespace tessera::pipeline
