// SPDX-License-Identifier: MIT
#include "model/architecture/architecture_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "checkpoint/safetensors.h"
#include "tessera/error.h"

namespace tessera::model {

using nlohmann::json;

namespace {

ArchitectureReader::Words<ObservationKind> observations() {
  return {{"bayer", ObservationKind::Bayer},
          {"decimation2", ObservationKind::Decimation2},
          {"mask", ObservationKind::Mask},
          {"noise", ObservationKind::Noise}};
}

}  // namespace

ArchitectureReader::ArchitectureReader(const json& object, std::string name)
    : object_(object), name_(std::move(name)) {}

void ArchitectureReader::fail(const std::string& problem) const {
  checkpoint::refuse_checkpoint(name_, problem);
}

std::string unknown_keys(const json& object, std::initializer_list<const char*> keys) {
  constexpr std::size_t kMostTold = 5;  // a damaged header may have thousands
  std::vector<std::string> told;
  std::size_t more = 0;
  for (const auto& item : object.items()) {
    if (std::find(keys.begin(), keys.end(), item.key()) != keys.end()) continue;
    if (told.size() < kMostTold)
      told.push_back(checkpoint::display_name(item.key()));
    else
      ++more;
  }
  if (told.empty()) return {};
  return fmt::format("unknown key {}{}", fmt::join(told, ", "),
                     more > 0 ? fmt::format(" and {} more", more) : "");
}

void ArchitectureReader::require_known(std::initializer_list<const char*> keys) const {
  const std::string unknown = unknown_keys(object_, keys);
  if (!unknown.empty()) fail("architecture: " + unknown);
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

std::size_t ArchitectureReader::position_among(const char* key,
                                               const std::vector<std::string>& words) const {
  const std::string word = text(key);
  const auto found = std::find(words.begin(), words.end(), word);
  if (found != words.end()) return static_cast<std::size_t>(found - words.begin());
  fail(fmt::format("architecture: \"{}\" must be one of {}, found \"{}\"", key,
                   fmt::join(words, ", "), word));
}

ObservationKind ArchitectureReader::observation_among(const Words<ObservationKind>& words) const {
  if (!has("observation")) fail("architecture lacks the text \"observation\"");
  return choice_or("observation", words, ObservationKind::Bayer);
}

ObservationKind ArchitectureReader::observation() const {
  return observation_among(observations());
}

ObservationKind ArchitectureReader::any_observation() const {
  Words<ObservationKind> words = observations();
  words.emplace_back("noisy_bayer", ObservationKind::NoisyBayer);
  return observation_among(words);
}

const json& ArchitectureReader::list(const char* key, std::size_t least, std::size_t most) const {
  static const json kNone = json::array();
  const json& found = has(key) ? object_[key] : kNone;
  if (!found.is_array() || found.size() < least || found.size() > most)
    fail(fmt::format("architecture: {} must be a list of {} to {}", key, least, most));
  return found;
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
