// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "tessera/export.h"
#include "tessera/image.h"

namespace tessera {

/// Which samples of two pictures are compared.
enum class MeasuredChannels {
  Rgb,   ///< all channels as they are; a grey picture has one
  Y,     ///< luma of ITU-R BT.601 in 16..235 of 255, not rounded, as publications on
         ///< super-resolution have it
  Grey,  ///< 0.299 R + 0.587 G + 0.114 B, full range, not rounded
};
/// "rgb", "y" or "grey".
TESSERA_EXPORT std::string name_of(MeasuredChannels channels);

/// What alpha does to the colours that are compared.
enum class AlphaPolicy { Ignore, OverBlack, OverWhite };
/// "ignore", "black" or "white".
TESSERA_EXPORT std::string name_of(AlphaPolicy policy);

/// The conventions of a measurement; stated with every result. Samples are numbers: of pictures
/// with others no figure means anything.
/// Errors  of all that follows: InvalidArgument for a negative border or a white that is no number
///         above 0; BadImage, naming both sizes, when sizes differ, or channels under Rgb.
struct MetricProtocol {
  MeasuredChannels channels = MeasuredChannels::Rgb;
  int border = 0;      ///< pixels cropped on each side
  double white = 0.0;  ///< the sample value that counts as 1; 0: each picture's own max_value
  AlphaPolicy alpha = AlphaPolicy::Ignore;
};
/// The protocol in one line: channels, border, range, alpha, windows of SSIM and MS-SSIM.
TESSERA_EXPORT std::string text_from_protocol(const MetricProtocol& protocol);

/// Peak signal-to-noise ratio in dB. Both pictures are brought to [0,1] by their white; samples are
/// not rounded.
/// Result  +infinity for identical pictures, also when one has 8 bits and the other 16.
/// Errors  as MetricProtocol; BadImage when the border leaves no pixel.
TESSERA_EXPORT double psnr(const Image& reference,
                           const Image& restored,
                           const MetricProtocol& protocol = {});

/// Structural similarity of Wang et al. 2004 (IEEE TIP 13(4)): Gaussian window 11x11, sigma 1.5,
/// K1 0.01, K2 0.03, valid region only, mean over positions and channels.
/// Result  1 for identical pictures.  Cost: memory of 11 rows.
/// Errors  as MetricProtocol; BadImage when a side, border cropped, is under 11 pixels.
TESSERA_EXPORT double ssim(const Image& reference,
                           const Image& restored,
                           const MetricProtocol& protocol = {});

/// Shortest side, border cropped, that ssim can measure.
constexpr int kSmallestSsimSide = 11;
/// Shortest side, border cropped, that ms_ssim can measure: an 11x11 window at a sixteenth.
constexpr int kSmallestMsSsimSide = 161;

/// Multi-scale structural similarity of Wang, Simoncelli & Bovik 2003 (Asilomar): five scales, each
/// the mean of 2x2 pixels of the one before (an odd last row or column counts twice), exponents
/// 0.0448, 0.2856, 0.3001, 0.2363, 0.1333, the luminance term at the last scale only; windows as in
/// ssim; negative means count as 0; mean over channels.
/// Result  1 for identical pictures.  Cost: memory of three planes of double.
/// Errors  as MetricProtocol; BadImage when a side is under kSmallestMsSsimSide.
TESSERA_EXPORT double ms_ssim(const Image& reference,
                              const Image& restored,
                              const MetricProtocol& protocol = {});

/// Where two pictures differ most; the first such place in reading order.
struct WorstPixel {
  int x = 0, y = 0;      ///< in the whole picture, border included
  int channel = 0;       ///< of the channels that the protocol compares
  double reference = 0;  ///< the two values, white is 1
  double restored = 0;
  /// |reference - restored|, white is 1.
  double difference() const {
    return reference < restored ? restored - reference : reference - restored;
  }
};
/// Errors  as psnr.
TESSERA_EXPORT WorstPixel worst_pixel(const Image& reference,
                                      const Image& restored,
                                      const MetricProtocol& protocol = {});

/// A range that holds a mean with 95 % confidence.
struct ConfidenceInterval {
  double low = 0.0, high = 0.0;
};
/// Percentile bootstrap over 10,000 resamples of `values`, drawn from lib/base/random.h: sample k
/// of resample b takes number b * n + k.  Requires finite values, at least one.
/// Source  Efron & Tibshirani, An Introduction to the Bootstrap, 1993, section 13.3.
TESSERA_EXPORT ConfidenceInterval bootstrap_interval_of_mean(std::span<const double> values,
                                                             std::uint64_t seed);

}  // namespace tessera
