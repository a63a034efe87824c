// SPDX-License-Identifier: MIT
#include "checkpoint/weights.h"

#include <fmt/format.h>

#include <set>

#include "checkpoint/safetensors.h"

namespace tessera::checkpoint {
namespace {

/// Wrong tensors are stood in for by so many zeros, 64 MiB, all together; what would take more ends
/// the reading, because an architecture text that lies could otherwise ask for any amount of
/// memory.
constexpr std::uint64_t kMostStandIns = std::uint64_t{1} << 24;

}  // namespace

std::string fault_from(const Error& error, const std::string& name) {
  const std::string text = error.what();
  const std::string prefix = printable_name(name) + ": ";
  return text.starts_with(prefix) ? text.substr(prefix.size()) : text;
}

struct Weights::Record {
  explicit Record(const Checkpoint& source) : checkpoint(source) {}

  Checkpoint checkpoint;
  std::set<std::string> read;
  std::vector<std::string> faults;
  std::uint64_t stand_ins = 0;  ///< zeros handed out so far

  /// What is wrong with a tensor; empty when nothing is, and then `values` are its values.
  std::string fault_of(const std::string& name,
                       const std::vector<std::int64_t>& expected,
                       std::vector<float>& values) const {
    if (!checkpoint.contains(name))
      return fmt::format("tensor {} of shape {} is missing", display_name(name),
                         text_of_shape(expected));
    if (const std::vector<std::int64_t> found = checkpoint.shape(name); found != expected)
      return fmt::format("tensor {}: expected shape {}, found {}", display_name(name),
                         text_of_shape(expected), text_of_shape(found));
    try {
      values = checkpoint.read(name);
    } catch (const Error& error) {
      return fault_from(error, checkpoint.name());
    }
    return {};
  }

  [[noreturn]] void refuse() const {
    refuse_checkpoint(checkpoint.name(), fmt::format("{}", fmt::join(faults, "; ")));
  }
};

Weights::Weights(const Checkpoint& checkpoint) : record_(std::make_shared<Record>(checkpoint)) {}

Weights Weights::below(const std::string& prefix) const {
  Weights narrowed = *this;
  narrowed.prefix_ += prefix + ".";
  return narrowed;
}

std::vector<float> Weights::read(const std::string& name,
                                 std::vector<std::int64_t> expected) const {
  const std::string full_name = prefix_ + name;
  record_->read.insert(full_name);
  std::vector<float> values;
  const std::string fault = record_->fault_of(full_name, expected, values);
  if (fault.empty()) return values;
  record_->faults.push_back(fault);
  std::uint64_t count = 1;
  for (const std::int64_t extent : expected)
    if (extent < 0 || __builtin_mul_overflow(count, static_cast<std::uint64_t>(extent), &count) ||
        count > kMostStandIns)
      record_->refuse();
  record_->stand_ins += count;
  if (record_->stand_ins > kMostStandIns) record_->refuse();
  return std::vector<float>(count);
}

bool Weights::contains(const std::string& name) const {
  return record_->checkpoint.contains(prefix_ + name);
}

std::vector<std::string> Weights::faults() const { return record_->faults; }

std::vector<std::string> Weights::unread() const {
  std::vector<std::string> names;
  for (const std::string& name : record_->checkpoint.tensor_names())
    if (!record_->read.contains(name)) names.push_back(name);
  return names;
}

void Weights::require_all_good() const {
  for (const std::string& name : unread())
    record_->faults.push_back(
        fmt::format("tensor {} of shape {} belongs to no part of this network", display_name(name),
                    text_of_shape(record_->checkpoint.shape(name))));
  if (!record_->faults.empty()) record_->refuse();
}

}  // namespace tessera::checkpoint
