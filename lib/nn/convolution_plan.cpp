// SPDX-License-Identifier: MIT
#include "nn/convolution_plan.h"

#include <algorithm>

#include "base/assertion.h"

namespace tessera::nn {
namespace {

using Type = dnnl::memory::data_type;
using Tag = dnnl::memory::format_tag;
using dnnl::convolution_forward;

// A batch of images of many sizes, cut into tiles, meets at most four sizes an image.
constexpr std::size_t kMaxPlans = 32;
constexpr MapFormat kPlanarF32{Layout::Planar, Type::f32};
constexpr MapFormat kBlockedBf16{Layout::Blocked, Type::bf16};
// A size at which implementations are tried when a convolution is made.
constexpr int kProbeSide = 32;

bool runs(const convolution_forward::primitive_desc& description, const char* implementation) {
  return std::string(description.impl_info_str()).find(implementation) != std::string::npos;
}

dnnl::primitive_attr attributes(const ConvSpec& spec, bool fuses_residual) {
  dnnl::post_ops after;
  if (spec.activation != Activation::None)
    after.append_eltwise(1.0F, dnnl::algorithm::eltwise_relu, negative_slope(spec), 0.0F);
  if (spec.adds_residual && fuses_residual) after.append_sum(1.0F);
  dnnl::primitive_attr attributes;
  attributes.set_post_ops(after);
  attributes.set_scratchpad_mode(dnnl::scratchpad_mode::user);
  return attributes;
}

/// Taps along an axis that can meet a map of this extent. The outer taps of a dilated kernel fall
/// outside a map that is no wider than the dilation, and there oneDNN knows only its reference
/// implementation.
int taps_along(const ConvSpec& spec, int extent) {
  return spec.dilation > 1 && extent <= spec.dilation ? 1 : spec.kernel;
}

/// The middle of (out, in, k, k), as large as `wanted`, zeros for the channels it has in addition.
std::vector<float> cut_weights(const std::vector<float>& weights,
                               const ConvSpec& spec,
                               const dnnl::memory::dims& wanted) {
  const auto padded_in = wanted[1], rows = wanted[2], columns = wanted[3];
  const auto first_row = (spec.kernel - rows) / 2, first_column = (spec.kernel - columns) / 2;
  std::vector<float> cut(wanted[0] * padded_in * rows * columns, 0.0F);
  for (int o = 0; o < spec.out_channels; ++o)
    for (int c = 0; c < spec.in_channels; ++c)
      for (int i = 0; i < rows; ++i)
        for (int j = 0; j < columns; ++j) {
          const std::size_t channel = static_cast<std::size_t>(o) * spec.in_channels + c;
          cut[((o * padded_in + c) * rows + i) * columns + j] =
              weights[(channel * spec.kernel + first_row + i) * spec.kernel + first_column + j];
        }
  return cut;
}

dnnl::memory padded_bias(const ConvSpec& spec, std::span<const float> bias) {
  const int padded = padded_channels(spec.out_channels);
  dnnl::memory memory({{padded}, Type::f32, Tag::x}, cpu_engine());
  auto* values = static_cast<float*>(memory.get_data_handle());
  std::fill_n(values, padded, 0.0F);
  std::copy(bias.begin(), bias.end(), values);
  return memory;
}

}  // namespace

ConvolutionPlans::ConvolutionPlans(const ConvSpec& spec,
                                   std::span<const float> weights,
                                   std::span<const float> bias)
    : spec_(spec), weights_(weights.begin(), weights.end()), bias_(padded_bias(spec, bias)) {
  TESSERA_ASSERT(spec.algorithm == ConvAlgorithm::Direct || spec.algorithm == ConvAlgorithm::Bf16);
  TESSERA_ASSERT(spec.kernel == 1 || spec.kernel == 3);
  TESSERA_ASSERT(weights_.size() == static_cast<std::size_t>(spec.in_channels) * spec.out_channels *
                                        spec.kernel * spec.kernel);
  TESSERA_ASSERT(bias.empty() || static_cast<int>(bias.size()) == spec.out_channels);
  if (spec_.algorithm == ConvAlgorithm::Direct && spec.in_channels < channel_block() &&
      spec.dilation == 1)
    takes_planar_ = !runs(describe({kProbeSide, kProbeSide, kPlanarF32, kBlockedF32, 1}), "ref");
}

// A direct convolution with a sum after an activation would run in the reference implementation.
bool ConvolutionPlans::fuses_residual() const { return spec_.activation == Activation::None; }

MapFormat ConvolutionPlans::input_format(MapFormat given, int height, int width) const {
  if (spec_.algorithm == ConvAlgorithm::Bf16) return kBlockedBf16;
  // One channel of one pixel looks the same in all layouts, and oneDNN takes it for the wrong one.
  const bool one_pixel = height == 1 && width == 1;
  return takes_planar_ && given == kPlanarF32 && !one_pixel ? kPlanarF32 : kBlockedF32;
}

ConvolutionPlans::Description ConvolutionPlans::describe(const PlanKey& key) const {
  const auto source = description({spec_.in_channels, key.height, key.width}, key.input);
  const auto target = description({spec_.out_channels, key.height, key.width}, key.output);
  const Type type = spec_.algorithm == ConvAlgorithm::Bf16 ? Type::bf16 : Type::f32;
  const int rows = taps_along(spec_, key.height), columns = taps_along(spec_, key.width);
  const dnnl::memory::desc weights({target.dims()[1], source.dims()[1], rows, columns}, type,
                                   Tag::any);
  const dnnl::memory::dim gap = spec_.dilation - 1;
  const dnnl::memory::dims pads{spec_.dilation * (rows / 2), spec_.dilation * (columns / 2)};
  const convolution_forward::desc convolution(
      dnnl::prop_kind::forward_inference, dnnl::algorithm::convolution_direct, source, weights,
      bias_.get_desc(), target, {1, 1}, {gap, gap}, pads, pads);
  return {convolution, attributes(spec_, fuses_residual()), cpu_engine()};
}

std::shared_ptr<const Plan> ConvolutionPlans::find(const PlanKey& key) {
  const std::lock_guard lock(mutex_);
  auto found = entries_.find(key);
  if (found == entries_.end()) {
    if (entries_.size() >= kMaxPlans)
      entries_.erase(std::min_element(entries_.begin(), entries_.end(), [](auto& a, auto& b) {
        return a.second.last_use < b.second.last_use;
      }));
    found = entries_.emplace(key, Entry{make(key), 0}).first;
  }
  found->second.last_use = ++uses_;
  return found->second.plan;
}

std::shared_ptr<const Plan> ConvolutionPlans::make(const PlanKey& key) {
  const Description description = describe(key);
  auto plan = std::make_shared<Plan>();
  plan->primitive = convolution_forward(description);
  plan->scratchpad = description.scratchpad_desc();
  plan->weights = reordered_weights(description.weights_desc());
  plan->implementation = description.impl_info_str();
  return plan;
}

std::shared_ptr<const dnnl::memory> ConvolutionPlans::reordered_weights(
    const dnnl::memory::desc& wanted) {
  std::erase_if(reordered_, [](const auto& weak) { return weak.expired(); });
  for (const auto& weak : reordered_)
    if (const auto known = weak.lock(); known != nullptr && known->get_desc() == wanted)
      return known;
  std::vector<float> values = cut_weights(weights_, spec_, wanted.dims());
  const dnnl::memory::desc plain(wanted.dims(), Type::f32, Tag::oihw);
  auto memory = std::make_shared<dnnl::memory>(wanted, cpu_engine());
  reorder({plain, cpu_engine(), values.data()}, *memory);
  reordered_.push_back(memory);
  return memory;
}

}  // namespace tessera::nn
