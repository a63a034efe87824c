// SPDX-License-Identifier: MIT
#include "model/blocks/backbone.h"

#include <algorithm>
#include <utility>

#include "model/blocks/read_conv.h"
#include "model/trace.h"

namespace tessera::model {
namespace {

/// What remains of `margins` when all but `border` pixels are cut off in whole steps, and nothing
/// beyond `most`.
Margins smaller(const Margins& margins, const Margins& most, int border, int step) {
  const auto side = [&](int margin, int limit) {
    return std::min(margin - std::max(margin - border, 0) / step * step, limit);
  };
  return {side(margins.top, most.top), side(margins.left, most.left),
          side(margins.bottom, most.bottom), side(margins.right, most.right)};
}

/// Cuts `map`, of 1 / scale of the picture's resolution, from margins `from` to margins `to`.
void crop(nn::FeatureMap& map, const Margins& from, const Margins& to, int scale) {
  const int top = (from.top - to.top) / scale, left = (from.left - to.left) / scale;
  const int bottom = (from.bottom - to.bottom) / scale, right = (from.right - to.right) / scale;
  map.crop({top, left, map.shape().height - top - bottom, map.shape().width - left - right});
}

}  // namespace

Backbone::Backbone(const BackboneSpec& spec,
                   BackbonePlace place,
                   const checkpoint::Weights& weights,
                   Precision precision)
    : spec_(spec), place_(std::move(place)) {
  const nn::ConvSpec square{.in_channels = spec.width,
                            .out_channels = spec.width,
                            .algorithm = precision == Precision::Bf16 ? nn::ConvAlgorithm::Bf16
                                                                      : nn::ConvAlgorithm::Auto};
  nn::ConvSpec first = square, second = square;
  first.activation = nn::Activation::Relu;
  second.adds_residual = true;
  for (int k = 0; k < spec.blocks; ++k) {
    const auto block = weights.below("blocks." + std::to_string(k));
    blocks_.push_back(
        {read_conv(first, block.below("conv1")), read_conv(second, block.below("conv2"))});
  }
  for (std::size_t j = 0; j < spec.feature_graphs.size(); ++j)
    feature_graphs_.emplace_back(spec.feature_graphs[j], spec.width, place_.scale,
                                 weights.below("feature_graphs." + std::to_string(j)));
  for (const BackboneSpec& inner : spec.inner)
    inner_ = std::make_unique<CoarserBackbone>(
        inner, spec.width, BackbonePlace{place_.prefix + "inner.", 2 * place_.scale},
        weights.below("inner"), precision);
}

Backbone::~Backbone() = default;
Backbone::Backbone(Backbone&&) noexcept = default;
Backbone& Backbone::operator=(Backbone&&) noexcept = default;

void Backbone::run(nn::FeatureMap& h, Workspace& scratch, Trace* trace, Cropping& cropping) const {
  const auto enter = [&](const char* layers, std::size_t index) {
    if (trace != nullptr) trace->enter(place_.prefix + layers + std::to_string(index));
  };
  const std::string stream = place_.prefix + "features";
  const auto tell_features = [&] { trace_state(trace, stream, place_.scale, h, scratch); };
  tell_features();
  for (int k = 0; k <= spec_.blocks; ++k) {
    for (std::size_t j = 0; j < feature_graphs_.size(); ++j) {
      if (spec_.feature_graphs[j].after != k) continue;
      enter("feature_graphs.", j);
      feature_graphs_[j].filter(h, scratch, trace);
      tell_features();
    }
    if (inner_ != nullptr && spec_.inner_after == k) {
      Cropping here{cropping.margins,
                    [&](int border) { return cropping.final_border(border_after_inner(border)); }};
      inner_->run(h, scratch, trace, here);
      cropping.margins = here.margins;
      tell_features();
    }
    if (k == spec_.blocks) break;
    enter("blocks.", k);
    nn::add_residual(blocks_[k].conv1, blocks_[k].conv2, h);
    tell_features();
  }
}

// Values and their rounding travel through every layer in turn.
int Backbone::border_after(int border) const {
  for (int k = 0; k <= spec_.blocks; ++k) {
    border = border_after_graphs(k, border);
    if (inner_ != nullptr && spec_.inner_after == k)
      return border_after_inner(inner_->border_after(border));
    if (k < spec_.blocks)
      border = blocks_[k].conv2.border_after(blocks_[k].conv1.border_after(border));
  }
  return border;
}

/// Of the feature graphs behind so many blocks.
int Backbone::border_after_graphs(int position, int border) const {
  for (std::size_t j = 0; j < feature_graphs_.size(); ++j)
    if (spec_.feature_graphs[j].after == position) border += feature_graphs_[j].border();
  return border;
}

/// Of all that follows the coarser backbone.
int Backbone::border_after_inner(int border) const {
  for (int k = spec_.inner_after; k < spec_.blocks; ++k) {
    border = blocks_[k].conv2.border_after(blocks_[k].conv1.border_after(border));
    border = border_after_graphs(k + 1, border);
  }
  return border;
}

double Backbone::floats_per_pixel() const {
  // Three maps, where convolutions do not run hand in hand; a feature graph takes planes, and as
  // much again for one head.
  const double maps = feature_graphs_.empty() ? 3.0 : 5.0;
  return maps * spec_.width + (inner_ != nullptr ? inner_->floats_per_pixel() : 0.0);
}

CoarserBackbone::CoarserBackbone(const BackboneSpec& spec,
                                 int outer_width,
                                 const BackbonePlace& place,
                                 const checkpoint::Weights& weights,
                                 Precision precision)
    : place_(place),
      down_(outer_width,
            spec.width,
            weights.below("down").read("weight", {spec.width, outer_width, 2, 2}),
            weights.below("down").read("bias", {spec.width})),
      up_(spec.width,
          outer_width,
          weights.below("up").read("weight", {spec.width, outer_width, 2, 2}),
          weights.below("up").read("bias", {outer_width})),
      features_(spec, place, weights, precision) {}

void CoarserBackbone::run(nn::FeatureMap& h,
                          Workspace& scratch,
                          Trace* trace,
                          Cropping& cropping) const {
  nn::FeatureMap coarse;
  if (trace != nullptr) trace->enter(place_.prefix + "down");
  down_.forward(h, coarse);
  Cropping inside{cropping.margins, [&](int border) { return cropping.final_border(2 * border); }};
  features_.run(coarse, scratch, trace, inside);
  const int outer_scale = place_.scale / 2;
  const Margins kept = smaller(cropping.margins, inside.margins, cropping.final_border(0),
                               nn::kTileGrid * outer_scale);
  crop(coarse, inside.margins, kept, place_.scale);
  crop(h, cropping.margins, kept, outer_scale);
  cropping.margins = kept;
  if (trace != nullptr) trace->enter(place_.prefix + "up");
  up_.add_to(coarse, h);
}

int CoarserBackbone::border_after(int border) const {
  return std::max(border, 2 * features_.border_after((border + 1) / 2));
}

double CoarserBackbone::floats_per_pixel() const { return features_.floats_per_pixel() / 4.0; }

}  // namespace tessera::model
