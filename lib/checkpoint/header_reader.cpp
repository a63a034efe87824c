// SPDX-License-Identifier: MIT
#include "checkpoint/header_reader.h"

#include <fmt/format.h>

#include <limits>
#include <nlohmann/json.hpp>
#include <utility>

#include "tessera/error.h"

namespace tessera::checkpoint {
namespace {

constexpr const char* kMetadataKey = "__metadata__";

}  // namespace

/// The events of nlohmann's parser, handed on: true goes on, what does not belong is thrown.
struct HeaderReader::Events {
  HeaderReader& reader;

  bool null() { return refuse("null"); }
  bool boolean(bool) { return refuse("a boolean"); }
  bool number_integer(std::int64_t) { return refuse("a negative number"); }
  bool number_float(double, const std::string&) { return refuse("a number that is no integer"); }
  bool binary(std::vector<std::uint8_t>&) { return refuse("binary data"); }
  bool number_unsigned(std::uint64_t value) { return reader.number(value), true; }
  bool string(std::string& value) { return reader.text(value), true; }
  bool start_object(std::size_t) { return reader.start_object(), true; }
  bool key(std::string& name) { return reader.key(name), true; }
  bool end_object() { return reader.end_object(), true; }
  bool start_array(std::size_t) { return reader.start_array(), true; }
  bool end_array() { return reader.end_array(), true; }
  bool parse_error(std::size_t position, const std::string&, const nlohmann::json::exception&) {
    reader.refuse(fmt::format("the header is not valid JSON at byte {}", position));
  }
  bool refuse(const char* kind) { return reader.refuse_value(kind), false; }
};

SafetensorsHeader HeaderReader::read(std::string_view json) {
  Events events{*this};
  nlohmann::json::sax_parse(json.begin(), json.end(), &events);
  return std::move(header_);
}

void HeaderReader::refuse(const std::string& problem) const { refuse_checkpoint(file_, problem); }

/// A value of a kind that may not stand here.
void HeaderReader::refuse_value(const std::string& kind) const {
  if (place_ == Place::Metadata)
    refuse(fmt::format("metadata {}: expected text, found {}", display_name(field_), kind));
  if (place_ == Place::Header)
    refuse(fmt::format("{}: expected an object, found {}", display_name(name_), kind));
  refuse(
      fmt::format("tensor {}: field {} holds {}", display_name(name_), display_name(field_), kind));
}

void HeaderReader::start_object() {
  if (place_ == Place::Start)
    place_ = Place::Header;
  else if (place_ == Place::Header)
    place_ = name_ == kMetadataKey ? Place::Metadata : Place::Tensor;
  else
    refuse_value("an object");
  fields_.clear();
}

void HeaderReader::end_object() {
  if (place_ == Place::Tensor) close_tensor();
  place_ = place_ == Place::Header ? Place::End : Place::Header;
}

void HeaderReader::key(const std::string& name) {
  if (place_ == Place::Header) {
    if (!names_.insert(name).second) refuse(fmt::format("{} occurs twice", display_name(name)));
    name_ = name;
    return;
  }
  field_ = name;
  const std::string owner =
      place_ == Place::Metadata ? "metadata" : "tensor " + display_name(name_);
  if (!fields_.insert(name).second)
    refuse(fmt::format("{}: {} occurs twice", owner, display_name(name)));
  if (place_ == Place::Tensor && name != "dtype" && name != "shape" && name != "data_offsets")
    refuse(fmt::format("{}: unknown field {}", owner, display_name(name)));
}

void HeaderReader::text(const std::string& value) {
  if (place_ == Place::Metadata) {
    if (levels_of_json(value) > kDeepestMetadata)
      refuse(fmt::format("metadata {}: nested deeper than {} levels", display_name(field_),
                         kDeepestMetadata));
    header_.metadata[field_] = value;
  } else if (place_ == Place::Tensor && field_ == "dtype") {
    entry_.data_type = value;
  } else {
    refuse_value("text");
  }
}

void HeaderReader::start_array() {
  if (place_ == Place::Tensor && field_ == "shape")
    place_ = Place::Shape;
  else if (place_ == Place::Tensor && field_ == "data_offsets")
    place_ = Place::Offsets;
  else
    refuse_value("an array");
}

void HeaderReader::end_array() { place_ = Place::Tensor; }

void HeaderReader::number(std::uint64_t value) {
  if (place_ == Place::Shape) {
    if (value > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()))
      refuse(fmt::format("tensor {}: shape overflows", display_name(name_)));
    entry_.shape.push_back(static_cast<std::int64_t>(value));
  } else if (place_ == Place::Offsets && offsets_.size() < 2) {
    offsets_.push_back(value);
  } else {
    refuse_value(place_ == Place::Offsets ? "more than two numbers" : "a number");
  }
}

void HeaderReader::close_tensor() {
  for (const char* field : {"dtype", "shape", "data_offsets"})
    if (!fields_.contains(field))
      refuse(fmt::format("tensor {}: field '{}' is missing", display_name(name_), field));
  if (offsets_.size() != 2)
    refuse(fmt::format("tensor {}: expected two data offsets, found {}", display_name(name_),
                       offsets_.size()));
  entry_.begin = offsets_[0];
  entry_.end = offsets_[1];
  header_.tensors[name_] = std::exchange(entry_, {});
  offsets_.clear();
}

}  // namespace tessera::checkpoint
