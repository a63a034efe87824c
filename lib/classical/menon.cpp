// SPDX-License-Identifier: MIT
#include <cmath>
#include <functional>

#include "base/machine/kernel_clones.h"
#include "classical/demosaic.h"
#include "classical/mosaic_tile.h"
#include "tensor/tensor.h"

// Tiles are RGGB: red or blue ("chroma") samples where x and y have equal parity, green elsewhere.
// Each step computes every pixel of a row, also where its result means nothing and is never used;
// that is cheaper than a stride of two. Colours are kept as differences to what was measured:
//   chroma    at a chroma pixel, its colour minus the estimated green
//   red_blue  red minus blue
// Sums are written so that mirroring the picture only swaps the terms of a two-term sum.
namespace tessera::classical {
namespace {

constexpr int kRadius = 8;

/// Chroma minus the green interpolated along one line: g = (l + r) / 2 + (2 c - l2 - r2) / 4, the
/// paper's equation 2. `step` is the distance between neighbours along the line.
TESSERA_KERNEL_CLONES
void subtract_directional_green(const float* __restrict samples,
                                int step,
                                int count,
                                float* __restrict chroma) {
  for (int x = 0; x < count; ++x) {
    const float* sample = samples + x;
    const float near = 0.5F * (sample[-step] + sample[step]);
    const float far = 0.25F * (2.0F * sample[0] - (sample[-2 * step] + sample[2 * step]));
    chroma[x] = sample[0] - (near + far);
  }
}

/// |difference| of the two chroma values on either side of a pixel.
TESSERA_KERNEL_CLONES
void chroma_gradient(const float* __restrict chroma,
                     int step,
                     int count,
                     float* __restrict gradient) {
  for (int x = 0; x < count; ++x) gradient[x] = fabsf(chroma[x - step] - chroma[x + step]);
}

/// Sum of gradients over a 5x5 window: those through the pixel itself count three times.
/// `along` and `across` are the distances of neighbours in and across the direction judged.
/// (Without the attribute GCC 12 calls it: it does not inline between instruction sets.)
[[gnu::always_inline]] inline float classifier(const float* gradient, int along, int across) {
  const float centre = gradient[-along] + gradient[along];
  const float beside = gradient[-across] + gradient[across];
  const float before = gradient[-2 * across - along] + gradient[2 * across - along];
  const float after = gradient[-2 * across + along] + gradient[2 * across + along];
  return 3.0F * centre + beside + (before + after);
}

/// Decides each pixel's direction, 1 for horizontal, and keeps that direction's chroma (in place
/// of the horizontal one).
TESSERA_KERNEL_CLONES
void decide_direction(const float* __restrict gradient_h,
                      const float* __restrict gradient_v,
                      int stride,
                      int count,
                      const float* __restrict chroma_v,
                      float* __restrict chroma_h,
                      float* __restrict horizontal) {
  for (int x = 0; x < count; ++x) {
    const float along_row = classifier(gradient_h + x, 1, stride);
    const float along_column = classifier(gradient_v + x, stride, 1);
    const bool is_horizontal = along_column >= along_row;
    horizontal[x] = is_horizontal ? 1.0F : 0.0F;
    chroma_h[x] = is_horizontal ? chroma_h[x] : chroma_v[x];
  }
}

/// At green pixels: red minus blue from bilinear chroma. Red lies left and right in even rows
/// (sign 1), above and below in odd ones (sign -1).
TESSERA_KERNEL_CLONES
void red_blue_at_green(
    const float* __restrict chroma, int stride, int count, float sign, float* __restrict red_blue) {
  const float weight = 0.5F * sign;
  for (int x = 0; x < count; ++x)
    red_blue[x] =
        weight * ((chroma[x - 1] + chroma[x + 1]) - (chroma[x - stride] + chroma[x + stride]));
}

/// At chroma pixels: mean of red minus blue of the two green neighbours in the chosen direction.
TESSERA_KERNEL_CLONES
void red_blue_at_chroma(const float* __restrict at_green,
                        const float* __restrict horizontal,
                        int stride,
                        int count,
                        float* __restrict red_blue) {
  for (int x = 0; x < count; ++x) {
    const float along_row = at_green[x - 1] + at_green[x + 1];
    const float along_column = at_green[x - stride] + at_green[x + stride];
    red_blue[x] = 0.5F * (horizontal[x] > 0.5F ? along_row : along_column);
  }
}

/// Refines green: chroma becomes its 3-tap mean in the chosen direction. The outer taps lie at
/// green pixels, where chroma is itself the mean of two neighbours, hence weights 1 4 1 over 6.
TESSERA_KERNEL_CLONES
void refine_chroma(const float* __restrict chroma,
                   const float* __restrict horizontal,
                   int stride,
                   int count,
                   float* __restrict refined) {
  constexpr float kSixth = 1.0F / 6.0F;
  for (int x = 0; x < count; ++x) {
    const float along_row = chroma[x - 2] + chroma[x + 2];
    const float along_column = chroma[x - 2 * stride] + chroma[x + 2 * stride];
    const float outer = horizontal[x] > 0.5F ? along_row : along_column;
    refined[x] = kSixth * (outer + 4.0F * chroma[x]);
  }
}

/// What the last step reads, each at the first pixel of a row; all planes have one stride.
struct RefinedRow {
  const float* samples;
  const float* chroma;          // refined, at chroma pixels
  const float* red_blue;        // at chroma pixels, before refinement
  const float* red_blue_green;  // at green pixels, refined
  const float* horizontal;
};

/// Writes the three colours of a row; red_blue at chroma pixels is refined on the way, by a 3-tap
/// mean. `parity` is that of the row and of its chroma pixels: 0 if their colour, `own`, is red.
TESSERA_KERNEL_CLONES
void write_colours(const RefinedRow& row,
                   int stride,
                   int first,
                   int last,
                   int parity,
                   float* __restrict own,
                   float* __restrict green,
                   float* __restrict other) {
  const float* __restrict chroma = row.chroma;
  const float* __restrict around = row.red_blue_green;
  const float* __restrict samples = row.samples;
  const float* __restrict red_blue = row.red_blue;
  const float* __restrict horizontal = row.horizontal;
  const float third = (parity == 0 ? 1.0F : -1.0F) / 3.0F;
  for (int x = first; x < last; ++x) {
    const float along_row = around[x - 1] + around[x + 1];
    const float along_column = around[x - stride] + around[x + stride];
    const float outer = horizontal[x] > 0.5F ? along_row : along_column;
    const float own_minus_other = third * (outer + red_blue[x]);
    const float beside = 0.5F * (chroma[x - 1] + chroma[x + 1]);
    const float above_below = 0.5F * (chroma[x - stride] + chroma[x + stride]);
    const bool is_chroma = (x & 1) == parity;
    own[x] = is_chroma ? samples[x] : samples[x] + beside;
    green[x] = is_chroma ? samples[x] - chroma[x] : samples[x];
    other[x] = samples[x] + (is_chroma ? -own_minus_other : above_below);
  }
}

/// The planes of one tile between the steps; each keeps one meaning at a time.
class MenonTile {
 public:
  void operator()(TensorView<const float> tile, TensorView<float> colours) {
    height_ = tile.height();
    stride_ = tile.width();
    if (planes_.shape().count() < 6 * tile.shape().count()) planes_ = Tensor(6, height_, stride_);
    interpolate_green(tile);
    interpolate_red_blue();
    write(tile, colours);
  }

 private:
  enum Plane { kChroma, kHorizontal, kChromaVertical, kGradient, kGradientVertical, kRedBlue };

  float* at(Plane plane, int y, int x) {
    return planes_.data() + (static_cast<std::size_t>(plane) * height_ + y) * stride_ + x;
  }

  /// Leaves kChroma and kHorizontal, valid 4 pixels inside the tile.
  void interpolate_green(TensorView<const float> tile) {
    for (int y = 0; y < height_; ++y)
      subtract_directional_green(tile.row(0, y) + 2, 1, stride_ - 4, at(kChroma, y, 2));
    for (int y = 2; y < height_ - 2; ++y)
      subtract_directional_green(tile.row(0, y), stride_, stride_, at(kChromaVertical, y, 0));
    for (int y = 0; y < height_; ++y)
      chroma_gradient(at(kChroma, y, 3), 1, stride_ - 6, at(kGradient, y, 3));
    for (int y = 3; y < height_ - 3; ++y)
      chroma_gradient(at(kChromaVertical, y, 0), stride_, stride_, at(kGradientVertical, y, 0));
    for (int y = 4; y < height_ - 4; ++y)
      decide_direction(at(kGradient, y, 4), at(kGradientVertical, y, 4), stride_, stride_ - 8,
                       at(kChromaVertical, y, 4), at(kChroma, y, 4), at(kHorizontal, y, 4));
  }

  /// Leaves refined chroma in kChromaVertical (6 pixels inside), red minus blue at chroma pixels
  /// in kRedBlue (6 inside) and, refined, at green pixels in kGradient (7 inside).
  void interpolate_red_blue() {
    for (int y = 5; y < height_ - 5; ++y)
      red_blue_at_green(at(kChroma, y, 5), stride_, stride_ - 10, sign_of_row(y),
                        at(kGradient, y, 5));
    for (int y = 6; y < height_ - 6; ++y) {
      red_blue_at_chroma(at(kGradient, y, 6), at(kHorizontal, y, 6), stride_, stride_ - 12,
                         at(kRedBlue, y, 6));
      refine_chroma(at(kChroma, y, 6), at(kHorizontal, y, 6), stride_, stride_ - 12,
                    at(kChromaVertical, y, 6));
    }
    for (int y = 7; y < height_ - 7; ++y)
      red_blue_at_green(at(kChromaVertical, y, 7), stride_, stride_ - 14, sign_of_row(y),
                        at(kGradient, y, 7));
  }

  void write(TensorView<const float> tile, TensorView<float> colours) {
    for (int y = kRadius; y < height_ - kRadius; ++y) {
      const RefinedRow row{tile.row(0, y), at(kChromaVertical, y, 0), at(kRedBlue, y, 0),
                           at(kGradient, y, 0), at(kHorizontal, y, 0)};
      const int parity = y & 1;
      write_colours(row, stride_, kRadius, stride_ - kRadius, parity,
                    colours.row(parity == 0 ? 0 : 2, y), colours.row(1, y),
                    colours.row(parity == 0 ? 2 : 0, y));
    }
  }

  static float sign_of_row(int y) { return (y & 1) == 0 ? 1.0F : -1.0F; }

  int height_ = 0, stride_ = 0;
  Tensor planes_;
};

}  // namespace

void demosaic_menon(TensorView<const float> mosaic, BayerPattern pattern, TensorView<float> rgb) {
  MenonTile tile_kernel;
  for_each_mosaic_tile(mosaic, pattern, kRadius, std::ref(tile_kernel), rgb);
}

}  // namespace tessera::classical
