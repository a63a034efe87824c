// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <vector>

#include "tensor/tensor.h"
#include "tessera/checkpoint.h"

namespace tessera::test {

/// One golden case, written by models/train/export_golden.py: inputs and outputs that PyTorch
/// computed, and how closely they must be met.
class Golden {
 public:
  /// Opens tests/golden/<name>.safetensors.  Errors  BadCheckpoint: a missing case fails the test.
  explicit Golden(const std::string& name)
      : checkpoint_(Checkpoint::open(std::string(TESSERA_GOLDEN_DIR "/") + name + ".safetensors")) {
  }

  /// Tensor `name` as (C, H, W): the last two extents are H and W, all before them are merged into
  /// C; missing ones are 1. So (n) becomes (1, 1, n), and (2, 4, 3, H, W) becomes (24, H, W).
  Tensor operator[](const std::string& name) const {
    std::vector<std::int64_t> shape = checkpoint_.shape(name);
    shape.insert(shape.begin(), std::max<std::ptrdiff_t>(0, 3 - std::ssize(shape)), 1);
    const std::size_t leading = shape.size() - 2;
    std::int64_t channels = 1;
    for (std::size_t i = 0; i < leading; ++i) channels *= shape[i];
    Tensor tensor(static_cast<int>(channels), static_cast<int>(shape[leading]),
                  static_cast<int>(shape[leading + 1]));
    const std::vector<float> values = checkpoint_.read(name);
    std::copy(values.begin(), values.end(), tensor.data());
    return tensor;
  }
  /// Values of tensor `name`, row-major.
  std::vector<float> values(const std::string& name) const { return checkpoint_.read(name); }
  bool contains(const std::string& name) const { return checkpoint_.contains(name); }

  /// Metadata `key` as text and as a number.  Errors  std::runtime_error when absent or no number.
  std::string text(const std::string& key) const {
    const std::string value = checkpoint_.metadata(key);
    if (value.empty()) throw std::runtime_error(checkpoint_.name() + ": no metadata " + key);
    return value;
  }
  double number(const std::string& key) const { return std::stod(text(key)); }
  /// Largest relative error allowed, as the case states it.
  double tolerance() const { return number("tolerance"); }
  const Checkpoint& checkpoint() const { return checkpoint_; }

 private:
  Checkpoint checkpoint_;
};

}  // namespace tessera::test
