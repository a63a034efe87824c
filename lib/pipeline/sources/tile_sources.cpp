// SPDX-License-Identifier: MIT
#include "pipeline/sources/tile_sources.h"

#include <algorithm>

#include "observation/sampling.h"
#include "pipeline/sources/noise_level.h"
#include "pipeline/tiles/tiling.h"

namespace tessera::pipeline {
namespace {

/// The bilinear estimate looks one pixel around; two keep regions even.
constexpr int kEstimateBorder = 2;

Region inside(Region outer, Region inner) {
  return {inner.top - outer.top, inner.left - outer.left, inner.height, inner.width};
}

void crop_all(const ObservedPlanes& from, Region region, const ObservedPlanes& to) {
  copy_region(from.samples, region, to.samples);
  copy_region(from.mask, region, to.mask);
  copy_region(from.estimate, region, to.estimate);
}

ObservedPlanes take_planes(int channels, Region region, Workspace& scratch) {
  const Shape shape{channels, region.height, region.width};
  return {scratch.take(shape), scratch.take(shape), scratch.take(shape)};
}

/// Top left corner of the 2x2 cell's red pixel.
std::pair<int, int> red_position(BayerPattern pattern) {
  for (int y = 0; y < 2; ++y)
    for (int x = 0; x < 2; ++x)
      if (observation::bayer_channel(pattern, y, x) == 0) return {y, x};
  return {0, 0};
}

}  // namespace

void repeat_first_plane(TensorView<float> planes, int known) {
  for (int c = known; c < planes.channels(); ++c)
    std::copy_n(planes.plane(0), planes.shape().plane(), planes.plane(c));
}

MosaicSource::MosaicSource(const Image& mosaic,
                           BayerPattern pattern,
                           Extension extension,
                           double sigma_8bit)
    : mosaic_(mosaic), sigma_(static_cast<float>(sigma_8bit / kWhite8bit)) {
  const auto [top, left] = red_position(pattern);
  frame_ = PictureFrame::around(mosaic.height(), mosaic.width(), top, left, extension);
}

void MosaicSource::read(Region region, const ObservedPlanes& wanted, Workspace& scratch) const {
  const WorkspaceScope scope(scratch);
  ObservedPlanes planes = wanted;
  // Networks for noisy mosaics know the mask.
  if (planes.mask.empty()) planes.mask = scratch.take(planes.samples.shape());
  if (!planes.sigma.empty()) std::fill_n(planes.sigma.data(), planes.sigma.shape().count(), sigma_);
  const Region wide = grown(region, kEstimateBorder, frame_.height, frame_.width);
  const auto mosaic = scratch.take({1, wide.height, wide.width});
  read_mirrored(mosaic_, frame_, wide, mosaic, scratch);
  const ObservedPlanes all = wide == region ? planes : take_planes(3, wide, scratch);
  observation::samples_from_mosaic(mosaic, BayerPattern::RGGB, wide.top, wide.left, all.samples,
                                   all.mask);
  observation::bilinear_estimate(all.samples, all.mask, all.estimate);
  if (wide != region) crop_all(all, inside(wide, region), planes);
}

GridSource::GridSource(const Image& measured, int planes, Extension extension)
    : measured_(measured),
      planes_(planes),
      frame_(PictureFrame::about_edge(measured, {extension.multiple / 2, extension.border / 2})) {}

PictureFrame GridSource::frame() const {
  return {2 * frame_.top, 2 * frame_.left, 2 * frame_.height, 2 * frame_.width};
}

void GridSource::read(Region region, const ObservedPlanes& planes, Workspace& scratch) const {
  const WorkspaceScope scope(scratch);
  const Region wide = grown(region, kEstimateBorder, 2 * frame_.height, 2 * frame_.width);
  const Region small{wide.top / 2, wide.left / 2, wide.height / 2, wide.width / 2};
  const auto measured = scratch.take({measured_.channels(), small.height, small.width});
  read_mirrored(measured_, frame_, small, measured, scratch);
  const ObservedPlanes all = wide == region ? planes : take_planes(planes_, wide, scratch);
  const int known = measured_.channels();
  observation::samples_from_decimated(measured, all.samples.channels(0, known),
                                      all.mask.channels(0, known));
  observation::bilinear_estimate(all.samples.channels(0, known), all.mask.channels(0, known),
                                 all.estimate.channels(0, known));
  for (const auto& part : {all.samples, all.mask, all.estimate}) repeat_first_plane(part, known);
  if (wide != region) crop_all(all, inside(wide, region), planes);
}

HoleSource::HoleSource(const Image& picture,
                       const MeasuredMap& map,
                       int planes,
                       Extension extension,
                       std::int64_t memory)
    : picture_(picture),
      map_(map),
      planes_(planes),
      frame_(PictureFrame::around(picture.height(), picture.width(), 0, 0, extension)),
      estimate_(
          {picture.channels(), frame_.height, frame_.width},
          [this](Region region,
                 TensorView<float> samples,
                 TensorView<float> mask,
                 Workspace& scratch) { read_samples(region, samples, mask, scratch); },
          memory) {}

void HoleSource::read_samples(Region region,
                              TensorView<float> samples,
                              TensorView<float> mask,
                              Workspace& scratch) const {
  read_mirrored(picture_, frame_, region, samples, scratch);
  for (int y = 0; y < region.height; ++y) {
    const int row = region.top + y - frame_.top;
    for (int x = 0; x < region.width; ++x) {
      const int column = region.left + x - frame_.left;
      const bool inside =
          row >= 0 && row < picture_.height() && column >= 0 && column < picture_.width();
      const bool measured = inside && map_.at(row, column) == PixelState::Measured;
      for (int c = 0; c < samples.channels(); ++c) {
        mask(c, y, x) = measured ? 1.0F : 0.0F;
        if (!measured) samples(c, y, x) = 0.0F;
      }
    }
  }
}

void HoleSource::read(Region region, const ObservedPlanes& planes, Workspace& scratch) const {
  const int known = picture_.channels();
  const auto samples = planes.samples.channels(0, known), mask = planes.mask.channels(0, known);
  read_samples(region, samples, mask, scratch);
  estimate_.fill(region, samples, mask, planes.estimate.channels(0, known));
  for (const auto& part : {planes.samples, planes.mask, planes.estimate})
    repeat_first_plane(part, known);
}

}  // namespace tessera::pipeline
