// SPDX-License-Identifier: MIT
#include "nn/conv2d.h"

#include <omp.h>

#include <optional>
#include <utility>

#include "base/assertion.h"
#include "nn/convolution_plan.h"
#include "nn/elementwise.h"
#include "nn/engine.h"
#include "nn/feature_map_impl.h"
#include "nn/pointwise/pointwise_conv2d.h"
#include "nn/winograd/residual_pair.h"
#include "nn/winograd/winograd_conv2d.h"
#include "tessera/error.h"

namespace tessera::nn {
namespace {

using Map = FeatureMap::Impl;
using Type = dnnl::memory::data_type;

/// `map` in `format`: itself, or a copy in the worker's memory.
dnnl::memory in_format(const Map& map, MapFormat format, WorkerMemory& worker) {
  if (map.format == format) return map.memory();
  const auto wanted = meaningful_description(map.shape, format);
  void* place = worker.input.take(description(map.shape, format).get_size());
  reorder({meaningful_description(map.shape, map.format), cpu_engine(), map.buffer.data()},
          {wanted, cpu_engine(), place});
  return {description(map.shape, format), cpu_engine(), place};
}

/// Makes `out` hold the residual's numbers in `format`; nothing to do when it is that map.
void bring_residual(const FeatureMap& residual, FeatureMap& out, MapFormat format) {
  if (&residual == &out && out.impl().format == format) return;
  FeatureMap copy;
  FeatureMap& target = &residual == &out ? copy : out;
  target.impl().reset(residual.shape(), format);
  target.impl().take(residual.impl());
  if (&residual == &out) out = std::move(copy);
}

/// What becomes of spec.algorithm on this processor.
ConvAlgorithm resolved(const ConvSpec& spec) {
  const bool winograd_possible =
      spec.kernel == 3 && spec.dilation == 1 && WinogradConv2d::is_possible();
  switch (spec.algorithm) {
    case ConvAlgorithm::Bf16:
      if (!has_native_bf16())
        throw Error(ErrorCode::Refused,
                    "bf16 convolutions need a processor with native bf16 (AVX512_BF16), and this "
                    "one has none");
      return spec.kernel == 1 && spec.in_channels > kPointwiseChannels ? ConvAlgorithm::Direct
                                                                       : ConvAlgorithm::Bf16;
    case ConvAlgorithm::Auto:
      return winograd_possible && spec.in_channels >= kWinogradChannels ? ConvAlgorithm::Winograd
                                                                        : ConvAlgorithm::Direct;
    case ConvAlgorithm::Winograd:
      return winograd_possible ? ConvAlgorithm::Winograd : ConvAlgorithm::Direct;
    case ConvAlgorithm::Direct:
      break;
  }
  return ConvAlgorithm::Direct;
}

}  // namespace

struct Conv2d::Impl {
  Impl(const ConvSpec& wanted, std::span<const float> weights, std::span<const float> bias);

  MapFormat output_format(const FeatureMap* residual) const {
    Type type = algorithm == ConvAlgorithm::Bf16 ? Type::bf16 : Type::f32;
    if (residual != nullptr && type == Type::bf16) type = residual->impl().format.type;
    return {Layout::Blocked, type};
  }
  /// oneDNN's plan for maps of this size in these formats.
  std::shared_ptr<const Plan> plan(Shape shape, MapFormat input, MapFormat output) {
    return plans->find({shape.height, shape.width, input, output, omp_get_max_threads()});
  }
  /// The format in which a map of this size that was assigned from planes is read.
  MapFormat usual_input(int height, int width) {
    return plans->input_format(assigned_format(spec.in_channels), height, width);
  }
  std::shared_ptr<const Plan> usual_plan(int height, int width) {
    return plan({0, height, width}, usual_input(height, width), output_format(nullptr));
  }
  void execute(const Map& in, dnnl::memory target, MapFormat format, WorkerMemory& worker);
  void forward(const Map& in, FeatureMap& out, const FeatureMap* residual);
  /// By `conv`, which is one of our own.
  void forward_blocked(const auto& conv,
                       const Map& in,
                       FeatureMap& out,
                       const FeatureMap* residual);

  ConvSpec spec;
  ConvAlgorithm algorithm;
  // One of them:
  std::optional<WinogradConv2d> winograd;
  std::optional<PointwiseConv2d> pointwise;
  std::optional<ConvolutionPlans> plans;
};

Conv2d::Impl::Impl(const ConvSpec& wanted,
                   std::span<const float> weights,
                   std::span<const float> bias)
    : spec(wanted), algorithm(resolved(wanted)) {
  if (algorithm == ConvAlgorithm::Winograd) {
    winograd.emplace(spec, weights, bias);
  } else if (algorithm == ConvAlgorithm::Direct && spec.kernel == 1) {
    pointwise.emplace(spec, weights, bias);
  } else {
    ConvSpec direct = spec;
    direct.algorithm = algorithm;
    plans.emplace(direct, weights, bias);
  }
}

/// target = conv(in) + bias, and whatever oneDNN fuses.
void Conv2d::Impl::execute(const Map& in,
                           dnnl::memory target,
                           MapFormat format,
                           WorkerMemory& worker) {
  const MapFormat read = plans->input_format(in.format, in.shape.height, in.shape.width);
  const dnnl::memory source = in_format(in, read, worker);
  const auto made = plan(in.shape, read, format);
  const dnnl::memory scratchpad(made->scratchpad, cpu_engine(),
                                worker.scratchpad.take(made->scratchpad.get_size()));
  made->primitive.execute(worker.stream, {{DNNL_ARG_SRC, source},
                                          {DNNL_ARG_WEIGHTS, *made->weights},
                                          {DNNL_ARG_BIAS, plans->bias()},
                                          {DNNL_ARG_DST, target},
                                          {DNNL_ARG_SCRATCHPAD, scratchpad}});
}

void Conv2d::Impl::forward_blocked(const auto& conv,
                                   const Map& in,
                                   FeatureMap& out,
                                   const FeatureMap* residual) {
  if (in.format != kBlockedF32)
    return forward_blocked(conv, blocked_copy(in).impl(), out, residual);
  if (residual != nullptr && residual->impl().format != kBlockedF32) {
    bring_residual(*residual, out, kBlockedF32);
    residual = &out;
  }
  conv.forward(in, out.impl(), residual == nullptr ? nullptr : &residual->impl());
}

void Conv2d::Impl::forward(const Map& in, FeatureMap& out, const FeatureMap* residual) {
  if (winograd) return forward_blocked(*winograd, in, out, residual);
  if (pointwise) return forward_blocked(*pointwise, in, out, residual);
  const MapFormat format = output_format(residual);
  const Shape shape{spec.out_channels, in.shape.height, in.shape.width};
  WorkerMemory& worker = worker_memory();

  if (residual != nullptr)
    bring_residual(*residual, out, format);
  else
    out.impl().reset(shape, format);

  // What oneDNN cannot add itself is added afterwards, from memory of the worker.
  const bool adds_afterwards = residual != nullptr && !plans->fuses_residual();
  dnnl::memory target = out.impl().memory();
  if (adds_afterwards) target.set_data_handle(worker.output.take(target.get_desc().get_size()));
  execute(in, target, format, worker);
  if (adds_afterwards) add(out.impl(), target.get_data_handle());
}

Conv2d::Conv2d(const ConvSpec& spec, std::span<const float> weights, std::span<const float> bias)
    : impl_(std::make_unique<Impl>(spec, weights, bias)) {}
Conv2d::~Conv2d() = default;
Conv2d::Conv2d(Conv2d&&) noexcept = default;
Conv2d& Conv2d::operator=(Conv2d&&) noexcept = default;

const ConvSpec& Conv2d::spec() const { return impl_->spec; }
ConvAlgorithm Conv2d::algorithm() const { return impl_->algorithm; }

void Conv2d::forward(const FeatureMap& in, FeatureMap& out, const FeatureMap* residual) const {
  TESSERA_ASSERT(in.shape().channels == spec().in_channels);
  TESSERA_ASSERT(&in != &out);
  TESSERA_ASSERT((residual != nullptr) == spec().adds_residual);
  TESSERA_ASSERT(residual == nullptr ||
                 residual->shape() ==
                     (Shape{spec().out_channels, in.shape().height, in.shape().width}));
  impl_->forward(in.impl(), out, residual);
}

void add_residual(const Conv2d& first, const Conv2d& second, FeatureMap& h) {
  const Conv2d::Impl &a = *first.impl_, &b = *second.impl_;
  TESSERA_ASSERT(!a.spec.adds_residual && b.spec.adds_residual);
  if (a.winograd && b.winograd && h.impl().format == kBlockedF32)
    return add_residual(*a.winograd, *b.winograd, h.impl());
  FeatureMap between;
  first.forward(h, between);
  second.forward(between, h, &h);
}

void forward_sum(const Conv2d& first,
                 const FeatureMap& in,
                 const Conv2d& second,
                 const FeatureMap& more,
                 FeatureMap& out) {
  const Conv2d::Impl &a = *first.impl_, &b = *second.impl_;
  TESSERA_ASSERT(!a.spec.adds_residual && b.spec.adds_residual);
  TESSERA_ASSERT(a.spec.out_channels == b.spec.out_channels && &in != &out && &more != &out);
  TESSERA_ASSERT(in.shape().height == more.shape().height &&
                 in.shape().width == more.shape().width);
  const bool blocked = in.impl().format == kBlockedF32 && more.impl().format == kBlockedF32;
  if (a.winograd && b.winograd && blocked)
    return forward_sum(*a.winograd, in.impl(), *b.winograd, more.impl(), out.impl());
  first.forward(in, out);
  second.forward(more, out, &out);
}

// Along one axis, a 4x4 tile computes six intermediate numbers m0..m5 from the six inputs
// d0..d5 that begin one pixel before it: m0 from d0, d2, d4; m1..m4 from d1..d4; m5 from d1, d3,
// d5. Its outputs 0..3 are sums of m0..m4, m1..m4, m1..m4, m1..m5 (Lavin and Gray 2016, F(4,3)).
int Conv2d::border_after(int border) const {
  if (algorithm() != ConvAlgorithm::Winograd) return border + spec().dilation * (spec().kernel / 2);
  // No tile but the first one loses anything to a differing d0 other than its output 0; any other
  // differing input spoils the whole tile.
  const int spoiled_tiles = (border + kTileGrid - 1) / kTileGrid;
  return spoiled_tiles * kTileGrid + (border % kTileGrid == 0 ? 1 : 0);
}

std::string Conv2d::implementation(int height, int width) const {
  if (impl_->winograd) return impl_->winograd->implementation();
  return impl_->pointwise ? impl_->pointwise->implementation()
                          : impl_->usual_plan(height, width)->implementation;
}

std::size_t Conv2d::scratch_bytes(int height, int width) const {
  if (impl_->winograd) return impl_->winograd->scratch_bytes();
  if (impl_->pointwise) return 0;
  const std::size_t own = impl_->usual_plan(height, width)->scratchpad.get_size();
  const Shape input{spec().in_channels, height, width};
  const Shape output{spec().out_channels, height, width};
  const MapFormat read = impl_->usual_input(height, width);
  const bool converts = algorithm() == ConvAlgorithm::Bf16 ||
                        (spec().in_channels < channel_block() && read.layout == Layout::Blocked);
  const bool adds_afterwards = spec().adds_residual && !impl_->plans->fuses_residual();
  return own + (converts ? description(input, read).get_size() : 0) +
         (adds_afterwards ? description(output, {Layout::Blocked, Type::f32}).get_size() : 0);
}

}  // namespace tessera::nn
