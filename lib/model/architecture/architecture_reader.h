// SPDX-License-Identifier: MIT
#pragma once

#include <initializer_list>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "model/network.h"

namespace tessera::model {

/// Access to one JSON object of an architecture; every fault is a BadCheckpoint that names the
/// checkpoint and the key.
class ArchitectureReader {
 public:
  /// Words and what each stands for.
  template <typename Value>
  using Words = std::vector<std::pair<std::string, Value>>;

  /// Requires `object` outlives this; `name` is the checkpoint's.
  ArchitectureReader(const nlohmann::json& object, std::string name);

  /// Errors  BadCheckpoint: the checkpoint's name and `problem`.
  [[noreturn]] void fail(const std::string& problem) const;

  /// Errors  BadCheckpoint naming keys that are not among `keys`: a network of another kind, or
  ///         a misspelt one, must not be taken for one that lacks it.
  void require_known(std::initializer_list<const char*> keys) const;
  /// Whether `key` is there and not null.
  bool has(const char* key) const;
  /// The integer under `key`.  Errors  BadCheckpoint unless from `low` to `high`.
  int integer(const char* key, int low, int high) const;
  /// Likewise, `otherwise` when the key is absent.
  int integer_or(const char* key, int low, int high, int otherwise) const;
  /// The text under `key`.
  std::string text(const char* key) const;
  /// The truth value under `key`, `otherwise` when the key is absent.
  bool boolean_or(const char* key, bool otherwise) const;
  /// What the word under `key` stands for; `otherwise` when the key is absent.
  template <typename Value>
  Value choice_or(const char* key, const Words<Value>& words, Value otherwise) const {
    if (!has(key)) return otherwise;
    std::vector<std::string> names;
    for (const auto& [name, value] : words) names.push_back(name);
    return words[position_among(key, names)].second;
  }
  /// The list under `key`, of `least` to `most` items; an empty one when the key is absent.
  const nlohmann::json& list(const char* key, std::size_t least, std::size_t most) const;
  /// The word under "observation": bayer, decimation2, mask or noise.
  ObservationKind observation() const;
  /// Likewise, or noisy_bayer.
  ObservationKind any_observation() const;
  /// The colour planes under "channels": 3, or 1 where no mosaic is observed.
  int channels(ObservationKind observation) const;

  /// Access to an object inside this one; `what` stands in the fault when it is none.
  ArchitectureReader below(const nlohmann::json& object, const std::string& what) const;
  const nlohmann::json& object() const { return object_; }

 private:
  ObservationKind observation_among(const Words<ObservationKind>& words) const;
  std::size_t position_among(const char* key, const std::vector<std::string>& words) const;

  const nlohmann::json& object_;
  std::string name_;
};

/// "unknown key 'a', 'b'": the object's keys that are not among `keys`, the first few of them by
/// name; empty when there are none.
std::string unknown_keys(const nlohmann::json& object, std::initializer_list<const char*> keys);

// Limits far above anything useful, so that a damaged number cannot ask for absurd memory.
inline constexpr int kMostPlanes = 1024;
inline constexpr int kMostBlocks = 256;

}  // namespace tessera::model
