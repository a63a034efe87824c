// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "fusion/operators/operator_run.h"
#include "model/network.h"
#include "tensor/tensor.h"
#include "tessera/fuse.h"

namespace tessera::pipeline {

/// How pictures are degraded for a network.
struct NetworkDegradation {
  model::ObservationKind observation = model::ObservationKind::Bayer;
  int channels = 3;
  double sigma = 0.0;      ///< of noise, in 8-bit units (denoisers)
  std::uint64_t seed = 0;  ///< of noise or mask
};

/// What a network sees of a clean picture: the mosaic, every second pixel, four fifths of the
/// pixels missing, or noise, as training degrades them.
/// Shapes  clean (C, H, W), H and W even except with noise.
fusion::CalibrationSample degraded(TensorView<const float> clean,
                                   const NetworkDegradation& degradation);

/// The picture files of a folder in byte order; `deep`: of the folders in it, too.
/// Hidden files are none of them.
/// Errors  InvalidArgument, naming `option`, when there is no such folder or no picture in it;
///         IoFailure for a folder that cannot be read.
std::vector<std::filesystem::path> pictures_of(const std::filesystem::path& folder,
                                               const std::string& option,
                                               bool deep);

/// A picture file as planes whose size is a multiple of `multiple`, the last rows and columns left
/// out; of a colour picture a network of one plane gets the green one.
/// Errors  those of read_image; BadImage, naming the file: too small, samples that are not finite.
Tensor network_planes(const std::filesystem::path& file, int channels, int multiple);

/// A picture whose truth is known.
struct JudgingPicture {
  fusion::CalibrationSample observed;
  Tensor clean;
};

/// Calibration pictures of a fusion, others that only judge, and the digest of their bytes.
struct Calibration {
  std::vector<fusion::CalibrationSample> pictures;
  std::vector<JudgingPicture> judges;
  std::string sha256;
};

/// Random crops of the pictures, which are taken in random order, each degraded as `network`
/// observes; noise levels in turn. A quarter as many again, four at least, are kept out to judge.
/// Errors  as pictures_of; BadImage.
Calibration calibration_pictures(const FuseOptions& options, const model::Network& network);

}  // namespace tessera::pipeline
