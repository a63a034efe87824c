// SPDX-License-Identifier: MIT
#include "nn/conv2d.h"

#include <omp.h>

#include <algorithm>
#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

#include "base/assertion.h"
#include "nn/convolution_plan.h"
#include "nn/elementwise.h"
#include "nn/feature_map_impl.h"
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
      return ConvAlgorithm::Bf16;
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

  ConvolutionPlans& first() { return parts.front(); }
  MapFormat output_format(const FeatureMap* residual) {
    Type type = algorithm == ConvAlgorithm::Bf16 ? Type::bf16 : Type::f32;
    if (residual != nullptr && type == Type::bf16) type = residual->impl().format.type;
    return {Layout::Blocked, type};
  }
  /// The plan for maps of this size in these formats.
  std::shared_ptr<const Plan> plan(ConvolutionPlans& part,
                                   Shape shape,
                                   MapFormat input,
                                   MapFormat output) {
    return part.find({shape.height, shape.width, input, output, omp_get_max_threads()});
  }
  /// The format in which a map of this size that was assigned from planes is read.
  MapFormat usual_input(int height, int width) {
    return first().input_format(assigned_format(spec.in_channels), height, width);
  }
  std::shared_ptr<const Plan> usual_plan(int height, int width) {
    return plan(first(), {0, height, width}, usual_input(height, width), output_format(nullptr));
  }
  /// Whether oneDNN does itself what follows the sum over channels.
  bool fuses_activation() { return parts.size() == 1; }
  bool fuses_residual() { return parts.size() == 1 && first().fuses_residual(); }
  void execute(ConvolutionPlans& part,
               const Plan& plan,
               dnnl::memory source,
               dnnl::memory target,
               WorkerMemory& worker);
  /// target = conv(in) + bias, and whatever oneDNN fuses.
  void sum_parts(const Map& in, const dnnl::memory& target, MapFormat format, WorkerMemory& worker);
  void forward(const Map& in, FeatureMap& out, const FeatureMap* residual);
  void forward_winograd(const Map& in, FeatureMap& out, const FeatureMap* residual);

  ConvSpec spec;
  ConvAlgorithm algorithm;
  std::optional<WinogradConv2d> winograd;
  /// Without Winograd, of the input's channels; their results are summed up.
  std::deque<ConvolutionPlans> parts;
};

Conv2d::Impl::Impl(const ConvSpec& wanted,
                   std::span<const float> weights,
                   std::span<const float> bias)
    : spec(wanted), algorithm(resolved(wanted)) {
  if (algorithm == ConvAlgorithm::Winograd) {
    winograd.emplace(spec, weights, bias);
    return;
  }
  if (spec.kernel != 1 || spec.in_channels <= kPointwiseChannels) {
    ConvSpec direct = spec;
    direct.algorithm = algorithm;
    parts.emplace_back(direct, weights, bias);
    return;
  }
  algorithm = ConvAlgorithm::Direct;
  const int count = (spec.in_channels + kPointwiseChannels - 1) / kPointwiseChannels;
  const int width = padded_channels((spec.in_channels + count - 1) / count);
  for (int begin = 0; begin < spec.in_channels; begin += width) {
    const int end = std::min(begin + width, spec.in_channels);
    std::vector<float> columns;
    for (int o = 0; o < spec.out_channels; ++o) {
      const auto row = weights.subspan(static_cast<std::size_t>(o) * spec.in_channels);
      columns.insert(columns.end(), row.begin() + begin, row.begin() + end);
    }
    // Sums that are stored in between are stored in fp32.
    parts.emplace_back(ConvSpec{.in_channels = end - begin,
                                .out_channels = spec.out_channels,
                                .kernel = 1,
                                .adds_residual = begin > 0,
                                .algorithm = algorithm},
                       columns, begin == 0 ? bias : std::span<const float>{});
  }
}

void Conv2d::Impl::execute(ConvolutionPlans& part,
                           const Plan& plan,
                           dnnl::memory source,
                           dnnl::memory target,
                           WorkerMemory& worker) {
  const dnnl::memory scratchpad(plan.scratchpad, cpu_engine(),
                                worker.scratchpad.take(plan.scratchpad.get_size()));
  plan.primitive.execute(worker.stream, {{DNNL_ARG_SRC, source},
                                         {DNNL_ARG_WEIGHTS, *plan.weights},
                                         {DNNL_ARG_BIAS, part.bias()},
                                         {DNNL_ARG_DST, target},
                                         {DNNL_ARG_SCRATCHPAD, scratchpad}});
}

void Conv2d::Impl::sum_parts(const Map& in,
                             const dnnl::memory& target,
                             MapFormat format,
                             WorkerMemory& worker) {
  const MapFormat read = first().input_format(in.format, in.shape.height, in.shape.width);
  const dnnl::memory source = in_format(in, read, worker);
  if (parts.size() == 1)
    return execute(first(), *plan(first(), in.shape, read, format), source, target, worker);
  auto* values = static_cast<float*>(source.get_data_handle());
  for (ConvolutionPlans& part : parts) {
    // Blocks of channels lie one behind the other.
    const Shape slice{part.in_channels(), in.shape.height, in.shape.width};
    execute(part, *plan(part, in.shape, read, format),
            {description(slice, read), cpu_engine(), values}, target, worker);
    values += slice.plane() * static_cast<std::size_t>(padded_channels(slice.channels));
  }
}

void Conv2d::Impl::forward_winograd(const Map& in, FeatureMap& out, const FeatureMap* residual) {
  if (in.format != kBlockedF32) return forward_winograd(blocked_copy(in).impl(), out, residual);
  if (residual != nullptr && residual->impl().format != kBlockedF32) {
    bring_residual(*residual, out, kBlockedF32);
    residual = &out;
  }
  winograd->forward(in, out.impl(), residual == nullptr ? nullptr : &residual->impl());
}

void Conv2d::Impl::forward(const Map& in, FeatureMap& out, const FeatureMap* residual) {
  if (winograd) return forward_winograd(in, out, residual);
  const MapFormat format = output_format(residual);
  const Shape shape{spec.out_channels, in.shape.height, in.shape.width};
  WorkerMemory& worker = worker_memory();

  if (residual != nullptr)
    bring_residual(*residual, out, format);
  else
    out.impl().reset(shape, format);

  // What oneDNN cannot add itself is added afterwards, from memory of the worker.
  const bool adds_afterwards = residual != nullptr && !fuses_residual();
  dnnl::memory target = out.impl().memory();
  if (adds_afterwards) target.set_data_handle(worker.output.take(target.get_desc().get_size()));
  sum_parts(in, target, format, worker);
  if (spec.activation != Activation::None && !fuses_activation())
    leaky_relu(target.get_data_handle(), shape, format, spec.leaky_slope);
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
  return impl_->winograd ? impl_->winograd->implementation()
                         : impl_->usual_plan(height, width)->implementation;
}

std::size_t Conv2d::scratch_bytes(int height, int width) const {
  if (impl_->winograd) return impl_->winograd->scratch_bytes();
  const std::size_t own = impl_->usual_plan(height, width)->scratchpad.get_size();
  const Shape input{spec().in_channels, height, width};
  const Shape output{spec().out_channels, height, width};
  const MapFormat read = impl_->usual_input(height, width);
  const bool converts = algorithm() == ConvAlgorithm::Bf16 ||
                        (spec().in_channels < channel_block() && read.layout == Layout::Blocked);
  const bool adds_afterwards = spec().adds_residual && !impl_->fuses_residual();
  return own + (converts ? description(input, read).get_size() : 0) +
         (adds_afterwards ? description(output, {Layout::Blocked, Type::f32}).get_size() : 0);
}

}  // namespace tessera::nn
