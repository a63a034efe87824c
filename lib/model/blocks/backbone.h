// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "checkpoint/weights.h"
#include "model/architecture/architecture.h"
#include "model/blocks/graph_block.h"
#include "nn/conv2d.h"
#include "nn/pointwise/cell_conv2d.h"
#include "tessera/execution.h"

namespace tessera::model {

class CoarserBackbone;

/// Where a backbone stands among the scales of its network.
struct BackbonePlace {
  std::string prefix;  ///< of its tensors and layers: "", "inner.", "inner.inner." and so on
  int scale = 2;       ///< its maps have 1 / scale of the picture's height and width
};

/// How a backbone gets rid of what later layers do not look at, so that a tile's border is not
/// carried through the whole network.
struct Cropping {
  Margins margins;  ///< of its map, at full resolution
  /// Pixels of the picture that differ in the end when so many pixels of this backbone's result
  /// differ from the whole picture's; see nn::Conv2d::border_after.
  std::function<int(int border)> final_border;
};

/// The residual blocks of graph_mixture_net at one resolution, h += conv2(relu(conv1(h))), with
/// feature graph blocks behind some of them and a coarser backbone behind one of them.
class Backbone {
 public:
  /// Reads blocks.*, feature_graphs.* and inner.* below `weights`.
  Backbone(const BackboneSpec& spec,
           BackbonePlace place,
           const checkpoint::Weights& weights,
           Precision precision);
  ~Backbone();
  Backbone(Backbone&&) noexcept;
  Backbone& operator=(Backbone&&) noexcept;

  /// Advances the features in place and tells `trace` every value.
  /// Shapes  h (F, H, W) at this backbone's resolution, multiples of 2 to the number of backbones
  ///         inside this one.
  /// Result  `h` and cropping.margins, smaller by what was cut off behind the coarser backbone.
  void run(nn::FeatureMap& h, Workspace& scratch, Trace* trace, Cropping& cropping) const;
  /// See nn::Conv2d::border_after; in pixels of this backbone.
  int border_after(int border) const;
  /// Floats that run() needs for one pixel of its map, the map included.
  double floats_per_pixel() const;

 private:
  struct ResidualBlock {
    nn::Conv2d conv1, conv2;
  };

  int border_after_graphs(int position, int border) const;
  int border_after_inner(int border) const;

  BackboneSpec spec_;
  BackbonePlace place_;
  std::vector<ResidualBlock> blocks_;
  std::vector<FeatureGraphBlock> feature_graphs_;
  std::unique_ptr<CoarserBackbone> inner_;  ///< or none
};

/// h + up(features(down(h))): 2x2 cells become one pixel of other channels, pass through a backbone
/// of half the resolution, and are made of it again.
class CoarserBackbone {
 public:
  /// Reads down.*, up.* and what the backbone has below `weights`. `place` is the backbone's.
  CoarserBackbone(const BackboneSpec& spec,
                  int outer_width,
                  const BackbonePlace& place,
                  const checkpoint::Weights& weights,
                  Precision precision);

  /// Shapes  h (outer width, H, W), H and W even. `cropping` is that of h behind this backbone.
  void run(nn::FeatureMap& h, Workspace& scratch, Trace* trace, Cropping& cropping) const;
  /// In pixels of `h`, as run()'s.
  int border_after(int border) const;
  /// Floats beside `h` for one pixel of it.
  double floats_per_pixel() const;

 private:
  BackbonePlace place_;
  nn::StridedConv2d down_;
  nn::TransposedConv2d up_;
  Backbone features_;
};

}  // namespace tessera::model
