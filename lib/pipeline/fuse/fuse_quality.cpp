// SPDX-License-Identifier: MIT
#include "pipeline/fuse/fuse_quality.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <memory>

#include "image/sample_types.h"
#include "metrics/protocol.h"
#include "pipeline/batch/isolation.h"
#include "pipeline/evaluate/display_picture.h"
#include "pipeline/evaluate/evaluation_summary.h"
#include "pipeline/evaluate/observe.h"
#include "pipeline/fuse/fuse_pictures.h"
#include "pipeline/sources/plane_sink.h"
#include "pipeline/tiles/network_runner.h"
#include "pipeline/turns/self_ensemble.h"
#include "tessera/error.h"
#include "tessera/evaluate.h"
#include "tessera/image_io.h"
#include "tessera/metrics.h"
#include "tessera/model.h"

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

/// The network lives as long as the model is used.
Model borrowed_model(const MeasuredNetwork& measured) {
  return Model::of_network({std::shared_ptr<const void>(), measured.network}, measured.name);
}

Image in_three_colours(const Image& grey) {
  Image colour(grey.width(), grey.height(), 3, grey.type());
  colour.set_max_value(grey.max_value());
  image::with_sample_type(grey.type(), [&]<typename T>(T) {
    for (int y = 0; y < grey.height(); ++y)
      for (int x = 0; x < grey.width(); ++x)
        std::fill_n(colour.colour_row<T>(y) + static_cast<std::size_t>(3) * x, 3,
                    grey.colour_row<T>(y)[x]);
  });
  return colour;
}

/// The picture without its alpha: only colours are degraded and compared. A grey one stands in for
/// the colours of a mosaic.
Image reference_of(const std::filesystem::path& file, Task task) {
  const Image picture = read_image(file);
  check_finite(picture, {});
  if (task == Task::Demosaic && picture.channels() == 1) return in_three_colours(picture);
  return rounded_as(picture, picture);
}

/// Infinite when all are: identical pictures are left out.
double mean_of_finite(const std::vector<double>& values) {
  double sum = 0.0;
  int count = 0;
  for (const double value : values)
    if (std::isfinite(value)) {
      sum += value;
      ++count;
    }
  return count > 0 ? sum / count : values.front();
}

/// Networks on pictures, as `evaluate --task` measures models.
class QualityMeasurement {
 public:
  QualityMeasurement(const std::vector<MeasuredNetwork>& networks, const FuseOptions& options)
      : networks_(networks), options_(options) {
    const model::Network& first = *networks.front().network;
    degradation_.task = borrowed_model(networks.front()).task();
    if (model::is_noisy(first.observation())) degradation_.sigmas = options.evaluation_sigmas;
    for (const MeasuredNetwork& network : networks) {
      restorers_.push_back(
          restorer_from_model(network.name, borrowed_model(network), degradation_));
      quality_.push_back({network.name, {}, std::vector<std::vector<double>>(sigmas().size())});
    }
    quality_.push_back({"ensemble", {}, std::vector<std::vector<double>>(sigmas().size())});
  }

  const std::vector<double>& sigmas() const { return degradation_.sigmas; }

  std::vector<std::string> protocol() const {
    return {metrics::psnr_conventions({}) + "; mean of per-image values",
            text_from_degradation(degradation_)};
  }

  void add(const std::filesystem::path& file) {
    const auto failure = isolate(file, [&] {
      const Image reference = reference_of(file, degradation_.task);
      for (std::size_t s = 0; s < sigmas().size(); ++s) add(reference, s);
    });
    if (failure) throw Error(failure->code, failure->text);
  }

  std::vector<FuseQuality> finished() && {
    for (FuseQuality& entry : quality_)
      for (const std::vector<double>& values : entry.pictures)
        entry.psnr.push_back(mean_of_finite(values));
    return std::move(quality_);
  }

 private:
  void add(const Image& reference, std::size_t s) {
    Observation observed = observe(reference, degradation_, sigmas()[s]);
    // Nothing is rounded before the ensemble is made.
    observed.picture = float_copy(observed.picture);
    Image ensemble(reference.width(), reference.height(), reference.channels(), SampleType::F32);
    for (std::size_t n = 0; n < restorers_.size(); ++n) {
      Image restored = restorers_[n].restore(observed, options_.execution);
      std::vector<std::string> notes;
      if (is_even_enlargement(reference, restored))
        restored = cropped_enlargement(reference, restored, notes);
      quality_[n].pictures[s].push_back(psnr(reference, rounded_as(reference, restored)));
      add_multiple(restored, 0, 0, static_cast<float>(networks_[n].weight), ensemble);
    }
    quality_.back().pictures[s].push_back(psnr(reference, rounded_as(reference, ensemble)));
  }

  const std::vector<MeasuredNetwork>& networks_;
  const FuseOptions& options_;
  Degradation degradation_;
  std::vector<Restorer> restorers_;
  std::vector<FuseQuality> quality_;
};

}  // namespace

Tensor restored(const model::Network& network,
                const CalibrationSample& picture,
                const ExecutionOptions& execution) {
  Tensor result(picture.samples.shape());
  PlaneSink sink(result);
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
  const FuseQuality& fused = report.quality.back();
  report.psnr_drop = -INFINITY;
  for (std::size_t c = 0; c < report.quality_columns.size(); ++c) {
    double best = -INFINITY;
    for (std::size_t k = 0; k < report.inputs.size(); ++k)
      best = std::max(best, report.quality[k].psnr[c]);
    report.psnr_drop = std::max(report.psnr_drop, best - fused.psnr[c]);
  }
  report.threshold_missed = options.min_psnr_drop && report.psnr_drop > *options.min_psnr_drop;
}

std::vector<FuseQuality> measured_quality(const std::vector<MeasuredNetwork>& networks,
                                          const FuseOptions& options,
                                          FuseReport& report) {
  std::vector<std::filesystem::path> files = pictures_of(options.evaluation, "--eval", false);
  if (options.evaluation_count > 0)
    files.resize(std::min(files.size(), static_cast<std::size_t>(options.evaluation_count)));
  QualityMeasurement measurement(networks, options);
  const bool noisy = model::is_noisy(networks.front().network->observation());
  for (const double sigma : measurement.sigmas())
    report.quality_columns.push_back(noisy ? fmt::format("sigma {:g}", sigma) : "PSNR");
  for (const auto& file : files) {
    report.quality_pictures.push_back(file.filename().string());
    measurement.add(file);
  }
  report.quality_protocol = measurement.protocol();
  return std::move(measurement).finished();
}

}  // namespace tessera::pipeline
