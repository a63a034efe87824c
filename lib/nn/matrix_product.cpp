// SPDX-License-Identifier: MIT
#include "nn/matrix_product.h"

#include <algorithm>
#include <dnnl.hpp>

#include "base/assertion.h"
#include "base/threads/threads_inside.h"
#include "nn/engine.h"

namespace tessera::nn {
namespace {

using Desc = dnnl::memory::desc;
using Tag = dnnl::memory::format_tag;
constexpr auto kF32 = dnnl::memory::data_type::f32;
/// oneDNN splits the work of a primitive among the threads that there were when it was made. These
/// products are too small to be split, and run inside workers.
constexpr int kProductThreads = 1;

dnnl::primitive_attr attributes(Activation activation) {
  dnnl::primitive_attr attributes;
  attributes.set_scratchpad_mode(dnnl::scratchpad_mode::user);
  if (activation == Activation::None) return attributes;
  dnnl::post_ops after;
  after.append_eltwise(1.0F, dnnl::algorithm::eltwise_relu, 0.0F, 0.0F);
  attributes.set_post_ops(after);
  return attributes;
}

dnnl::memory memory_of(const Desc& description, std::span<const float> values) {
  // oneDNN has no memory of const; inputs are only read.
  return {description, cpu_engine(), const_cast<float*>(values.data())};
}

dnnl::memory scratch_of(const Desc& description) {
  return {description, cpu_engine(), worker_memory().scratchpad.take(description.get_size())};
}

/// For assertions.
[[maybe_unused]] std::size_t product(std::initializer_list<int> extents) {
  std::size_t count = 1;
  for (const int extent : extents) count *= static_cast<std::size_t>(extent);
  return count;
}

}  // namespace

struct Linear::Impl {
  using Primitive = dnnl::inner_product_forward;
  Impl(const LinearSpec& wanted, std::span<const float> values, std::span<const float> biases);

  LinearSpec spec;
  Primitive primitive;
  Desc x, y, scratchpad;
  dnnl::memory weights, bias;
  std::string implementation;
};

Linear::Impl::Impl(const LinearSpec& wanted,
                   std::span<const float> values,
                   std::span<const float> biases)
    : spec(wanted),
      x({spec.rows, spec.in}, kF32, Tag::ab),
      y({spec.rows, spec.out}, kF32, Tag::ab) {
  TESSERA_ASSERT(spec.activation != Activation::LeakyRelu);
  TESSERA_ASSERT(values.size() == product({spec.out, spec.in}));
  TESSERA_ASSERT(biases.size() == product({spec.out}));
  const base::ThreadsInsideScope scope(kProductThreads);
  const Desc plain({spec.out, spec.in}, kF32, Tag::ab), any({spec.out, spec.in}, kF32, Tag::any);
  const Desc b({spec.out}, kF32, Tag::a);
  const Primitive::primitive_desc description({dnnl::prop_kind::forward_inference, x, any, b, y},
                                              attributes(spec.activation), cpu_engine());
  primitive = Primitive(description);
  scratchpad = description.scratchpad_desc();
  implementation = description.impl_info_str();
  weights = dnnl::memory(description.weights_desc(), cpu_engine());
  reorder(memory_of(plain, values), weights);
  bias = dnnl::memory(b, cpu_engine());
  std::copy(biases.begin(), biases.end(), static_cast<float*>(bias.get_data_handle()));
}

Linear::Linear(const LinearSpec& spec, std::span<const float> weights, std::span<const float> bias)
    : impl_(std::make_unique<Impl>(spec, weights, bias)) {}
Linear::~Linear() = default;
Linear::Linear(Linear&&) noexcept = default;
Linear& Linear::operator=(Linear&&) noexcept = default;

const LinearSpec& Linear::spec() const { return impl_->spec; }
std::string Linear::implementation() const { return impl_->implementation; }

void Linear::forward(std::span<const float> x, std::span<float> y) const {
  TESSERA_ASSERT(x.size() == product({spec().rows, spec().in}));
  TESSERA_ASSERT(y.size() == product({spec().rows, spec().out}));
  impl_->primitive.execute(worker_memory().stream,
                           {{DNNL_ARG_SRC, memory_of(impl_->x, x)},
                            {DNNL_ARG_WEIGHTS, impl_->weights},
                            {DNNL_ARG_BIAS, impl_->bias},
                            {DNNL_ARG_DST, memory_of(impl_->y, y)},
                            {DNNL_ARG_SCRATCHPAD, scratch_of(impl_->scratchpad)}});
}

struct BatchedProduct::Impl {
  explicit Impl(const ProductSpec& wanted);

  ProductSpec spec;
  dnnl::matmul primitive;
  Desc a, b, c, scratchpad;
  std::string implementation;
};

BatchedProduct::Impl::Impl(const ProductSpec& wanted)
    : spec(wanted),
      a({spec.batch, spec.rows, spec.inner}, kF32, Tag::abc),
      b({spec.batch, spec.inner, spec.columns}, kF32, spec.transposed ? Tag::acb : Tag::abc),
      c({spec.batch, spec.rows, spec.columns}, kF32, Tag::abc) {
  const base::ThreadsInsideScope scope(kProductThreads);
  const dnnl::matmul::primitive_desc description({a, b, c}, attributes(Activation::None),
                                                 cpu_engine());
  primitive = dnnl::matmul(description);
  scratchpad = description.scratchpad_desc();
  implementation = description.impl_info_str();
}

BatchedProduct::BatchedProduct(const ProductSpec& spec) : impl_(std::make_unique<Impl>(spec)) {}
BatchedProduct::~BatchedProduct() = default;
BatchedProduct::BatchedProduct(BatchedProduct&&) noexcept = default;
BatchedProduct& BatchedProduct::operator=(BatchedProduct&&) noexcept = default;

std::string BatchedProduct::implementation() const { return impl_->implementation; }

void BatchedProduct::forward(std::span<const float> a,
                             std::span<const float> b,
                             std::span<float> c) const {
  [[maybe_unused]] const ProductSpec& spec = impl_->spec;
  TESSERA_ASSERT(a.size() == product({spec.batch, spec.rows, spec.inner}));
  TESSERA_ASSERT(b.size() == product({spec.batch, spec.inner, spec.columns}));
  TESSERA_ASSERT(c.size() == product({spec.batch, spec.rows, spec.columns}));
  impl_->primitive.execute(worker_memory().stream,
                           {{DNNL_ARG_SRC, memory_of(impl_->a, a)},
                            {DNNL_ARG_WEIGHTS, memory_of(impl_->b, b)},
                            {DNNL_ARG_DST, memory_of(impl_->c, c)},
                            {DNNL_ARG_SCRATCHPAD, scratch_of(impl_->scratchpad)}});
}

}  // namespace tessera::nn
