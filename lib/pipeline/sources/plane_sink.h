// SPDX-License-Identifier: MIT
#pragma once

#include "pipeline/sources/tile_source.h"

namespace tessera::pipeline {

/// Collects restored regions as whole planes.
class PlaneSink final : public TileSink {
 public:
  explicit PlaneSink(TensorView<float> planes) : planes_(planes) {}
  void write(TensorView<const float> part, int top, int left, Workspace&) override {
    paste_region(part, planes_, top, left);
  }

 private:
  TensorView<float> planes_;
};

}  // namespace tessera::pipeline
