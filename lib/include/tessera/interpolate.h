// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <filesystem>
#include <optional>

#include "tessera/execution.h"
#include "tessera/export.h"
#include "tessera/image.h"
#include "tessera/model.h"
#include "tessera/observation.h"

namespace tessera {

/// How missing pixels are filled without a trained network.
enum class ClassicalMethod { Bilinear, Bicubic, Malvar, Menon, Tv };

/// Which pixels of an image are missing.
enum class MissingPixels {
  Bayer,        ///< two of three colours everywhere; `pattern` says which
  UpscaleGrid,  ///< three of four pixels of the enlarged picture; the measured ones stay at even
                ///< positions
  MaskFile,     ///< where the mask picture is 0
  MaskAlpha,    ///< where alpha is 0
  Value,        ///< where all channels equal `missing_value`; floats: the float nearest to it
  NotANumber,   ///< where a float sample is NaN
  CameraRaw,    ///< two of three colours everywhere, as a camera raw file says itself
};

/// How to develop a camera raw file.
struct RawOptions {
  /// Factors of red, green and blue, of which only the ratios count; empty: as the camera measured.
  std::optional<std::array<double, 3>> white_balance{};
  bool linear = false;        ///< linear light instead of the sRGB curve
  bool keep_defects = false;  ///< samples that stand alone are left as they are
};

/// How to interpolate. What network runs lives in its checkpoint.
struct InterpolateOptions {
  MissingPixels missing = MissingPixels::Bayer;
  BayerPattern pattern = BayerPattern::RGGB;
  int scale = 2;                            ///< UpscaleGrid: 2 or 4 (twice 2)
  double missing_value = 0.0;               ///< Value: in the file's own units
  std::optional<ClassicalMethod> method{};  ///< set: no network
  /// Mosaics, camera raw ones too: strength of the noise in 8-bit grey levels, at every depth.
  /// Above 0 a network for noisy mosaics restores all three colours of each pixel.
  std::optional<double> sigma{};
  bool self_ensemble = false;  ///< mean over the eight flips and turns of the picture
  RawOptions raw{};            ///< CameraRaw
  ExecutionOptions execution{};
};

/// Fills the missing pixels of `observed`. Measured samples come back bit for bit, except those of
/// a noisy mosaic; a noise level beyond what the model was trained for is a warning in its result.
/// Shapes   Bayer: one channel in, RGB of the same size out; UpscaleGrid: scale times the size;
///          masks: same size and channels. `mask`: one channel of the image's size (MaskFile only).
/// Requires `network` unless options.method is set.
/// Errors   BadImage (colour picture as mosaic, mask of another size, nothing measured, a missing
///          value that its samples cannot have);
///          BadCheckpoint when the network does another task; InvalidArgument, also for CameraRaw,
///          which takes files, and when options.sigma and the network do not fit; Refused.
TESSERA_EXPORT Image interpolate(const Image& observed,
                                 const Image* mask,
                                 const Model* network,
                                 const InterpolateOptions& options);

/// Where the masks of a batch come from: one picture for all, or a folder with equal stems.
struct MaskSource {
  std::filesystem::path path;
};

/// Interpolates a batch of files; the work of the program `interpolate`. With CameraRaw the files
/// are those of cameras: their mosaics are developed to 16-bit sRGB, upright, with colour profile
/// and EXIF.
/// Result  how each file ended; throws only when nothing can be started (usage, model, no input).
TESSERA_EXPORT BatchSummary interpolate_files(const BatchOptions& batch,
                                              const MaskSource& mask,
                                              const Model* network,
                                              const InterpolateOptions& options,
                                              const BatchObserver& observer = {});

}  // namespace tessera
