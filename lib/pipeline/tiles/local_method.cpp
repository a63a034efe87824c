// SPDX-License-Identifier: MIT
#include "pipeline/tiles/local_method.h"

#include "base/rounding.h"
#include "base/threads/thread_pool.h"
#include "image/convert.h"
#include "pipeline/tiles/memory.h"
#include "pipeline/tiles/tiling.h"

namespace tessera::pipeline {

void run_local_method(const LocalMethod& method,
                      const Image& source,
                      TileSink& sink,
                      const ExecutionOptions& options) {
  const int scale = method.scale, channels = source.channels();
  const int result_planes = 2 * method.channels * scale * scale;
  TileNeeds needs{.halo = base::rounded_up(method.halo, 2), .grid = 2};
  needs.bytes_per_pixel =
      sizeof(float) * static_cast<std::size_t>(channels + result_planes + method.planes_per_pixel);
  base::ThreadPool pool(options.threads);
  const TilePlan plan =
      plan_tiles(source.height(), source.width(), needs,
                 {.workers = pool.size(), .tile = options.tile, .memory = memory_budget(options)});
  for_each_tile(plan, pool, [&](Region core, Workspace& scratch) {
    const WorkspaceScope scope(scratch);
    const Region region = grown(core, needs.halo, source.height(), source.width());
    const auto in = scratch.take({channels, region.height, region.width});
    const auto out = scratch.take({method.channels, region.height * scale, region.width * scale});
    const auto kept = scratch.take({method.channels, core.height * scale, core.width * scale});
    image::tensor_from_image(source, region, in);
    method.run(in, out);
    copy_region(out,
                {(core.top - region.top) * scale, (core.left - region.left) * scale, kept.height(),
                 kept.width()},
                kept);
    sink.write(kept, core.top * scale, core.left * scale, scratch);
  });
}

}  // namespace tessera::pipeline
