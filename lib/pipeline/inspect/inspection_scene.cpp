// SPDX-License-Identifier: MIT
#include "pipeline/inspect/inspection_scene.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/rounding.h"
#include "image/convert.h"
#include "model/network.h"
#include "pipeline/denoise/denoise_request.h"
#include "pipeline/interpolate/interpolation_request.h"
#include "pipeline/sources/mirrored_read.h"
#include "pipeline/sources/noise_source.h"
#include "pipeline/sources/tile_sources.h"
#include "pipeline/tiles/memory.h"
#include "tessera/denoise.h"
#include "tessera/error.h"

namespace tessera::pipeline {
namespace {

/// Memory of all that is kept for a pixel, an upper estimate: states three times, graphs, scratch.
constexpr double kBytesPerPixel = 4096.0;

/// Half-size states need an even picture whatever the network takes.
int multiple_of(const Model& network) { return std::max(2, network.network().size_multiple()); }

/// Where the result's own pixels lie in a source's coordinates; what is beyond is mirrored.
Region own_pixels(const PictureFrame& frame, const Image& picture, int scale) {
  return {frame.top, frame.left, scale * picture.height(), scale * picture.width()};
}

/// The middle of a picture's own pixels, on coordinates that are multiples; of a side that has no
/// whole multiple, all of the source, whose `shape` is one.
Region middle(Region own, Shape shape, int crop, int multiple) {
  const auto range = [crop, multiple](int first, int length, int extent) {
    const int start = base::rounded_up(first, multiple);
    const int whole = (first + length) / multiple * multiple - start;
    if (whole < multiple) return std::pair{0, extent};
    const int wanted = std::max(crop / multiple * multiple, multiple);
    const int kept = crop == 0 ? whole : std::min(whole, wanted);
    return std::pair{start + (whole - kept) / (2 * multiple) * multiple, kept};
  };
  const auto [top, height] = range(own.top, own.height, shape.height);
  const auto [left, width] = range(own.left, own.width, shape.width);
  return {top, left, height, width};
}

/// Samples of the middle part, with the mask, or with the noise level where there is noise.
struct Part {
  Tensor samples, mask, sigma;
  Region region;
  bool beyond = false;  ///< it goes on, mirrored, beyond the picture
};
Part part_of(const TileSource& source,
             Region own,
             const PictureInspectionOptions& options,
             int multiple,
             bool noisy = false) {
  const Region region = middle(own, source.shape(), options.crop, multiple);
  require_memory(kBytesPerPixel * region.height * region.width,
                 memory_budget({.max_memory = options.max_memory}),
                 fmt::format("looking at {}x{} pixels", region.width, region.height));
  const Shape shape{source.shape().channels, region.height, region.width};
  const bool beyond = region.top < own.top || region.left < own.left ||
                      region.top + region.height > own.top + own.height ||
                      region.left + region.width > own.left + own.width;
  Part part{Tensor(shape), {}, {}, region, beyond};
  Tensor estimate(shape);
  ObservedPlanes planes{.samples = part.samples, .mask = {}, .estimate = estimate};
  if (noisy) {
    part.sigma = Tensor(1, region.height, region.width);
    planes.sigma = part.sigma;
  } else {
    part.mask = Tensor(shape);
    planes.mask = part.mask;
  }
  Workspace scratch;
  source.read(region, planes, scratch);
  return part;
}

/// The clean picture under the region; empty without one.
Tensor reference_part(
    const Image* reference, const PictureFrame& frame, Region region, int planes, int multiple) {
  if (reference == nullptr) return {};
  const int height = reference->height() + frame.top, width = reference->width() + frame.left;
  if (height > frame.height || width > frame.width || height + multiple <= frame.height ||
      width + multiple <= frame.width)
    throw ReferenceMismatch(fmt::format(
        "the reference has {}x{} pixels and does not fit a result of {}x{}", reference->width(),
        reference->height(), frame.width - frame.left, frame.height - frame.top));
  if (reference->channels() != planes)
    throw ReferenceMismatch(
        fmt::format("the reference has {} channels, the result {}", reference->channels(), planes));
  Tensor part(planes, region.height, region.width);
  Workspace scratch;
  read_mirrored(*reference, frame, region, part, scratch);
  return part;
}

/// Only the first planes of a tensor.
void keep_planes(Tensor& planes, int count) {
  if (planes.channels() <= count) return;
  Tensor kept(count, planes.height(), planes.width());
  paste_region(planes.view().channels(0, count), kept, 0, 0);
  planes = std::move(kept);
}

InspectionScene finished(const Model& network,
                         Part part,
                         const Image* reference,
                         const PictureFrame& frame,
                         std::vector<std::string> notes) {
  Tensor clean =
      reference_part(reference, frame, part.region, part.samples.channels(), multiple_of(network));
  if (part.samples.channels() > network.channels()) {
    notes.push_back("the model restores colour planes one by one; the first is looked at");
    for (Tensor* planes : {&part.samples, &part.mask, &clean})
      keep_planes(*planes, network.channels());
  }
  if (part.beyond)
    notes.push_back("the picture is smaller than a step of the network: it goes on, mirrored");
  const bool noisy = part.sigma.shape().count() > 0;
  return {noisy ? analysis::NetworkScene::noisy(network.network(), std::move(part.samples),
                                                std::move(part.sigma))
                : analysis::NetworkScene(network.network(), std::move(part.samples),
                                         std::move(part.mask)),
          std::move(clean), part.region.top - frame.top, part.region.left - frame.left,
          std::move(notes)};
}

InspectionScene mosaic_scene(const Model& network,
                             const Image& picture,
                             const Image* reference,
                             const PictureInspectionOptions& options) {
  std::vector<std::string> notes;
  const Image* observed = &picture;
  Image made;
  if (picture.channels() == 3) {
    made = mosaic(picture, options.pattern);
    observed = &made;
    notes.push_back(reference == nullptr
                        ? "the colour picture was made a mosaic, and is the reference"
                        : "the colour picture was made a mosaic");
    if (reference == nullptr) reference = &picture;
  }
  check_picture(*observed, {.missing = MissingPixels::Bayer, .pattern = options.pattern});
  const bool noisy = model::is_noisy(network.network().observation());
  if (noisy && !options.sigma_8bit)
    throw Error(ErrorCode::InvalidArgument,
                "a model for noisy mosaics needs to know how strong the noise is (--sigma S)");
  const MosaicSource source(*observed, options.pattern, {multiple_of(network)},
                            options.sigma_8bit.value_or(0.0));
  const Region own = own_pixels(source.frame(), picture, 1);
  return finished(network, part_of(source, own, options, multiple_of(network), noisy), reference,
                  source.frame(), std::move(notes));
}

InspectionScene hole_scene(const Model& network,
                           const Image& picture,
                           const Image* mask,
                           const Image* reference,
                           const PictureInspectionOptions& options) {
  const InterpolateOptions holes{.missing = mask != nullptr ? MissingPixels::MaskFile
                                                            : MissingPixels::MaskAlpha};
  if (mask == nullptr && !picture.has_alpha())
    throw Error(ErrorCode::BadImage,
                "a model that fills holes needs to know them (--mask FILE, or a picture with "
                "alpha)");
  const MeasuredMap map = measured_map(picture, mask, holes);
  check_measured_numbers(picture, map);
  const int planes = std::max(picture.channels(), network.channels());
  const HoleSource source(picture, map, planes, {multiple_of(network)},
                          memory_budget({.max_memory = options.max_memory}));
  const Region own = own_pixels(source.frame(), picture, 1);
  return finished(network, part_of(source, own, options, multiple_of(network)), reference,
                  source.frame(), {});
}

InspectionScene noisy_scene(const Model& network,
                            const Image& picture,
                            const Image* reference,
                            const PictureInspectionOptions& options) {
  check_picture(picture);
  const double sigma = options.sigma_8bit ? *options.sigma_8bit : estimate_noise(picture);
  std::vector<std::string> notes;
  if (!options.sigma_8bit)
    notes.push_back(fmt::format("noise level estimated: {:.1f} grey levels", sigma));
  const NoiseLevel level = NoiseLevel::constant(sigma);
  const NoiseSource source(picture, level, std::max(picture.channels(), network.channels()),
                           {multiple_of(network)});
  const bool stands_in = picture.channels() < network.channels();
  if (stands_in)
    notes.push_back(
        "a grey picture stands in for the colours, whose noise is then the same: no "
        "error is expected from it (SURE)");
  const Region own = own_pixels(source.frame(), picture, 1);
  InspectionScene scene =
      finished(network, part_of(source, own, options, multiple_of(network), true), reference,
               source.frame(), std::move(notes));
  if (!stands_in) scene.sigma = sigma / kWhite8bit;
  return scene;
}

}  // namespace

InspectionScene inspection_scene(const Model& network,
                                 const Image& picture,
                                 const Image* mask,
                                 const Image* reference,
                                 const PictureInspectionOptions& options) {
  if (picture.empty()) throw Error(ErrorCode::BadImage, "the picture is empty");
  const model::ObservationKind kind = network.network().observation();
  if (mask != nullptr && kind != model::ObservationKind::Mask)
    throw Error(ErrorCode::InvalidArgument,
                "--mask is for models that fill holes; this one does not");
  if (options.sigma_8bit && !model::is_noisy(kind) && !options.information)
    throw Error(ErrorCode::InvalidArgument,
                "--sigma has no use here: the model removes no noise, and --mi is not given");
  if (kind == model::ObservationKind::Bayer || kind == model::ObservationKind::NoisyBayer)
    return mosaic_scene(network, picture, reference, options);
  if (kind == model::ObservationKind::Mask)
    return hole_scene(network, picture, mask, reference, options);
  if (kind == model::ObservationKind::Noise)
    return noisy_scene(network, picture, reference, options);
  check_picture(picture, {.missing = MissingPixels::UpscaleGrid});
  const GridSource source(picture, std::max(picture.channels(), network.channels()),
                          {multiple_of(network)});
  const Region own = own_pixels(source.frame(), picture, 2);
  return finished(network, part_of(source, own, options, multiple_of(network)), reference,
                  source.frame(), {});
}

}  // namespace tessera::pipeline
