// SPDX-License-Identifier: MIT
#include "pipeline/interpolate/interpolation_request.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "model/network.h"
#include "pipeline/denoise/denoise_request.h"
#include "pipeline/sources/measured_map.h"
#include "pipeline/sources/noise_level.h"
#include "tessera/error.h"

namespace tessera::pipeline {
namespace {

std::string what_is_asked(Task task) {
  if (task == Task::Demosaic) return "a mosaic";
  if (task == Task::Upscale2) return "an enlargement";
  return "a picture with holes";
}

bool method_fits(ClassicalMethod method, Task task) {
  switch (method) {
    case ClassicalMethod::Bilinear:
      return true;
    case ClassicalMethod::Bicubic:
      return task == Task::Upscale2;
    case ClassicalMethod::Malvar:
    case ClassicalMethod::Menon:
      return task == Task::Demosaic;
    case ClassicalMethod::Tv:
      return task == Task::Inpaint;
  }
  return false;
}

void check_model(const Model& model, Task task) {
  if (model.task() != task)
    throw Error(ErrorCode::BadCheckpoint,
                fmt::format("the model \"{}\" was trained for the task {}; {} needs one for {} "
                            "(such as the model {})",
                            model.title(), tessera::name_of(model.task()), what_is_asked(task),
                            tessera::name_of(task), tessera::name_of(task)));
}

void check_sigma(const InterpolateOptions& options) {
  if (!options.sigma) return;
  require_sigma(*options.sigma);
  if (task_for(options.missing) != Task::Demosaic)
    throw Error(ErrorCode::InvalidArgument,
                "a noise level is for mosaics (take noise out of other pictures with denoise)");
  if (options.method && *options.sigma > 0.0)
    throw Error(ErrorCode::InvalidArgument,
                "no classical method takes noise out of a mosaic (leave out the noise level, or "
                "use a model such as demosaic-noisy)");
}

void check_noise(const Model& model, const InterpolateOptions& options) {
  const bool noisy = model::is_noisy(model.network().observation());
  if (!noisy && options.sigma.value_or(0.0) > 0.0)
    throw Error(ErrorCode::InvalidArgument,
                fmt::format("the model \"{}\" was trained for mosaics without noise and cannot use "
                            "--sigma (leave it out, or use a model such as demosaic-noisy)",
                            model.title()));
  if (noisy && !options.sigma)
    throw Error(ErrorCode::InvalidArgument,
                fmt::format("the model \"{}\" was trained for noisy mosaics and needs to know how "
                            "strong the noise is (give --sigma S, or use a model such as demosaic)",
                            model.title()));
}

void check_mosaic(const Image& observed) {
  check_mosaic_channels(observed.channels());
  if (observed.has_alpha())
    throw Error(ErrorCode::BadImage,
                "the picture has alpha; a mosaic has one channel and no alpha");
}

void check_result_size(const Image& observed, int scale) {
  constexpr int kMost = std::numeric_limits<int>::max() / 2;
  if (std::max(observed.width(), observed.height()) > kMost / scale)
    throw Error(ErrorCode::Refused, fmt::format("{} times {}x{} pixels is too large a picture",
                                                scale, observed.width(), observed.height()));
}

}  // namespace

std::string name_of(ClassicalMethod method) {
  switch (method) {
    case ClassicalMethod::Bilinear:
      return "bilinear";
    case ClassicalMethod::Bicubic:
      return "bicubic";
    case ClassicalMethod::Malvar:
      return "malvar";
    case ClassicalMethod::Menon:
      return "menon";
    case ClassicalMethod::Tv:
      return "tv";
  }
  return "unknown";
}

const char* methods_for(Task task) {
  if (task == Task::Denoise) return "nlm";
  if (task == Task::Demosaic) return "bilinear, malvar or menon";
  if (task == Task::Upscale2) return "bilinear or bicubic";
  return "bilinear or tv";
}

Task task_for(MissingPixels missing) {
  if (missing == MissingPixels::Bayer || missing == MissingPixels::CameraRaw) return Task::Demosaic;
  if (missing == MissingPixels::UpscaleGrid) return Task::Upscale2;
  return Task::Inpaint;
}

void check_request(const Model* network, const InterpolateOptions& options) {
  const Task task = task_for(options.missing);
  if (options.missing == MissingPixels::UpscaleGrid && options.scale != 2 && options.scale != 4)
    throw Error(ErrorCode::InvalidArgument,
                fmt::format("the scale must be 2 or 4, found {}", options.scale));
  check_sigma(options);
  if (options.method) {
    if (!method_fits(*options.method, task))
      throw Error(ErrorCode::InvalidArgument,
                  fmt::format("the method {} does not fit {}; what does: {}",
                              name_of(*options.method), what_is_asked(task), methods_for(task)));
    return;
  }
  if (network == nullptr)
    throw Error(ErrorCode::InvalidArgument, "neither a model nor a classical method is given");
  check_model(*network, task);
  if (task == Task::Demosaic) check_noise(*network, options);
}

bool expects_noise(const Model* network) {
  return network != nullptr && model::is_noisy(network->network().observation());
}

bool keeps_samples(const Model* network, const InterpolateOptions& options) {
  return options.method || !expects_noise(network) || options.sigma == 0.0;
}

std::string sigma_warning(const Model* network, const InterpolateOptions& options) {
  if (options.method || !expects_noise(network)) return {};
  return range_warning(*network, NoiseLevel::constant(options.sigma.value_or(0.0)));
}

Error nothing_said() {
  return {ErrorCode::InvalidArgument,
          "what is missing is not said (give one of --cfa, --scale, --mask and --missing-value; "
          "only camera raw files say it themselves)"};
}

void check_mosaic_channels(int channels) {
  if (channels == 1) return;
  throw Error(ErrorCode::BadImage,
              fmt::format("the picture has {} channels; a mosaic has one (the raw samples, not "
                          "yet in colour)",
                          channels));
}

void check_picture(const Image& observed, const InterpolateOptions& options) {
  if (options.missing == MissingPixels::CameraRaw) throw nothing_said();
  if (observed.empty()) throw Error(ErrorCode::BadImage, "the picture is empty");
  if (options.missing == MissingPixels::Bayer) check_mosaic(observed);
  const bool holes = task_for(options.missing) == Task::Inpaint;
  // NaN marks holes only on request.
  if (!holes) check_numbers(observed);
  if (options.missing == MissingPixels::UpscaleGrid) check_result_size(observed, options.scale);
}

}  // namespace tessera::pipeline
