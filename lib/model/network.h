// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <string>

#include "tensor/tensor.h"
#include "tensor/workspace.h"
#include "tessera/checkpoint.h"
#include "tessera/execution.h"

namespace tessera::model {

class Trace;

/// How the input of a network was observed; decides mask, packing and first estimate.
enum class ObservationKind {
  Bayer,
  Decimation2,
  Mask,
  Noise,      ///< every sample is measured, none exactly
  NoisyBayer  ///< a mosaic whose samples are noisy: none is kept
};

/// Whether a noise level belongs to it, and no sample is kept.
constexpr bool is_noisy(ObservationKind kind) {
  return kind == ObservationKind::Noise || kind == ObservationKind::NoisyBayer;
}

/// Wide enough that the border of a picture of one colour is restored like its inner part (measured
/// in models/experiments/training.md); two pixels at an eighth of the resolution.
inline constexpr int kPictureBorder = 16;

/// What the pipeline must know to cut an image into tiles for one stage.
struct StageNeeds {
  int border = 0;  ///< pixels of context an output pixel looks at, per side, at full resolution
  int grid = 2;    ///< tile origins and sizes (border included) are multiples of this many pixels,
                   ///< except where the tile ends at the image's right or bottom edge
  std::size_t bytes_per_pixel = 0;  ///< scratch one tile pixel costs in a worker
  bool splits_tile = true;  ///< threads inside can divide nearly all of the work on one tile
};

/// Pixels at the sides of a tile whose results nobody asks for, at full resolution: a part of the
/// border, and none where the picture ends. Multiples of the stage's grid.
struct Margins {
  int top = 0, left = 0, bottom = 0, right = 0;
  friend bool operator==(const Margins&, const Margins&) = default;
};

/// One tile as a network sees it. Coordinates of its first pixel are even (Bayer phase RGGB).
/// With Noise every sample is measured, and the first estimate is the noisy picture itself.
/// Shapes  (C, H, W) unless stated, C = channels(); values in [0, 1], noisy ones beyond.
struct Observed {
  TensorView<const float> samples;   ///< measured values, 0 where missing
  TensorView<const float> mask;      ///< 1 measured, 0 missing; empty where is_noisy()
  TensorView<const float> estimate;  ///< first estimate, or the previous stage's result
  TensorView<const float> sigma{};   ///< is_noisy() only, (1, H, W): noise level over white
  Trace* trace = nullptr;            ///< who watches; see model/trace.h
  Margins margins{};                 ///< what may be left unwritten in the result
};

/// A trained network: a list of stages, each a function of the observation and the estimate so far.
/// Immutable after construction; run() may be called from many threads, each with its own scratch.
class Network {
 public:
  virtual ~Network() = default;
  virtual int channels() const = 0;  ///< colour planes in and out
  virtual ObservationKind observation() const = 0;
  /// Whether it reads Observed::sigma; one that does not was trained for one range of noise levels.
  virtual bool reads_sigma() const { return is_noisy(observation()); }
  /// Of the inner convolutions, as they run: F32 or Bf16.
  virtual Precision precision() const { return Precision::F32; }
  /// Height and width of a picture are multiples of this.
  virtual int size_multiple() const { return 2; }
  /// Pixels by which a picture is to be continued on each side: what the zeros around it do to
  /// convolutions then stays outside. 0 for published networks, which are reproduced as they are.
  virtual int picture_border() const { return kPictureBorder; }
  virtual int stage_count() const = 0;
  virtual StageNeeds needs(int stage) const = 0;
  /// Runs one stage on one tile.  Shapes  out (C, H, W), same size as `in`; H and W multiples of
  /// size_multiple().
  virtual void run(int stage,
                   const Observed& in,
                   TensorView<float> out,
                   Workspace& scratch) const = 0;
};

/// The network that a checkpoint describes; the only place that knows all architectures.
/// Errors  BadCheckpoint.
std::unique_ptr<Network> make_network(const Checkpoint& checkpoint, Precision precision);

}  // namespace tessera::model
