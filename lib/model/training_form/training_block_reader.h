// SPDX-License-Identifier: MIT
#pragma once

#include <initializer_list>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "model/training_form/training_block_spec.h"

namespace tessera::model {

/// Access to the JSON description of one training block. Nothing throws: faults are collected,
/// each beginning with the name of the place, and a default goes on.
class BlockReader {
 public:
  BlockReader(const nlohmann::json& object, std::string place, std::vector<std::string>& faults)
      : object_(object), place_(std::move(place)), faults_(faults) {}

  void fault(const std::string& problem) const;
  /// A fault for every other key.
  void require_known(std::initializer_list<const char*> keys) const;
  bool flag(const char* key, bool missing) const;
  int integer(const char* key, int missing, int low, int high) const;
  double number(const char* key, double missing, double low, double high) const;
  std::string text(const char* key, const std::string& missing) const;

  /// The gates under `key` (one or an array) as operations named `prefix`.K; none when absent.
  std::vector<OpSpec> gate_ops(const char* key, int channels, const std::string& prefix) const;
  /// Appends what "branch_gates" says to its branches.
  void add_branch_gates(std::vector<BranchSpec>& branches, int channels) const;
  /// The explicit branches under "branches".
  std::vector<BranchSpec> branches(const Place& place) const;

 private:
  GateSpec gate(const nlohmann::json& item, int channels) const;
  OpSpec convolution(const nlohmann::json& item, const std::string& name, int& channels) const;
  OpSpec residual(const nlohmann::json& item, const std::string& name, int channels) const;
  OpSpec operation(const nlohmann::json& item, const std::string& name, int& channels) const;
  std::vector<OpSpec> operations(const nlohmann::json& items,
                                 const std::string& prefix,
                                 int& channels) const;

  const nlohmann::json& object_;
  std::string place_;
  std::vector<std::string>& faults_;
};

}  // namespace tessera::model
