// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "tessera/export.h"

namespace tessera {

/// A trained model on disk: named tensors and text metadata in one safetensors file.
///
/// `open` checks the whole header against the file before anything is believed: header length,
/// JSON, data types, and byte ranges that cover the data exactly, in order, without overlap.
/// Errors   BadCheckpoint, naming the file, the tensor and the broken rule.
/// Threads  immutable once open; share it freely.
/// Source   safetensors format description, github.com/huggingface/safetensors.
class TESSERA_EXPORT Checkpoint {
 public:
  static Checkpoint open(const std::filesystem::path& file);
  /// Likewise from bytes in memory; `name` stands in messages.
  static Checkpoint from_bytes(std::vector<std::byte> bytes, const std::string& name);

  const std::string& name() const;
  /// Value under `key`; empty when absent.
  std::string metadata(const std::string& key) const;
  const std::map<std::string, std::string>& metadata() const;
  /// Names in byte order.
  std::vector<std::string> tensor_names() const;
  bool contains(const std::string& tensor) const;
  std::vector<std::int64_t> shape(const std::string& tensor) const;
  /// As the file says: "F32", "F16", "BF16", "I64", or another that read() refuses.
  std::string data_type(const std::string& tensor) const;
  /// The tensor as float32, row-major: F16 and BF16 widened, I64 (PyTorch's counters of batches)
  /// rounded.
  /// Errors: BadCheckpoint when absent, of another data type, or not finite.
  std::vector<float> read(const std::string& tensor) const;

 private:
  struct Impl;
  explicit Checkpoint(std::shared_ptr<const Impl> impl);
  std::shared_ptr<const Impl> impl_;
};

/// One tensor to be written.
struct NamedTensor {
  std::string name;
  std::vector<std::int64_t> shape;
  std::vector<float> values;      ///< row-major, product of shape many
  std::string data_type = "F32";  ///< or "F16", "BF16", "I64": rounded to that
};

/// Writes a safetensors file all or nothing, the widest types first and each sorted by name. Same
/// tensors in any order, same bytes.
/// Errors  IoFailure; InvalidArgument for what no such file can hold: names twice, reserved or not
///         UTF-8, unknown data types, sizes that disagree with shapes, values that are not finite
///         in their type, metadata nested too deep, a header above 100 MB.
TESSERA_EXPORT void write_checkpoint(const std::filesystem::path& file,
                                     std::span<const NamedTensor> tensors,
                                     const std::map<std::string, std::string>& metadata);

}  // namespace tessera
