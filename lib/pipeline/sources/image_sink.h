// SPDX-License-Identifier: MIT
#pragma once

#include <functional>

#include "pipeline/sources/tile_source.h"
#include "tessera/image.h"

namespace tessera::pipeline {

/// Writes restored regions into a picture, rounded to its type, and puts the measured samples back.
class ImageSink final : public TileSink {
 public:
  /// Copies the measured samples of a region of `target` from the file's own numbers.
  using PutBack = std::function<void(Region region)>;

  /// Changes the restored planes of a region of `target` before they are rounded.
  /// Threads  called for several regions at once.
  using Finish = std::function<void(TensorView<float> planes, Region region)>;

  /// `top`, `left`: where the picture starts in the source's coordinates. `target` outlives this.
  /// Neither function has to be there.
  ImageSink(Image& target, int top, int left, PutBack put_back = {}, Finish finish = {});
  /// What lies outside the picture is dropped; three planes for a grey picture are averaged.
  /// Errors  BadImage when a value is not finite.
  void write(TensorView<const float> planes, int top, int left, Workspace& scratch) override;

 private:
  Image& target_;
  int top_, left_;
  PutBack put_back_;
  Finish finish_;
};

}  // namespace tessera::pipeline
