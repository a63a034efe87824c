// SPDX-License-Identifier: MIT
#include "pipeline/interpolate/develop.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "image/convert.h"
#include "image/metadata/srgb_profile.h"
#include "observation/sampling.h"
#include "pipeline/interpolate/demosaic.h"
#include "pipeline/interpolate/interpolation_request.h"
#include "pipeline/interpolate/raw_mosaic.h"
#include "pipeline/interpolate/raw_noise.h"
#include "pipeline/interpolate/srgb_curve.h"
#include "pipeline/tiles/memory.h"
#include "pipeline/turns/turned_image.h"

namespace tessera::pipeline {
namespace {

using Matrix = std::array<std::array<double, 3>, 3>;

/// Camera's colours, balanced and coded, to the result's.
class ColourTransform {
 public:
  ColourTransform(const Matrix& srgb_from_camera, bool linear) : linear_(linear) {
    for (std::size_t i = 0; i < 3; ++i)
      for (std::size_t j = 0; j < 3; ++j)
        matrix_[i][j] = static_cast<float>(srgb_from_camera[i][j]);
  }

  /// Shapes  planes (3, height, width), in place.
  void apply(TensorView<float> planes) const {
    for (std::size_t k = 0; k < planes.shape().plane(); ++k) {
      std::array<float, 3> camera{};
      for (int c = 0; c < 3; ++c)
        camera[static_cast<std::size_t>(c)] = linear_from_srgb(planes.plane(c)[k]);
      for (int c = 0; c < 3; ++c) {
        const auto& row = matrix_[static_cast<std::size_t>(c)];
        const float light =
            std::clamp(row[0] * camera[0] + row[1] * camera[1] + row[2] * camera[2], 0.0F, 1.0F);
        planes.plane(c)[k] = linear_ ? light : srgb_from_linear(light);
      }
    }
  }

 private:
  std::array<std::array<float, 3>, 3> matrix_{};
  bool linear_;
};

/// What was measured takes the place of what was restored.
void take_measured(const Image& mosaic,
                   BayerPattern pattern,
                   Region region,
                   TensorView<float> planes) {
  for (int y = 0; y < region.height; ++y) {
    const float* row = mosaic.colour_row<float>(region.top + y) + region.left;
    for (int x = 0; x < region.width; ++x)
      planes(observation::bayer_channel(pattern, region.top + y, region.left + x), y, x) = row[x];
  }
}

/// The turn that sets a picture of this EXIF orientation upright.
/// Source  CIPA DC-008 (Exif 2.32), tag Orientation.
Turn turn_for(int orientation) {
  constexpr std::array<Turn, 8> kTurns{{{false, false, false},
                                        {false, true, false},
                                        {true, true, false},
                                        {true, false, false},
                                        {false, false, true},
                                        {true, false, true},
                                        {true, true, true},
                                        {false, true, true}}};
  return kTurns[static_cast<std::size_t>(orientation - 1)];
}

/// The mean of eight restorations in the mosaic's own form, then its colours.
void develop_turned(const Image& mosaic,
                    const Model* network,
                    const InterpolateOptions& options,
                    const ColourTransform& colours,
                    Image& result) {
  const Image mean = interpolate(mosaic, nullptr, network, options);
  Tensor row(3, 1, mean.width());
  for (int y = 0; y < mean.height(); ++y) {
    image::tensor_from_image(mean, {y, 0, 1, mean.width()}, row);
    colours.apply(row);
    image::image_from_tensor(row, result, y, 0);
  }
}

std::vector<std::string> facts_of(const BalancedMosaic& mosaic,
                                  const std::optional<RawNoise>& noise) {
  std::vector<std::string> facts{"layout " + name_of(mosaic.pattern)};
  if (mosaic.defects > 0)
    facts.push_back(fmt::format("{} defective pixel{} replaced", mosaic.defects,
                                mosaic.defects == 1 ? "" : "s"));
  if (noise)
    facts.push_back(fmt::format("noise sigma {:.2f}, {}", noise->sigma_8bit,
                                noise->stated ? "from the file" : "estimated"));
  return facts;
}

}  // namespace

Development develop(image::RawPhoto photo,
                    const Model* network,
                    const InterpolateOptions& options) {
  InterpolateOptions inner = options;
  inner.missing = MissingPixels::Bayer;
  const std::int64_t allowed = memory_budget(options.execution);
  const auto pixels = static_cast<double>(photo.mosaic.width()) * photo.mosaic.height();
  // The balanced mosaic, twice while it is turned.
  const double held = pixels * sizeof(float) * (photo.orientation == 1 ? 1.0 : 2.0);
  require_memory(held, allowed, "the mosaic as floats");

  // Stand the mosaic upright, in the form that networks were trained on.
  BalancedMosaic balanced = balanced_mosaic(photo, options.raw, options.execution.threads);
  photo.mosaic = Image();
  const std::optional<RawNoise> noise = raw_noise(photo, balanced);
  std::vector<std::string> notes = facts_of(balanced, noise);
  const Turn turn = turn_for(photo.orientation);
  inner.pattern =
      turned_pattern(balanced.pattern, balanced.picture.height(), balanced.picture.width(), turn);
  if (photo.orientation != 1) balanced.picture = turned(balanced.picture, turn);
  inner.execution.max_memory = memory_left(held, allowed);

  // Restore, and colour each tile before it is rounded.
  const Image& mosaic = balanced.picture;
  Development result{Image(mosaic.width(), mosaic.height(), 3, SampleType::U16)};
  const ColourTransform colours(photo.srgb_from_camera, options.raw.linear);
  if (options.self_ensemble)
    develop_turned(mosaic, network, inner, colours, result.picture);
  else
    demosaic(mosaic, network, inner, result.picture, {},
             [&](TensorView<float> planes, Region region) {
               if (keeps_samples(network, inner))
                 take_measured(mosaic, inner.pattern, region, planes);
               colours.apply(planes);
             });

  result.picture.metadata = std::move(photo.metadata);
  result.picture.metadata.icc =
      image::srgb_profile(options.raw.linear ? image::ToneCurve::Linear : image::ToneCurve::Srgb);
  result.picture.warnings = std::move(photo.warnings);
  if (const std::string warning = sigma_warning(network, inner); !warning.empty())
    result.picture.warnings.push_back(warning);
  result.notes = std::move(notes);
  if (noise) result.noise_sigma = noise->sigma_8bit;
  return result;
}

}  // namespace tessera::pipeline
