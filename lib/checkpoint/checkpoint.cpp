// SPDX-License-Identifier: MIT
#include "tessera/checkpoint.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <fstream>

#include "base/bfloat16.h"
#include "base/files/file_content.h"
#include "checkpoint/half.h"
#include "checkpoint/safetensors.h"
#include "tessera/error.h"

namespace tessera {
namespace {

using checkpoint::refuse_checkpoint;
using checkpoint::TensorEntry;

static_assert(std::endian::native == std::endian::little, "safetensors data are little-endian");

template <typename T>
T load(const std::byte* source) {
  T value;
  std::memcpy(&value, source, sizeof value);
  return value;
}

/// Values of type T as floats.
template <typename T, typename ToFloat>
std::vector<float> floats_from(std::span<const std::byte> bytes, const ToFloat& to_float) {
  std::vector<float> values(bytes.size() / sizeof(T));
  for (std::size_t i = 0; i < values.size(); ++i)
    values[i] = to_float(load<T>(bytes.data() + i * sizeof(T)));
  return values;
}

/// Values of an F32, F16, BF16 or I64 tensor as floats.
std::vector<float> floats_of(const std::string& data_type, std::span<const std::byte> bytes) {
  if (data_type == "F32") return floats_from<float>(bytes, [](float value) { return value; });
  if (data_type == "F16")
    return floats_from<std::uint16_t>(
        bytes, [](std::uint16_t value) { return checkpoint::float_from_f16(value); });
  if (data_type == "BF16") return floats_from<std::uint16_t>(bytes, base::float_from_bf16);
  return floats_from<std::int64_t>(bytes,
                                   [](std::int64_t value) { return static_cast<float>(value); });
}

}  // namespace

struct Checkpoint::Impl {
  std::string name;
  checkpoint::SafetensorsHeader header;
  std::vector<std::byte> memory;
  std::size_t data_start = 0;  ///< in memory

  const TensorEntry& entry(const std::string& tensor) const {
    const auto found = header.tensors.find(tensor);
    if (found == header.tensors.end())
      refuse_checkpoint(name,
                        fmt::format("tensor {} is missing", checkpoint::display_name(tensor)));
    return found->second;
  }
};

Checkpoint::Checkpoint(std::shared_ptr<const Impl> impl) : impl_(std::move(impl)) {}

Checkpoint Checkpoint::open(const std::filesystem::path& file) {
  const std::string name = file.string();
  std::error_code failure;
  const std::filesystem::file_status status = std::filesystem::status(file, failure);
  if (!std::filesystem::exists(status)) refuse_checkpoint(name, "no such model file");
  if (!std::filesystem::is_regular_file(status)) refuse_checkpoint(name, "not a regular file");
  const std::uint64_t file_bytes = std::filesystem::file_size(file, failure);
  std::ifstream stream(file, std::ios::binary);
  if (failure || !stream) refuse_checkpoint(name, "cannot be read");
  const auto read = [&](std::size_t size) {
    std::vector<std::byte> bytes(size);
    stream.read(reinterpret_cast<char*>(bytes.data()), static_cast<std::streamsize>(size));
    if (static_cast<std::size_t>(stream.gcount()) != size)
      refuse_checkpoint(
          name, fmt::format("cannot be read: {} of {} bytes arrived", stream.gcount(), size));
    return bytes;
  };
  // The data are fetched only when the header is good: a large file of another kind costs nothing.
  const std::vector<std::byte> start =
      read(std::min<std::uint64_t>(file_bytes, base::kContentBytes));
  const std::size_t json_bytes = checkpoint::header_bytes(start, file_bytes, name);
  stream.seekg(checkpoint::kLengthBytes);
  const std::vector<std::byte> json = read(json_bytes);
  const std::uint64_t data_bytes = file_bytes - checkpoint::kLengthBytes - json.size();
  auto impl = std::make_shared<Impl>();
  impl->name = name;
  impl->header = checkpoint::parse_header(base::text_of(json), data_bytes, name);
  impl->memory = read(data_bytes);
  return Checkpoint(std::move(impl));
}

Checkpoint Checkpoint::from_bytes(std::vector<std::byte> bytes, const std::string& name) {
  const std::size_t json_bytes = checkpoint::header_bytes(bytes, bytes.size(), name);
  auto impl = std::make_shared<Impl>();
  impl->name = name;
  impl->data_start = checkpoint::kLengthBytes + json_bytes;
  const std::span<const std::byte> all(bytes);
  impl->header =
      checkpoint::parse_header(base::text_of(all.subspan(checkpoint::kLengthBytes, json_bytes)),
                               bytes.size() - impl->data_start, name);
  impl->memory = std::move(bytes);
  return Checkpoint(std::move(impl));
}

const std::string& Checkpoint::name() const { return impl_->name; }

std::string Checkpoint::metadata(const std::string& key) const {
  const auto found = impl_->header.metadata.find(key);
  return found == impl_->header.metadata.end() ? std::string() : found->second;
}

const std::map<std::string, std::string>& Checkpoint::metadata() const {
  return impl_->header.metadata;
}

std::vector<std::string> Checkpoint::tensor_names() const {
  std::vector<std::string> names;
  for (const auto& [name, entry] : impl_->header.tensors) names.push_back(name);
  return names;
}

bool Checkpoint::contains(const std::string& tensor) const {
  return impl_->header.tensors.contains(tensor);
}

std::vector<std::int64_t> Checkpoint::shape(const std::string& tensor) const {
  return impl_->entry(tensor).shape;
}

std::string Checkpoint::data_type(const std::string& tensor) const {
  return impl_->entry(tensor).data_type;
}

std::vector<float> Checkpoint::read(const std::string& tensor) const {
  const TensorEntry& entry = impl_->entry(tensor);
  const std::string& type = entry.data_type;
  if (!checkpoint::has_numbers(type))
    refuse_checkpoint(
        impl_->name, fmt::format("tensor {}: expected data type {}, found {}",
                                 checkpoint::display_name(tensor), checkpoint::kNumberTypes, type));
  const std::span<const std::byte> data(impl_->memory);
  std::vector<float> values =
      floats_of(type, data.subspan(impl_->data_start + entry.begin, entry.end - entry.begin));
  for (std::size_t i = 0; i < values.size(); ++i)
    if (!std::isfinite(values[i]))
      refuse_checkpoint(impl_->name,
                        fmt::format("tensor {}: value {} of {} is not finite ({})",
                                    checkpoint::display_name(tensor), i, values.size(), values[i]));
  return values;
}

}  // namespace tessera
