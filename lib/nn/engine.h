// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <dnnl.hpp>
#include <memory>
#include <utility>
#include <vector>

namespace tessera::nn {

/// oneDNN's processor, one for all.
const dnnl::engine& cpu_engine();
/// Channels that lie side by side in a blocked map: 16 with AVX-512, otherwise 8.
int channel_block();
/// Whether there are vectors of eight floats with fused multiply-adds.
bool has_avx2_fma();
/// Whether this processor multiplies bf16 natively.
bool has_native_bf16();
/// `channels` rounded up to whole blocks.
int padded_channels(int channels);

/// Uninitialised bytes, 64-byte aligned.
struct NumberBlock {
  struct Free {
    void operator()(void* pointer) const noexcept;
  };
  NumberBlock() = default;
  explicit NumberBlock(std::size_t bytes);

  std::unique_ptr<void, Free> data;
  std::size_t size = 0;
};

/// Floats that stay as long as a network, 64-byte aligned.
using LastingNumbers = std::shared_ptr<float>;

/// So many, all of them 0. Those that a thread asks for lie side by side in blocks of megabytes, in
/// huge pages, see base::allocate_numbers; a block is freed with the last of its numbers.
LastingNumbers lasting_zeros(std::size_t count);

/// Memory that maps of a worker have given back: touched already, and of the sizes that the next
/// tile will ask for. With what is lent it is a quarter more than was ever lent at once, at most.
class SpareBlocks {
 public:
  /// A block of at least `bytes` bytes: the smallest one kept, but for one of more than twice the
  /// size, or a new one.
  NumberBlock take(std::size_t bytes);
  /// Keeps a block that take() lent.
  void give(NumberBlock block);
  std::size_t count() const { return blocks_.size(); }

 private:
  std::vector<NumberBlock> blocks_;             ///< in the order in which they were given back
  std::size_t lent_ = 0, kept_ = 0, peak_ = 0;  ///< bytes; peak_: the most that was ever lent
};

/// Uninitialised bytes, 64-byte aligned; growing forgets the content, shrinking frees nothing.
class AlignedBuffer {
 public:
  AlignedBuffer() = default;
  ~AlignedBuffer();
  AlignedBuffer(const AlignedBuffer&) = delete;
  AlignedBuffer& operator=(const AlignedBuffer&) = delete;
  /// At least `bytes` bytes; valid until the next call.
  void* take(std::size_t bytes);
  void* data() const { return block_.data.get(); }
  void swap(AlignedBuffer& other) noexcept { std::swap(block_, other.block_); }

 private:
  NumberBlock block_;
};

/// What a thread needs while a convolution runs, kept from one convolution to the next. A thread
/// runs one at a time, so one set serves all networks and maps of a worker.
struct WorkerMemory {
  dnnl::stream stream{cpu_engine()};
  SpareBlocks spare;
  AlignedBuffer scratchpad;  ///< of the convolution that runs
  AlignedBuffer input;       ///< the input in another format
  AlignedBuffer output;      ///< the result before a residual that could not be fused
};
/// The calling thread's.
WorkerMemory& worker_memory();

/// Copies and converts between formats; source and target may differ in layout and type.
void reorder(dnnl::memory source, dnnl::memory target);

}  // namespace tessera::nn
