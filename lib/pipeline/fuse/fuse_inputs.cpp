// SPDX-License-Identifier: MIT
#include "pipeline/fuse/fuse_inputs.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <numeric>
#include <optional>
#include <regex>

#include "checkpoint/safetensors.h"
#include "fusion/operators/deployed_network.h"
#include "fusion/spaces/channel_spaces.h"
#include "model/architecture/published_layout.h"
#include "tessera/error.h"
#include "tessera/model.h"

namespace tessera::pipeline {
namespace {

namespace fs = std::filesystem;

std::string architecture_name(const FusionInput& input) {
  if (const auto published = model::published_network(input.checkpoint)) return published->title;
  const auto json =
      nlohmann::json::parse(input.checkpoint.metadata("tessera.architecture"), nullptr, false);
  return json.is_object() ? json.value("name", "unknown") : "unknown";
}

/// What a network is given of a picture.
const char* words_of(model::ObservationKind kind) {
  switch (kind) {
    case model::ObservationKind::Bayer:
      return "a Bayer mosaic";
    case model::ObservationKind::Decimation2:
      return "every second pixel";
    case model::ObservationKind::Mask:
      return "a picture with holes";
    case model::ObservationKind::Noise:
      return "a noisy picture";
    case model::ObservationKind::NoisyBayer:
      return "a noisy Bayer mosaic";
  }
  return "unknown";
}

/// What is wrong between an input and the one it is compared with.
class Mismatches {
 public:
  Mismatches(const FusionInput& a, const FusionInput& b) : a_(a), b_(b) {}

  std::vector<std::string> find(bool widths_may_differ) {
    compare("architecture", architecture_name(a_), architecture_name(b_));
    compare("tessera.task", a_.checkpoint.metadata("tessera.task"),
            b_.checkpoint.metadata("tessera.task"));
    compare("observation", words_of(a_.network->observation()),
            words_of(b_.network->observation()));
    for (const auto& [name, tensor] : a_.tensors) {
      const auto other = b_.tensors.find(name);
      if (other == b_.tensors.end())
        tell(fmt::format("tensor {} {} is not in {}", checkpoint::display_name(name),
                         checkpoint::text_of_shape(tensor.shape), printable_name(b_.file)));
      else
        compare_shapes(tensor, other->second, widths_may_differ);
    }
    for (const auto& [name, tensor] : b_.tensors)
      if (!a_.tensors.contains(name))
        tell(fmt::format("tensor {} {} is not in {}", checkpoint::display_name(name),
                         checkpoint::text_of_shape(tensor.shape), printable_name(a_.file)));
    if (!found_.empty()) return std::move(found_);
    try {
      compare_spaces();
    } catch (const Error& error) {
      tell(fmt::format("{} and {}: {}", printable_name(a_.file), printable_name(b_.file),
                       error.what()));
    }
    return std::move(found_);
  }

 private:
  void tell(const std::string& problem) { found_.push_back(problem); }
  void compare(const char* what, const std::string& a, const std::string& b) {
    if (a != b)
      tell(fmt::format("{} is {} in {} and {} in {}", what, a, printable_name(a_.file), b,
                       printable_name(b_.file)));
  }
  void compare_shapes(const NamedTensor& a, const NamedTensor& b, bool widths_may_differ) {
    if (a.shape == b.shape) return;
    if (widths_may_differ && a.shape.size() == b.shape.size()) return;
    tell(fmt::format("tensor {} is {} in {} and {} in {}{}", checkpoint::display_name(a.name),
                     checkpoint::text_of_shape(a.shape), printable_name(a_.file),
                     checkpoint::text_of_shape(b.shape), printable_name(b_.file),
                     widths_may_differ ? "" : " (widths may differ with method ot)"));
  }
  /// Axes that are no channels, and channels that have a meaning.
  void compare_spaces() {
    const std::vector<fusion::OperatorGraph> graphs{a_.graph, b_.graph};
    const fusion::SpaceTable table = fusion::channel_spaces(graphs);
    for (std::size_t s = 0; s < table.spaces.size(); ++s)
      if (const auto& space = table.spaces[s]; space.fixed && space.widths[0] != space.widths[1])
        // No tensor writes the input, so its space has no name.
        tell(fmt::format("{} has {} {} in {} and {} in {}: they must be equal",
                         space.name.empty() ? "the input" : space.name, space.widths[0],
                         space.name.empty() ? "channels" : "channels or heads",
                         printable_name(a_.file), space.widths[1], printable_name(b_.file)));
    for (const auto& layout : table.tensors) {
      const auto& a = a_.tensors.at(layout.name).shape;
      const auto& b = b_.tensors.at(layout.name).shape;
      for (std::size_t axis = 0; axis < layout.axes.size() && !layout.metric; ++axis)
        if (layout.axes[axis].role == fusion::AxisRole::Fixed && a[axis] != b[axis])
          tell(fmt::format("tensor {} is {} in {} and {} in {}",
                           checkpoint::display_name(layout.name), checkpoint::text_of_shape(a),
                           printable_name(a_.file), checkpoint::text_of_shape(b),
                           printable_name(b_.file)));
    }
  }

  const FusionInput &a_, &b_;
  std::vector<std::string> found_;
};

}  // namespace

std::vector<std::string> distinct_names(const std::vector<fs::path>& files,
                                        std::vector<std::string> names) {
  for (std::size_t k = names.size(); k < files.size(); ++k)
    names.push_back(name_of_model(files[k]));
  std::set<std::string> taken(names.begin(), names.end());
  taken.insert({"fused", "ensemble"});
  if (taken.size() < names.size() + 2)
    for (std::size_t k = 0; k < names.size(); ++k) names[k] = fmt::format("{} {}", k + 1, names[k]);
  return names;
}

bool same_shapes(const std::vector<FusionInput>& inputs) {
  return std::all_of(inputs.begin(), inputs.end(), [&](const FusionInput& input) {
    return std::all_of(input.tensors.begin(), input.tensors.end(), [&](const auto& entry) {
      const auto other = inputs.front().tensors.find(entry.first);
      return other != inputs.front().tensors.end() && other->second.shape == entry.second.shape;
    });
  });
}

std::vector<std::set<std::string>> tensors_by_rule(const fusion::TensorMap& tensors,
                                                   const std::vector<FuseRule>& rules) {
  std::vector<std::set<std::string>> matched;
  std::set<std::string> taken;
  for (const FuseRule& rule : rules) {
    const std::regex pattern(rule.pattern);
    std::set<std::string>& own = matched.emplace_back();
    bool any = false;
    for (const auto& [name, tensor] : tensors) {
      if (!std::regex_search(name, pattern)) continue;
      any = true;
      if (taken.insert(name).second) own.insert(name);
    }
    if (!any)
      throw Error(ErrorCode::InvalidArgument,
                  fmt::format("--set: no tensor matches \"{}\"", rule.pattern));
  }
  return matched;
}

std::optional<std::size_t> sole_input(const FuseOptions& options) {
  std::optional<std::size_t> sole;
  for (std::size_t k = 0; k < options.weights.size(); ++k) {
    if (options.weights[k] == 0.0) continue;
    if (sole) return {};
    sole = k;
  }
  return sole;
}

std::size_t anchor_of(const std::vector<FusionInput>& inputs,
                      const FuseOptions& options,
                      std::vector<std::string>& warnings) {
  if (options.anchor >= 0) return static_cast<std::size_t>(options.anchor);
  if (const auto whole = sole_input(options); options.keep_order && whole) return *whole;
  std::size_t anchor = inputs.size() - 1;
  if (same_shapes(inputs)) return anchor;
  for (std::size_t k = 0; k < inputs.size(); ++k)
    if (parameter_count(inputs[k].tensors) < parameter_count(inputs[anchor].tensors)) anchor = k;
  warnings.push_back(fmt::format("widths differ: the smallest, {}, is the anchor",
                                 printable_name(inputs[anchor].file)));
  return anchor;
}

std::int64_t parameter_count(const fusion::TensorMap& tensors) {
  std::int64_t count = 0;
  for (const auto& [name, tensor] : tensors) count += std::ssize(tensor.values);
  return count;
}

std::unique_ptr<model::Network> network_of(const fusion::TensorMap& tensors,
                                           const std::map<std::string, std::string>& metadata,
                                           const std::string& name) {
  std::vector<NamedTensor> list;
  for (const auto& [key, tensor] : tensors) {
    list.push_back(tensor);
    list.back().data_type = "F32";
  }
  return fusion::deployed_network(
      Checkpoint::from_bytes(checkpoint::safetensors_bytes(list, metadata), name), Precision::F32);
}

FusionInput fusion_input(const fs::path& file) {
  Checkpoint checkpoint = Checkpoint::open(file);
  auto network = fusion::deployed_network(checkpoint, Precision::F32);
  FusionInput input{
      file, checkpoint,           std::move(network), fusion::operators_of(checkpoint),
      {},   checkpoint.metadata()};
  for (const std::string& name : checkpoint.tensor_names())
    input.tensors.emplace(name, NamedTensor{name, checkpoint.shape(name), checkpoint.read(name),
                                            checkpoint.data_type(name)});
  return input;
}

void require_fusible(const std::vector<FusionInput>& inputs, bool widths_may_differ) {
  std::vector<std::string> all;
  for (std::size_t k = 1; k < inputs.size(); ++k)
    for (const std::string& problem : Mismatches(inputs[0], inputs[k]).find(widths_may_differ))
      all.push_back(problem);
  if (!all.empty()) throw FusionMismatch(std::move(all));
}

}  // namespace tessera::pipeline
