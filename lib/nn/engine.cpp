// SPDX-License-Identifier: MIT
#include "nn/engine.h"

#include <omp.h>

#include <cstdlib>
#include <new>

#include "base/assertion.h"
#include "nn/conv2d.h"

namespace tessera::nn {

const dnnl::engine& cpu_engine() {
  static const dnnl::engine engine(dnnl::engine::kind::cpu, 0);
  return engine;
}

namespace {

// oneDNN encodes instruction sets as sets of bits; a larger set contains the smaller one's bits.
bool supports(dnnl::cpu_isa isa) {
  const auto found = static_cast<unsigned>(dnnl::get_effective_cpu_isa());
  const auto wanted = static_cast<unsigned>(isa);
  return (found & wanted) == wanted;
}

}  // namespace

int channel_block() {
  static const int block = supports(dnnl::cpu_isa::avx512_core) ? 16 : 8;
  return block;
}

int padded_channels(int channels) {
  return (channels + channel_block() - 1) / channel_block() * channel_block();
}

bool has_native_bf16() { return supports(dnnl::cpu_isa::avx512_core_bf16); }

void set_threads_inside(int threads) { omp_set_num_threads(threads); }

void AlignedBuffer::Free::operator()(void* pointer) const noexcept { std::free(pointer); }

void* AlignedBuffer::take(std::size_t bytes) {
  if (bytes <= capacity_) return data_.get();
  data_.reset();
  capacity_ = 0;
  const std::size_t rounded = (bytes + 63) / 64 * 64;
  data_.reset(std::aligned_alloc(64, rounded));
  if (data_ == nullptr) throw std::bad_alloc();
  capacity_ = rounded;
  return data_.get();
}

WorkerMemory& worker_memory() {
  static thread_local WorkerMemory memory;
  return memory;
}

void reorder(dnnl::memory source, dnnl::memory target) {
  const dnnl::stream& stream = worker_memory().stream;
  dnnl::reorder(source, target).execute(stream, source, target);
}

}  // namespace tessera::nn
