// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "tessera/checkpoint.h"
#include "tessera/error.h"

namespace tessera::checkpoint {

/// What an error of the file `name` says, without the name that it begins with.
std::string fault_from(const Error& error, const std::string& name);

/// Reads the tensors of one network out of a checkpoint and collects everything that is wrong:
/// missing, misshapen, not finite, and at the end whatever nobody read.
///
/// A network constructor takes its tensors through `read`; a tensor that is wrong comes back as
/// zeros of the expected shape so that the constructor can go on and all faults are listed at once.
/// Copies share one record; `below` narrows the name prefix.
class Weights {
 public:
  explicit Weights(const Checkpoint& checkpoint);

  /// The view of everything under `prefix` + ".".
  Weights below(const std::string& prefix) const;
  /// Row-major values of tensor `name` (after the prefix), expected shape checked.
  std::vector<float> read(const std::string& name, std::vector<std::int64_t> expected) const;
  bool contains(const std::string& name) const;

  /// What was wrong with the tensors read so far, one text each.
  std::vector<std::string> faults() const;
  /// The full names of the tensors that nobody read yet.
  std::vector<std::string> unread() const;
  /// Errors  BadCheckpoint listing every fault with expected and found shapes, one line.
  void require_all_good() const;

 private:
  struct Record;
  std::shared_ptr<Record> record_;
  std::string prefix_;
};

}  // namespace tessera::checkpoint
