// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <nlohmann/json.hpp>

#include "base/bfloat16.h"
#include "checkpoint/half.h"
#include "checkpoint/safetensors.h"
#include "tessera/error.h"

namespace tessera::checkpoint {
namespace {

/// The header is padded with spaces to a multiple of this, so that the data begin aligned.
constexpr std::size_t kHeaderAlignment = 8;

[[noreturn]] void refuse(const NamedTensor& tensor, const std::string& problem) {
  throw Error(ErrorCode::InvalidArgument,
              fmt::format("tensor {}: {}", display_name(tensor.name), problem));
}

void check_tensor(const NamedTensor& tensor) {
  if (tensor.name == "__metadata__") refuse(tensor, "the name is reserved");
  if (!has_numbers(tensor.data_type))
    refuse(tensor, fmt::format("expected data type {}, found {}", kNumberTypes,
                               display_name(tensor.data_type)));
  std::uint64_t count = 1;
  for (const std::int64_t extent : tensor.shape)
    if (extent < 0 || __builtin_mul_overflow(count, static_cast<std::uint64_t>(extent), &count))
      refuse(tensor, "impossible shape " + text_of_shape(tensor.shape));
  if (count != tensor.values.size())
    refuse(tensor, fmt::format("shape {} needs {} values, found {}", text_of_shape(tensor.shape),
                               count, tensor.values.size()));
}

std::size_t value_bytes(const NamedTensor& tensor) {
  return static_cast<std::size_t>(bits_of_data_type(tensor.data_type)) / 8;
}

/// The tensors in the order of their data: wide values first, so that all stay aligned as readers
/// that map the file expect, then by name.
std::vector<const NamedTensor*> in_file_order(std::span<const NamedTensor> tensors) {
  std::vector<const NamedTensor*> order;
  for (const NamedTensor& tensor : tensors) {
    check_tensor(tensor);
    order.push_back(&tensor);
  }
  std::sort(order.begin(), order.end(), [](const NamedTensor* a, const NamedTensor* b) {
    if (value_bytes(*a) != value_bytes(*b)) return value_bytes(*a) > value_bytes(*b);
    return a->name < b->name;
  });
  return order;
}

std::string header_text(const std::vector<const NamedTensor*>& order,
                        const std::map<std::string, std::string>& metadata) {
  std::map<std::string, nlohmann::ordered_json> entries;
  std::size_t offset = 0;
  for (const NamedTensor* tensor : order) {
    const std::size_t end = offset + tensor->values.size() * value_bytes(*tensor);
    const nlohmann::ordered_json entry{
        {"dtype", tensor->data_type}, {"shape", tensor->shape}, {"data_offsets", {offset, end}}};
    if (!entries.emplace(tensor->name, entry).second) refuse(*tensor, "the name occurs twice");
    offset = end;
  }
  for (const auto& [key, value] : metadata)
    if (levels_of_json(value) > kDeepestMetadata)
      throw Error(ErrorCode::InvalidArgument,
                  fmt::format("checkpoint: metadata {}: nested deeper than {} levels",
                              display_name(key), kDeepestMetadata));
  nlohmann::ordered_json header;
  header["__metadata__"] = metadata;
  for (const auto& [name, entry] : entries) header.push_back({name, entry});
  std::string text;
  try {
    text = header.dump();
  } catch (const nlohmann::json::type_error&) {
    throw Error(ErrorCode::InvalidArgument, "checkpoint: a name or metadata text is not UTF-8");
  }
  text.append((kHeaderAlignment - text.size() % kHeaderAlignment) % kHeaderAlignment, ' ');
  if (text.size() > kLargestHeader)
    throw Error(ErrorCode::InvalidArgument,
                fmt::format("checkpoint: header of {} bytes, at most {} are allowed", text.size(),
                            kLargestHeader));
  return text;
}

void append(std::vector<std::byte>& bytes, const void* data, std::size_t size) {
  const auto* first = static_cast<const std::byte*>(data);
  bytes.insert(bytes.end(), first, first + size);
}

/// A value as a file has it; F16 and BF16.
std::uint16_t half_bits(float value, bool brain) {
  return brain ? base::bf16_from_float(value) : f16_from_float(value);
}
float float_from_half(std::uint16_t bits, bool brain) {
  return brain ? base::float_from_bf16(bits) : float_from_f16(bits);
}

void append_values(std::vector<std::byte>& bytes, const NamedTensor& tensor) {
  for (const float value : tensor.values) {
    float stored = value;
    if (tensor.data_type == "F32") {
      append(bytes, &value, sizeof value);
    } else if (tensor.data_type == "I64") {
      constexpr float kBeyond = 9223372036854775808.0F;  // 2^63
      if (!(std::abs(value) < kBeyond)) refuse(tensor, fmt::format("value {} as I64", value));
      const std::int64_t whole = std::llround(value);
      append(bytes, &whole, sizeof whole);
    } else {
      const bool brain = tensor.data_type == "BF16";
      const std::uint16_t bits = half_bits(value, brain);
      append(bytes, &bits, sizeof bits);
      stored = float_from_half(bits, brain);
    }
    if (!std::isfinite(stored))
      refuse(tensor, fmt::format("value {} is not finite as {}", value, tensor.data_type));
  }
}

}  // namespace

void round_as_stored(NamedTensor& tensor) {
  const bool brain = tensor.data_type == "BF16";
  if (!brain && tensor.data_type != "F16") return;
  for (float& value : tensor.values) {
    const float stored = float_from_half(half_bits(value, brain), brain);
    if (std::isfinite(stored)) value = stored;
  }
}

std::vector<std::byte> safetensors_bytes(std::span<const NamedTensor> tensors,
                                         const std::map<std::string, std::string>& metadata) {
  const std::vector<const NamedTensor*> order = in_file_order(tensors);
  const std::string header = header_text(order, metadata);
  std::vector<std::byte> bytes;
  for (std::size_t i = 0; i < kLengthBytes; ++i)
    bytes.push_back(static_cast<std::byte>(header.size() >> (8 * i)));
  append(bytes, header.data(), header.size());
  for (const NamedTensor* tensor : order) append_values(bytes, *tensor);
  return bytes;
}

}  // namespace tessera::checkpoint
