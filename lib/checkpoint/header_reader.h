// SPDX-License-Identifier: MIT
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "checkpoint/safetensors.h"

namespace tessera::checkpoint {

/// Reads the JSON of a safetensors header event by event: nothing is built that the format does not
/// name, so hostile text (deep nesting, endless arrays) costs no more than its own length, and a
/// key that occurs twice is seen.
class HeaderReader {
 public:
  /// `file` stands at the beginning of messages.
  explicit HeaderReader(std::string file) : file_(std::move(file)) {}
  /// Types, keys and duplicates checked, byte ranges not yet.  Errors  BadCheckpoint.
  SafetensorsHeader read(std::string_view json);

 private:
  struct Events;
  enum class Place { Start, Header, Metadata, Tensor, Shape, Offsets, End };

  [[noreturn]] void refuse(const std::string& problem) const;
  [[noreturn]] void refuse_value(const std::string& kind) const;
  void start_object();
  void end_object();
  void start_array();
  void end_array();
  void key(const std::string& name);
  void text(const std::string& value);
  void number(std::uint64_t value);
  void close_tensor();

  std::string file_;
  SafetensorsHeader header_;
  Place place_ = Place::Start;
  std::set<std::string> names_;   ///< keys of the header so far
  std::string name_;              ///< the tensor being read
  std::set<std::string> fields_;  ///< its fields so far
  std::string field_;             ///< the field, or key of the metadata, being read
  std::vector<std::uint64_t> offsets_;
  TensorEntry entry_;
};

}  // namespace tessera::checkpoint
