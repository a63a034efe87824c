// SPDX-License-Identifier: MIT
#include "model/architecture/architecture_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "checkpoint/safetensors.h"
#include "tessera/error.h"

namespace tessera::model {

using nlohmann::json;

ArchitectureReader::ArchitectureReader(const json& object, std::string name)
    : object_(object), name_(std::move(name)) {}

void ArchitectureReader::fail(const std::string& problem) const {
  throw Error(ErrorCode::BadCheckpoint, fmt::format("{}: {}", printable_name(name_), problem));
}

void ArchitectureReader::require_known(std::initializer_list<const char*> keys) const {
  constexpr std::size_t kMostTold = 5;  // a damaged header may have thousands
  std::vector<std::string> told;
  std::size_t more = 0;
  for (const auto& item : object_.items()) {
    if (std::find(keys.begin(), keys.end(), item.key()) != keys.end()) continue;
    if (told.size() < kMostTold)
      told.push_back(checkpoint::display_name(item.key()));
    else
      ++more;
  }
  if (told.empty()) return;
  fail(fmt::format("architecture: unknown key {}{}", fmt::join(told, ", "),
                   more > 0 ? fmt::format(" and {} more", more) : ""));
}

bool ArchitectureReader::has(const char* key) const {
  const auto found = object_.find(key);
  return found != object_.end() && !found->is_null();
}

int ArchitectureReader::integer(const char* key, int low, int high) const {
  if (!has(key)) fail(fmt::format("architecture lacks \"{}\"", key));
  const json& found = object_[key];
  if (!found.is_number_integer() || found < low || found > high)
    fail(fmt::format("architecture: \"{}\" must be an integer from {} to {}, found {}", key, low,
                     high, found.dump()));
  return found.get<int>();
}

int ArchitectureReader::integer_or(const char* key, int low, int high, int otherwise) const {
  return has(key) ? integer(key, low, high) : otherwise;
}

std::string ArchitectureReader::text(const char* key) const {
  const auto found = object_.find(key);
  if (found == object_.end() || !found->is_string())
    fail(fmt::format("architecture lacks the text \"{}\"", key));
  return found->get<std::string>();
}

bool ArchitectureReader::boolean_or(const char* key, bool otherwise) const {
  if (!has(key)) return otherwise;
  if (!object_[key].is_boolean())
    fail(fmt::format("architecture: \"{}\" must be true or false, found {}", key,
                     object_[key].dump()));
  return object_[key].get<bool>();
}

int ArchitectureReader::choice_or(const char* key,
                                  const std::vector<std::string>& words,
                                  int otherwise) const {
  if (!has(key)) return otherwise;
  const std::string word = text(key);
  const auto found = std::find(words.begin(), words.end(), word);
  if (found != words.end()) return static_cast<int>(found - words.begin());
  fail(fmt::format("architecture: \"{}\" must be one of {}, found \"{}\"", key,
                   fmt::join(words, ", "), word));
}

ObservationKind ArchitectureReader::observation_among(const std::vector<std::string>& words) const {
  if (!has("observation")) fail("architecture lacks the text \"observation\"");
  return static_cast<ObservationKind>(choice_or("observation", words, 0));
}

ObservationKind ArchitectureReader::observation() const {
  return observation_among({"bayer", "decimation2", "mask", "noise"});
}

ObservationKind ArchitectureReader::any_observation() const {
  return observation_among({"bayer", "decimation2", "mask", "noise", "noisy_bayer"});
}

int ArchitectureReader::channels(ObservationKind observation) const {
  const int channels = integer("channels", 1, 3);
  if (channels == 2) fail("architecture: channels must be 1 or 3, found 2");
  const bool mosaic =
      observation == ObservationKind::Bayer || observation == ObservationKind::NoisyBayer;
  if (mosaic && channels != 3) fail("architecture: channels of a mosaic must be 3, found 1");
  return channels;
}

ArchitectureReader ArchitectureReader::below(const json& object, const std::string& what) const {
  if (!object.is_object()) fail(fmt::format("architecture: {} must be an object", what));
  return {object, name_};
}

}  // namespace tessera::model
