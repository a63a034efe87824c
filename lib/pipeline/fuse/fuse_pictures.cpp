// SPDX-License-Identifier: MIT
#include "pipeline/fuse/fuse_pictures.h"

#include <fmt/format.h>

#include <algorithm>
#include <span>

#include "base/files/sha256.h"
#include "base/finite.h"
#include "base/random.h"
#include "image/convert.h"
#include "observation/sampling.h"
#include "pipeline/batch/batch_inputs.h"
#include "pipeline/sources/noise_level.h"
#include "tessera/error.h"
#include "tessera/image_io.h"

namespace tessera::pipeline {
namespace {

namespace fs = std::filesystem;
using fusion::CalibrationSample;
using model::ObservationKind;

// Fraction of pixels that the holes of calibration take, as in training (models/train/degrade.py).
constexpr double kMissingShare = 0.8;
constexpr std::size_t kFewestJudges = 4;
// First of the random numbers that order the files; those before it place the crops.
constexpr std::uint64_t kFileOrder = std::uint64_t{1} << 40;

CalibrationSample empty_sample(Shape shape) {
  return {Tensor(shape), Tensor(shape), Tensor(shape), {}};
}

/// The numbers of add_gaussian_noise(), whose index runs over planes.
CalibrationSample noisy(TensorView<const float> clean, const NetworkDegradation& how) {
  const auto level = static_cast<float>(how.sigma / kWhite8bit);
  CalibrationSample sample;
  sample.samples = Tensor(clean.shape());
  sample.sigma = Tensor(1, clean.height(), clean.width());
  for (std::size_t i = 0; i < clean.shape().count(); ++i)
    sample.samples.data()[i] = clean.data()[i] + level * base::random_normal(how.seed, i);
  std::fill_n(sample.sigma.data(), sample.sigma.shape().count(), level);
  sample.estimate = sample.samples.clone();
  return sample;
}

/// Leaves of a noisy picture what a mosaic measures of it.
void lay_mosaic(CalibrationSample& sample) {
  Tensor mask(sample.samples.shape());
  for (int c = 0; c < mask.channels(); ++c)
    for (int y = 0; y < mask.height(); ++y)
      for (int x = 0; x < mask.width(); ++x) {
        const bool measured = c == observation::bayer_channel(BayerPattern::RGGB, y, x);
        mask(c, y, x) = measured ? 1.0F : 0.0F;
        if (!measured) sample.samples(c, y, x) = 0.0F;
      }
  observation::bilinear_estimate(sample.samples, mask, sample.estimate);
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

/// Folders of pictures of one kind stand side by side: a few files should come from all of them.
std::vector<fs::path> in_random_order(std::vector<fs::path> files, std::uint64_t seed) {
  for (std::size_t i = files.size(); i > 1; --i)
    std::swap(files[i - 1], files[base::random_bits(seed, kFileOrder + i) % i]);
  return files;
}

/// Crop number k, at an even place, its sides multiples of what the network takes.
Tensor random_crop(const Tensor& whole, const FuseOptions& options, int multiple, std::size_t k) {
  const int wanted = std::max(options.calibration_size, multiple);
  const int height = std::min(wanted, whole.height()) / multiple * multiple;
  const int width = std::min(wanted, whole.width()) / multiple * multiple;
  const auto place = [&](int room, std::uint64_t index) {
    const double u = base::random_uniform(options.seed, index);
    return static_cast<int>(u * (room / 2 + 1)) * 2;
  };
  const Region region{place(whole.height() - height, 2 * k),
                      place(whole.width() - width, 2 * k + 1), height, width};
  Tensor crop(whole.channels(), height, width);
  copy_region(whole, region, crop);
  return crop;
}

}  // namespace

CalibrationSample degraded(TensorView<const float> clean, const NetworkDegradation& how) {
  if (model::is_noisy(how.observation)) {
    CalibrationSample sample = noisy(clean, how);
    if (how.observation == ObservationKind::NoisyBayer) lay_mosaic(sample);
    return sample;
  }
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

std::vector<fs::path> pictures_of(const fs::path& folder, const std::string& option, bool deep) {
  std::error_code failure;
  if (!fs::is_directory(folder, failure))
    throw Error(ErrorCode::InvalidArgument,
                fmt::format("{} {}: no such folder", option, printable_name(folder)));
  std::vector<fs::path> files;
  for (const BatchInput& picture : pictures_in_folder(folder, deep)) files.push_back(picture.file);
  if (files.empty())
    throw Error(ErrorCode::InvalidArgument,
                fmt::format("{} {}: no picture in this folder", option, printable_name(folder)));
  std::sort(files.begin(), files.end());
  return files;
}

Tensor network_planes(const fs::path& file, int channels, int multiple) {
  const Image picture = read_image(file);
  const int height = picture.height() / multiple * multiple;
  const int width = picture.width() / multiple * multiple;
  if (height == 0 || width == 0)
    throw Error(
        ErrorCode::BadImage,
        fmt::format("{}: expected {} x {} pixels or more, found {} x {}", printable_name(file),
                    multiple, multiple, picture.width(), picture.height()));
  Tensor all(picture.channels(), height, width);
  image::tensor_from_image(picture, {0, 0, height, width}, all);
  if (!base::all_finite(all.view().flat()))
    throw Error(
        ErrorCode::BadImage,
        printable_name(file) + ": holds samples that are not numbers (leave this picture out)");
  if (picture.channels() == channels) return all;
  Tensor planes(channels, height, width);
  for (int c = 0; c < channels; ++c)
    std::copy_n(all.view().plane(picture.channels() == 1 ? 0 : 1), planes.shape().plane(),
                planes.view().plane(c));
  return planes;
}

Calibration calibration_pictures(const FuseOptions& options, const model::Network& network) {
  const int multiple = std::max(2, network.size_multiple());
  const auto files =
      in_random_order(pictures_of(options.calibration, "--calib", true), options.seed);
  const auto count = static_cast<std::size_t>(options.calibration_count);
  const std::size_t all = count + std::max<std::size_t>(kFewestJudges, count / 4);
  Calibration calibration;
  calibration.pictures.resize(count);
  calibration.judges.resize(all - count);
  // Each file is decoded once and gives crops number f, f + files, f + 2 files ...
  for (std::size_t f = 0; f < std::min(files.size(), all); ++f) {
    const Tensor whole = network_planes(files[f], network.channels(), multiple);
    for (std::size_t k = f; k < all; k += files.size()) {
      Tensor crop = random_crop(whole, options, multiple, k);
      const double sigma = options.sigmas.empty() ? 0.0 : options.sigmas[k % options.sigmas.size()];
      CalibrationSample sample =
          degraded(crop, {network.observation(), network.channels(), sigma, options.seed + 1 + k});
      if (k < count)
        calibration.pictures[k] = std::move(sample);
      else
        calibration.judges[k - count] = {std::move(sample), std::move(crop)};
    }
  }
  base::Sha256 hash;
  for (const CalibrationSample& picture : calibration.pictures)
    hash.add(std::as_bytes(std::span(picture.samples.view().flat())));
  for (const JudgingPicture& picture : calibration.judges)
    hash.add(std::as_bytes(std::span(picture.observed.samples.view().flat())));
  calibration.sha256 = hash.digest();
  return calibration;
}

}  // namespace tessera::pipeline
