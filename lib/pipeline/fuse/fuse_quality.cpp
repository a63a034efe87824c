// SPDX-License-Identifier: MIT
#include "pipeline/fuse/fuse_quality.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "image/convert.h"
#include "pipeline/fuse/fuse_pictures.h"
#include "pipeline/tiles/network_runner.h"
#include "tessera/metrics.h"

namespace tessera::pipeline {
namespace {

using fusion::CalibrationSample;

/// A degraded picture in memory as a source of tiles.
class PictureSource final : public TileSource {
 public:
  explicit PictureSource(const CalibrationSample& picture) : picture_(picture) {}
  Shape shape() const override { return picture_.samples.shape(); }
  void read(Region region, const ObservedPlanes& planes, Workspace&) const override {
    copy_region(picture_.samples, region, planes.samples);
    if (!planes.mask.empty()) copy_region(picture_.mask, region, planes.mask);
    if (!planes.estimate.empty()) copy_region(picture_.estimate, region, planes.estimate);
    if (!planes.sigma.empty()) copy_region(picture_.sigma, region, planes.sigma);
  }

 private:
  const CalibrationSample& picture_;
};

/// Collects a result as planes.
class PlanesSink final : public TileSink {
 public:
  explicit PlanesSink(Tensor& planes) : planes_(planes) {}
  void write(TensorView<const float> part, int top, int left, Workspace&) override {
    paste_region(part, planes_, top, left);
  }

 private:
  Tensor& planes_;
};

/// As a file of 8 bits would hold it.
Image rounded(const Tensor& planes) {
  Image image(planes.width(), planes.height(), planes.channels(), SampleType::U8);
  image::image_from_tensor(planes, image, 0, 0);
  return image;
}

}  // namespace

Tensor restored(const model::Network& network,
                const CalibrationSample& picture,
                const ExecutionOptions& execution) {
  Tensor result(picture.samples.shape());
  PlanesSink sink(result);
  run_network(network, PictureSource(picture), sink, execution);
  return result;
}

double white_probe(const model::Network& network) {
  constexpr int kSide = 32;
  Tensor white(network.channels(), kSide, kSide);
  std::fill_n(white.data(), white.shape().count(), 1.0F);
  ExecutionOptions execution;
  execution.threads = 1;
  const Tensor result = restored(
      network, degraded(white, {network.observation(), network.channels(), 0.0, 1}), execution);
  double sum = 0.0;
  for (const float value : result.view().flat()) sum += value;
  return sum / static_cast<double>(result.shape().count());
}

void judge(FuseReport& report, const FuseOptions& options) {
  const auto fused = std::find_if(report.quality.begin(), report.quality.end(),
                                  [](const FuseQuality& entry) { return entry.name == "fused"; });
  report.psnr_drop = -INFINITY;
  for (std::size_t c = 0; c < report.quality_columns.size(); ++c) {
    double best = -INFINITY;
    for (std::size_t k = 0; k < report.inputs.size(); ++k)
      best = std::max(best, report.quality[k].psnr[c]);
    report.psnr_drop = std::max(report.psnr_drop, best - fused->psnr[c]);
  }
  report.threshold_missed = options.min_psnr_drop && report.psnr_drop > *options.min_psnr_drop;
}

std::vector<FuseQuality> measured_quality(const std::vector<MeasuredNetwork>& networks,
                                          const FuseOptions& options,
                                          FuseReport& report) {
  std::vector<std::filesystem::path> files = pictures_of(options.evaluation, "--eval", false);
  if (options.evaluation_count > 0)
    files.resize(std::min(files.size(), static_cast<std::size_t>(options.evaluation_count)));
  const model::Network& first = *networks.front().network;
  const bool noise = model::is_noisy(first.observation());
  const std::vector<double> sigmas = noise ? options.evaluation_sigmas : std::vector<double>{0.0};
  for (const auto& file : files) report.quality_pictures.push_back(file.filename().string());
  for (const double sigma : sigmas)
    report.quality_columns.push_back(noise ? fmt::format("sigma {:g}", sigma) : "PSNR");

  std::vector<FuseQuality> quality;
  for (const MeasuredNetwork& network : networks)
    quality.push_back({network.name, {}, std::vector<std::vector<double>>(sigmas.size())});
  quality.push_back({"ensemble", {}, std::vector<std::vector<double>>(sigmas.size())});
  for (std::size_t f = 0; f < files.size(); ++f) {
    const Tensor clean = network_planes(files[f], first.channels(), first.size_multiple());
    const Image reference = rounded(clean);
    for (std::size_t s = 0; s < sigmas.size(); ++s) {
      const CalibrationSample picture = degraded(
          clean, {first.observation(), first.channels(), sigmas[s], options.seed + 7000 + f});
      Tensor ensemble(clean.shape());
      for (std::size_t n = 0; n < networks.size(); ++n) {
        const Tensor result = restored(*networks[n].network, picture, options.execution);
        quality[n].pictures[s].push_back(psnr(reference, rounded(result)));
        const auto share = static_cast<float>(networks[n].share);
        for (std::size_t i = 0; i < result.shape().count(); ++i)
          ensemble.data()[i] += share * result.data()[i];
      }
      quality.back().pictures[s].push_back(psnr(reference, rounded(ensemble)));
    }
  }
  for (FuseQuality& entry : quality)
    for (const std::vector<double>& values : entry.pictures)
      entry.psnr.push_back(std::accumulate(values.begin(), values.end(), 0.0) /
                           static_cast<double>(values.size()));
  return quality;
}

}  // namespace tessera::pipeline
