// SPDX-License-Identifier: MIT
#include "tessera/interpolate.h"

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "model/network.h"
#include "pipeline/interpolate/classical_methods.h"
#include "pipeline/interpolate/demosaic.h"
#include "pipeline/interpolate/interpolation_request.h"
#include "pipeline/sources/alpha.h"
#include "pipeline/sources/image_sink.h"
#include "pipeline/sources/measured_samples.h"
#include "pipeline/sources/result_picture.h"
#include "pipeline/sources/tile_sources.h"
#include "pipeline/tiles/memory.h"
#include "pipeline/tiles/network_runner.h"
#include "pipeline/turns/self_ensemble.h"
#include "tessera/error.h"

namespace tessera::pipeline {
namespace {

/// The result before its colours are known: size, type, alpha, metadata.
Image empty_result(const Image& observed, const InterpolateOptions& options) {
  const int scale = options.missing == MissingPixels::UpscaleGrid ? options.scale : 1;
  const int channels = options.missing == MissingPixels::Bayer ? 3 : observed.channels();
  Image result = result_picture(observed, scale, channels);
  // What was restored is to be seen.
  if (options.missing == MissingPixels::MaskAlpha && result.has_alpha())
    make_transparent_opaque(result);
  return result;
}

/// Planes a network gets: grey stands in for every colour that it wants.
int planes_for(const Image& observed, const Model& network) {
  return std::max(observed.channels(), network.network().channels());
}

Image in_colour(const Image& mosaic, const Model* network, const InterpolateOptions& options) {
  Image result = empty_result(mosaic, options);
  ImageSink::PutBack put_back;
  if (keeps_samples(network, options))
    put_back = [&](Region region) { put_back_mosaic(mosaic, options.pattern, region, result); };
  demosaic(mosaic, network, options, result, put_back);
  return result;
}

/// Twice the size. `result` takes the samples; `put_back` the measured ones.
void enlarge_twice(const Image& measured,
                   const Model* network,
                   const InterpolateOptions& options,
                   const ExecutionOptions& execution,
                   Image& result,
                   const ImageSink::PutBack& put_back) {
  if (options.method) {
    ImageSink sink(result, 0, 0, put_back);
    run_local_method(upscale2_method(*options.method, measured.channels()), measured, sink,
                     execution);
    return;
  }
  const GridSource source(measured, planes_for(measured, *network),
                          extension_for(network->network()));
  ImageSink sink(result, source.frame().top, source.frame().left, put_back);
  run_network(network->network(), source, sink, execution);
}

Image enlarge(const Image& observed, const Model* network, const InterpolateOptions& options) {
  // Colours that nobody has seen, under alpha 0, must not bleed into what is visible.
  std::optional<Image> filled;
  ExecutionOptions execution = options.execution;
  if (has_hidden_pixels(observed)) {
    filled = with_hidden_colour_filled(observed, memory_budget(execution));
    execution = beside(bytes_of(*filled), "the picture without hidden colours", execution);
  }
  const Image* measured = filled ? &*filled : &observed;

  // Four times is twice two times, with nothing rounded in between.
  std::optional<Image> half;
  if (options.scale == 4) {
    const double samples = 4.0 * observed.width() * observed.height() * observed.channels();
    execution = beside(samples * sizeof(float), "the picture at twice its size", execution);
    half.emplace(2 * observed.width(), 2 * observed.height(), observed.channels(), SampleType::F32);
    enlarge_twice(*measured, network, options, execution, *half, [](Region) {});
    measured = &*half;
  }
  Image result = empty_result(observed, options);
  enlarge_twice(*measured, network, options, execution, result,
                [&](Region region) { put_back_grid(observed, options.scale, region, result); });
  return result;
}

Image fill_holes(const Image& observed,
                 const Image* mask,
                 const Model* network,
                 const InterpolateOptions& options) {
  const MeasuredMap map = measured_map(observed, mask, options);
  check_measured_numbers(observed, map);
  Image result = map.missing == 0 ? observed.clone() : empty_result(observed, options);
  if (!map.warning.empty()) result.warnings.push_back(map.warning);
  if (map.missing == 0) return result;
  const auto put_back = [&](Region region) { put_back_known(observed, map, region, result); };

  if (options.method) {
    fill_classically(*options.method, observed, map, memory_budget(options.execution), result);
    put_back({0, 0, result.height(), result.width()});
  } else {
    ExecutionOptions execution = options.execution;
    execution.max_memory =
        memory_left(static_cast<double>(map.states.size()), memory_budget(execution));
    const HoleSource source(observed, map, planes_for(observed, *network),
                            extension_for(network->network()), execution.max_memory);
    execution.max_memory = memory_left(static_cast<double>(source.bytes()), execution.max_memory);
    ImageSink sink(result, source.frame().top, source.frame().left, put_back);
    run_network(network->network(), source, sink, execution);
  }
  return result;
}

Image interpolate_once(const Image& observed,
                       const Image* mask,
                       const Model* network,
                       const InterpolateOptions& options) {
  if (options.missing == MissingPixels::Bayer) return in_colour(observed, network, options);
  if (options.missing == MissingPixels::UpscaleGrid) return enlarge(observed, network, options);
  return fill_holes(observed, mask, network, options);
}

/// What was measured takes the place of its mean, which sums have rounded.
void put_back_measured(const Image& observed,
                       const Image* mask,
                       const Model* network,
                       const InterpolateOptions& options,
                       Image& result) {
  const Region whole{0, 0, result.height(), result.width()};
  if (options.missing == MissingPixels::UpscaleGrid) {
    put_back_grid(observed, options.scale, whole, result);
  } else if (options.missing != MissingPixels::Bayer) {
    const MeasuredMap map = measured_map(observed, mask, options);
    put_back_known(observed, map, whole, result);
    if (!map.warning.empty()) result.warnings.push_back(map.warning);
  } else if (keeps_samples(network, options)) {
    put_back_mosaic(observed, options.pattern, whole, result);
  }
}

/// The mean of eight restorations, as a picture of the observed one's type.
Image interpolate_turned(const Image& observed,
                         const Image* mask,
                         const Model* network,
                         const InterpolateOptions& options) {
  const bool has_holes =
      options.missing != MissingPixels::UpscaleGrid && options.missing != MissingPixels::Bayer;
  // Nothing to average, and the views' masks would tell of masks that nobody has given.
  if (has_holes && measured_map(observed, mask, options).missing == 0)
    return interpolate_once(observed, mask, network, options);
  Image result = empty_result(observed, options);
  std::vector<std::string>& warnings = result.warnings;
  const Image mean = mean_over_turns(
      observed, mask, options,
      [&](const Image& turned, const Image* turned_mask, const InterpolateOptions& turned_options) {
        Image view = interpolate_once(turned, turned_mask, network, turned_options);
        for (const std::string& warning : view.warnings)
          if (std::find(warnings.begin(), warnings.end(), warning) == warnings.end())
            warnings.push_back(warning);
        return view;
      });
  round_into(mean, result);
  put_back_measured(observed, mask, network, options, result);
  return result;
}

}  // namespace
}  // namespace tessera::pipeline

namespace tessera {

Image interpolate(const Image& observed,
                  const Image* mask,
                  const Model* network,
                  const InterpolateOptions& options) {
  pipeline::check_request(network, options);
  pipeline::check_picture(observed, options);
  Image result = options.self_ensemble
                     ? pipeline::interpolate_turned(observed, mask, network, options)
                     : pipeline::interpolate_once(observed, mask, network, options);
  const std::string warning = pipeline::sigma_warning(network, options);
  if (!warning.empty()) result.warnings.push_back(warning);
  return result;
}

}  // namespace tessera
