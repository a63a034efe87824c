// SPDX-License-Identifier: MIT
#pragma once

#include <compare>
#include <cstdint>
#include <dnnl.hpp>
#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <vector>

#include "nn/conv2d.h"
#include "nn/feature_map_impl.h"

namespace tessera::nn {

/// What a primitive of oneDNN is made for.
struct PlanKey {
  int height = 0, width = 0;
  MapFormat input, output;
  int threads = 1;  ///< scratch memory is sized for them
  auto operator<=>(const PlanKey&) const = default;
};

/// A primitive with its weights.
struct Plan {
  dnnl::convolution_forward primitive;
  dnnl::memory::desc scratchpad;
  std::shared_ptr<const dnnl::memory> weights;
  std::string implementation;
};

/// Makes and keeps the primitives of one convolution.
/// Threads  any number at once.
class ConvolutionPlans {
 public:
  /// Requires  spec.algorithm Direct or Bf16.
  ConvolutionPlans(const ConvSpec& spec,
                   std::span<const float> weights,
                   std::span<const float> bias);

  /// Whether oneDNN adds it itself; else a pass of our own does.
  bool fuses_residual() const;
  /// The format in which the convolution takes a map of this size that is held as `given`.
  MapFormat input_format(MapFormat given, int height, int width) const;
  /// The primitive for this key, from the cache or new.
  std::shared_ptr<const Plan> find(const PlanKey& key);
  const dnnl::memory& bias() const { return bias_; }

 private:
  using Description = dnnl::convolution_forward::primitive_desc;
  Description describe(const PlanKey& key) const;
  std::shared_ptr<const Plan> make(const PlanKey& key);
  std::shared_ptr<const dnnl::memory> reordered_weights(const dnnl::memory::desc& wanted);

  struct Entry {
    std::shared_ptr<const Plan> plan;
    std::uint64_t last_use = 0;
  };
  ConvSpec spec_;
  bool takes_planar_ = false;
  std::vector<float> weights_;  // (out, in, k, k)
  dnnl::memory bias_;           // (out, padded with zeros)

  std::mutex mutex_;
  std::map<PlanKey, Entry> entries_;
  std::uint64_t uses_ = 0;
  std::vector<std::weak_ptr<const dnnl::memory>> reordered_;
};

}  // namespace tessera::nn
