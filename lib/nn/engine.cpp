// SPDX-License-Identifier: MIT
#include "nn/engine.h"

#include <algorithm>
#include <cstdlib>
#include <new>
#include <utility>

#include "base/assertion.h"
#include "base/machine/large_memory.h"
#include "base/rounding.h"
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

int padded_channels(int channels) { return base::rounded_up(channels, channel_block()); }

bool has_avx2_fma() {
#ifdef TESSERA_X86_KERNELS
  return supports(dnnl::cpu_isa::avx2) && __builtin_cpu_supports("fma") != 0;
#else
  return false;
#endif
}

bool has_native_bf16() { return supports(dnnl::cpu_isa::avx512_core_bf16); }

void NumberBlock::Free::operator()(void* pointer) const noexcept { std::free(pointer); }

NumberBlock::NumberBlock(std::size_t bytes) : data(base::allocate_numbers(bytes)), size(bytes) {}

namespace {

/// Large enough for huge pages, see base::allocate_numbers.
constexpr std::size_t kLastingBytes = std::size_t{4} << 20;
constexpr std::size_t kLine = 64;

/// A block that numbers are taken from, one piece behind the other, as long as some are in use.
struct LastingBlock {
  std::weak_ptr<NumberBlock> block;
  std::size_t used = 0;
};

}  // namespace

LastingNumbers lasting_zeros(std::size_t count) {
  static thread_local LastingBlock current;
  const std::size_t bytes = base::rounded_up(count * sizeof(float), kLine);
  std::shared_ptr<NumberBlock> block = current.block.lock();
  if (!block || current.used + bytes > block->size) {
    block = std::make_shared<NumberBlock>(std::max(bytes, kLastingBytes));
    current = {block, 0};
  }
  auto* const numbers =
      reinterpret_cast<float*>(static_cast<std::byte*>(block->data.get()) + current.used);
  current.used += bytes;
  std::fill_n(numbers, count, 0.0F);
  return {std::move(block), numbers};
}

/// What may be kept beyond the peak, as a part of it; as in Workspace.
constexpr std::size_t kSparePart = 4;

NumberBlock SpareBlocks::take(std::size_t bytes) {
  auto best = blocks_.end();
  for (auto block = blocks_.begin(); block != blocks_.end(); ++block)
    if (block->size >= bytes && block->size <= 2 * bytes &&
        (best == blocks_.end() || block->size < best->size))
      best = block;
  const auto lend = [this](NumberBlock block) {
    lent_ += block.size;
    peak_ = std::max(peak_, lent_);
    return block;
  };
  if (best != blocks_.end()) {
    NumberBlock found = std::move(*best);
    blocks_.erase(best);
    kept_ -= found.size;
    return lend(std::move(found));
  }
  const std::size_t after = lent_ + bytes, peak = std::max(peak_, after);
  while (!blocks_.empty() && after + kept_ > peak + peak / kSparePart) {
    kept_ -= blocks_.front().size;
    blocks_.erase(blocks_.begin());
  }
  return lend(NumberBlock(bytes));
}

void SpareBlocks::give(NumberBlock block) {
  const std::size_t size = block.size;
  lent_ -= std::min(lent_, size);
  try {
    blocks_.push_back(std::move(block));
    kept_ += size;
  } catch (const std::bad_alloc&) {
    // Then it goes back to the system: destructors give blocks, too.
  }
}

AlignedBuffer::~AlignedBuffer() {
  if (block_.data != nullptr) worker_memory().spare.give(std::move(block_));
}

void* AlignedBuffer::take(std::size_t bytes) {
  if (bytes <= block_.size) return block_.data.get();
  SpareBlocks& spare = worker_memory().spare;
  if (block_.data != nullptr) spare.give(std::exchange(block_, {}));
  block_ = spare.take(bytes);
  return block_.data.get();
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
