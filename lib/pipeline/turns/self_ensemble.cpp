// SPDX-License-Identifier: MIT
#include "pipeline/turns/self_ensemble.h"

#include <algorithm>
#include <optional>

#include "image/convert.h"
#include "image/sample_types.h"
#include "pipeline/sources/measured_map.h"
#include "pipeline/tiles/memory.h"

namespace tessera::pipeline {
namespace {

constexpr int kTurns = 8;

/// The picture with its last row and column repeated. Flipped, its measured grid then starts one
/// pixel further out, and turned back it meets the grid of the unflipped picture.
Image with_last_row_and_column_repeated(const Image& image) {
  Image wider(image.width() + 1, image.height() + 1, image.channels(), image.type(),
              image.has_alpha());
  const std::size_t channels = image.channels();
  for (int y = 0; y < wider.height(); ++y) {
    const float* from = image.colour_row<float>(std::min(y, image.height() - 1));
    float* to = wider.colour_row<float>(y);
    std::copy_n(from, image.width() * channels, to);
    std::copy_n(from + (image.width() - 1) * channels, channels, to + image.width() * channels);
    if (!image.has_alpha()) continue;
    const float* alpha = image.alpha_row<float>(std::min(y, image.height() - 1));
    std::copy_n(alpha, image.width(), wider.alpha_row<float>(y));
    wider.alpha_row<float>(y)[image.width()] = alpha[image.width() - 1];
  }
  return wider;
}

Image mask_from_map(const MeasuredMap& map) {
  Image mask(map.width, map.height, 1, SampleType::U8);
  for (int y = 0; y < map.height; ++y)
    for (int x = 0; x < map.width; ++x)
      mask.colour_row<std::uint8_t>(y)[x] = map.at(y, x) == PixelState::Missing ? 0 : 255;
  return mask;
}

/// Colours that nobody has looked at become 0: they may be no numbers, and are put back afterwards.
void clear_hidden(const MeasuredMap& map, Image& picture) {
  const std::size_t channels = picture.channels();
  for (int y = 0; y < map.height; ++y)
    for (int x = 0; x < map.width; ++x)
      if (map.at(y, x) == PixelState::Hidden)
        std::fill_n(picture.colour_row<float>(y) + x * channels, channels, 0.0F);
}

}  // namespace

void add_multiple(const Image& addend, int top, int left, float factor, Image& sum) {
  const std::size_t channels = sum.channels();
  for (int y = 0; y < sum.height(); ++y) {
    const float* from =
        addend.colour_row<float>(top + y) + static_cast<std::size_t>(left) * channels;
    float* to = sum.colour_row<float>(y);
    for (std::size_t i = 0; i < static_cast<std::size_t>(sum.width()) * channels; ++i)
      to[i] += factor * from[i];
  }
}

Image float_copy(const Image& image) {
  Image copy(image.width(), image.height(), image.channels(), SampleType::F32, image.has_alpha());
  for (int y = 0; y < image.height(); ++y) {
    Tensor row(image.channels(), 1, image.width());
    image::tensor_from_image(image, {y, 0, 1, image.width()}, row);
    for (int x = 0; x < image.width(); ++x)
      for (int c = 0; c < image.channels(); ++c)
        copy.colour_row<float>(y)[static_cast<std::size_t>(x) * image.channels() + c] =
            row(c, 0, x);
    if (image.has_alpha())
      image::with_sample_type(image.type(), [&]<typename T>(T) {
        std::copy_n(image.alpha_row<T>(y), image.width(), copy.alpha_row<float>(y));
      });
  }
  return copy;
}

ExecutionOptions beside_turns(double observed, double restored, const ExecutionOptions& execution) {
  return beside(2.0 * (observed + restored), "the mean of eight turns", execution);
}

Image mean_of_turns(int width,
                    int height,
                    int channels,
                    const std::function<RestoredView(Turn turn)>& restore) {
  Image mean(width, height, channels, SampleType::F32);
  for (int index = 0; index < kTurns; ++index) {
    const RestoredView view = restore(Turn::numbered(index));
    add_multiple(view.image, view.top, view.left, 1.0F / kTurns, mean);
  }
  return mean;
}

void round_into(const Image& mean, Image& result) {
  Tensor row(mean.channels(), 1, mean.width());
  for (int y = 0; y < mean.height(); ++y) {
    image::tensor_from_image(mean, {y, 0, 1, mean.width()}, row);
    image::image_from_tensor(row, result, y, 0);
  }
}

Image mean_over_turns(const Image& observed,
                      const Image* mask,
                      const InterpolateOptions& options,
                      const Restoration& restore) {
  const bool enlarges = options.missing == MissingPixels::UpscaleGrid;
  const bool mosaic = options.missing == MissingPixels::Bayer;
  const int scale = enlarges ? options.scale : 1;

  InterpolateOptions turned_options = options;
  std::optional<Image> holes;
  Image picture = float_copy(observed);
  if (!enlarges && !mosaic) {
    const MeasuredMap map = measured_map(observed, mask, options);
    holes = mask_from_map(map);
    clear_hidden(map, picture);
    turned_options.missing = MissingPixels::MaskFile;
  }
  const int channels = mosaic ? 3 : observed.channels();
  const double restored =
      static_cast<double>(sizeof(float)) * observed.width() * observed.height() * scale * scale;
  turned_options.execution =
      beside_turns(bytes_of(picture), restored * channels, options.execution);
  const auto restore_view = [&](Turn turn) -> RestoredView {
    if (mosaic)
      turned_options.pattern =
          turned_pattern(options.pattern, observed.height(), observed.width(), turn);
    const Image view =
        enlarges ? turned(with_last_row_and_column_repeated(picture), turn) : turned(picture, turn);
    const std::optional<Image> view_mask =
        holes ? std::optional(turned(*holes, turn)) : std::nullopt;
    // A flipped grid starts at the repeated pixel: what was measured lies scale - 1 further on.
    const int shift = enlarges ? scale - 1 : 0;
    return {turned_back(restore(view, view_mask ? &*view_mask : nullptr, turned_options), turn),
            turn.flip_rows ? shift : 0, turn.flip_columns ? shift : 0};
  };
  return mean_of_turns(observed.width() * scale, observed.height() * scale, channels, restore_view);
}

}  // namespace tessera::pipeline
