// SPDX-License-Identifier: MIT
#include "tessera/denoise.h"

#include <optional>

#include "base/rounding.h"
#include "base/threads/thread_pool.h"
#include "classical/nonlocal_means.h"
#include "model/network.h"
#include "pipeline/denoise/denoise_request.h"
#include "pipeline/denoise/residual_limits.h"
#include "pipeline/sources/alpha.h"
#include "pipeline/sources/image_sink.h"
#include "pipeline/sources/noise_source.h"
#include "pipeline/sources/result_picture.h"
#include "pipeline/tiles/memory.h"
#include "pipeline/tiles/network_runner.h"
#include "pipeline/tiles/tiling.h"
#include "pipeline/turns/self_ensemble.h"
#include "tessera/error.h"

namespace tessera::pipeline {
namespace {

void run_nonlocal_means(const NoiseSource& source,
                        double highest_sigma,
                        TileSink& sink,
                        const ExecutionOptions& options) {
  const Shape shape = source.shape();
  const auto sizes = classical::nonlocal_means_sizes(highest_sigma, shape.channels);
  TileNeeds needs{.halo = base::rounded_up(sizes.halo(), 2), .grid = 2};
  // Samples, their continued copy, estimate, result and kept part; seven planes for weights.
  needs.bytes_per_pixel = sizeof(float) * static_cast<std::size_t>(5 * shape.channels + 7);
  base::ThreadPool pool(options.threads);
  const TilePlan plan =
      plan_tiles(shape.height, shape.width, needs,
                 {.workers = pool.size(), .tile = options.tile, .memory = memory_budget(options)});
  for_each_tile(plan, pool, [&](Region core, Workspace& scratch) {
    const WorkspaceScope scope(scratch);
    const Region region = grown(core, needs.halo, shape.height, shape.width);
    const Shape wide{shape.channels, region.height, region.width};
    const ObservedPlanes planes{.samples = scratch.take(wide),
                                .mask = {},
                                .estimate = {},
                                .sigma = scratch.take({1, region.height, region.width})};
    source.read(region, planes, scratch);
    const auto result = scratch.take(wide);
    classical::nonlocal_means(planes.samples, planes.sigma, sizes, result);
    const auto kept = scratch.take({shape.channels, core.height, core.width});
    copy_region(result, {core.top - region.top, core.left - region.left, core.height, core.width},
                kept);
    sink.write(kept, core.top, core.left, scratch);
  });
}

Image denoise_once(const Image& noisy,
                   const NoiseLevel& level,
                   const Model* network,
                   const DenoiseOptions& options) {
  // Colours that nobody has seen, under alpha 0, must not bleed into what is visible.
  std::optional<Image> filled;
  ExecutionOptions execution = options.execution;
  if (has_hidden_pixels(noisy)) {
    filled = with_hidden_colour_filled(noisy, memory_budget(execution));
    execution = beside(bytes_of(*filled), "the picture without hidden colours", execution);
  }
  const Image& picture = filled ? *filled : noisy;

  Image result = result_picture(noisy, 1, noisy.channels());
  if (options.method) {
    const NoiseSource source(picture, level, picture.channels(), {});
    ImageSink sink(result, 0, 0);
    run_nonlocal_means(source, level.highest(), sink, execution);
    return result;
  }
  const model::Network& net = network->network();
  const NoiseSource source(picture, level, std::max(picture.channels(), net.channels()),
                           extension_for(net));
  ImageSink sink(result, source.frame().top, source.frame().left);
  run_network(net, source, sink, execution);
  return result;
}

/// The mean of eight restorations, as a picture of the noisy one's type.
Image denoise_turned(const Image& noisy,
                     const NoiseLevel& level,
                     const Model* network,
                     const DenoiseOptions& options) {
  const Image picture = float_copy(noisy);
  DenoiseOptions inner = options;
  inner.execution = beside_turns(bytes_of(picture), bytes_of(picture), options.execution);
  const Image mean = mean_of_turns(
      noisy.width(), noisy.height(), noisy.channels(), [&](Turn turn) -> RestoredView {
        return {turned_back(denoise_once(turned(picture, turn), level.after(turn), network, inner),
                            turn)};
      });
  Image result = result_picture(noisy, 1, noisy.channels());
  round_into(mean, result);
  return result;
}

NoiseLevel noise_level(const Image& noisy, const Image* sigma_map, const DenoiseOptions& options) {
  if (sigma_map != nullptr) return NoiseLevel::from_map(*sigma_map, noisy);
  return NoiseLevel::constant(options.sigma ? *options.sigma : estimate_noise(noisy));
}

}  // namespace
}  // namespace tessera::pipeline

namespace tessera {

Image denoise(const Image& noisy,
              const Image* sigma_map,
              const Model* network,
              const DenoiseOptions& options) {
  pipeline::check_request(network, options, sigma_map != nullptr);
  pipeline::check_picture(noisy);
  const auto level = pipeline::noise_level(noisy, sigma_map, options);
  if (level.highest() == 0.0) return noisy.clone();
  const int threads =
      options.execution.threads > 0 ? options.execution.threads : base::available_processors();
  pipeline::require_memory(pipeline::residual_limits_bytes(noisy, threads),
                           pipeline::memory_budget(options.execution),
                           "limiting what is taken away");
  Image result = options.self_ensemble ? pipeline::denoise_turned(noisy, level, network, options)
                                       : pipeline::denoise_once(noisy, level, network, options);
  base::ThreadPool pool(threads);
  pipeline::limit_residual(noisy, level, pool, result);
  const std::string warning =
      options.method ? std::string() : pipeline::range_warning(*network, level);
  if (!warning.empty()) result.warnings.push_back(warning);
  return result;
}

}  // namespace tessera
