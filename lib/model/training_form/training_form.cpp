// SPDX-License-Identifier: MIT
#include "model/training_form/training_form.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/finite.h"
#include "checkpoint/safetensors.h"
#include "model/blocks/observation_pack.h"
#include "model/network.h"
#include "model/networks/conv_net.h"
#include "model/training_form/not_foldable.h"
#include "tessera/error.h"
#include "tessera/version.h"

namespace tessera::model {
namespace {

using nlohmann::json;
constexpr const char* kArchitecture = "tessera.architecture";
constexpr const char* kBlocks = "training_blocks";

[[noreturn]] void refuse(const std::string& name, const std::vector<std::string>& faults) {
  checkpoint::refuse_checkpoint(name, fmt::format("{}", fmt::join(faults, "; ")));
}

/// The convolutions of the residual blocks of every resolution.
void add_residual_places(const BackboneSpec& spec,
                         const std::string& prefix,
                         std::vector<Place>& places) {
  for (int k = 0; k < spec.blocks; ++k)
    for (const char* conv : {"conv1", "conv2"})
      places.push_back({fmt::format("{}blocks.{}.{}", prefix, k, conv), spec.width, spec.width});
  for (const BackboneSpec& inner : spec.inner)
    add_residual_places(inner, prefix + "inner.", places);
}

struct PlacesOf {
  NamedPlaces operator()(const GraphMixtureSpec& spec) const {
    NamedPlaces places;
    add_residual_places(spec.backbone, "", places.standard);
    places.all = places.standard;
    const int packed = packed_planes(spec.observation, spec.channels), width = spec.backbone.width;
    places.all.push_back({"head", packed, width});
    places.all.push_back({"skip", packed, 4 * spec.channels});
    places.all.push_back({"tail", width, 4 * spec.channels});
    return places;
  }
  NamedPlaces operator()(const ConvNetSpec& spec) const {
    NamedPlaces places;
    int in = input_planes(spec);
    for (const ConvLayerSpec& layer : spec.layers) {
      places.all.push_back({layer.tensors, in, layer.out_channels, layer.kernel, layer.dilation});
      if (layer.kernel == 3) places.standard.push_back(places.all.back());
      in = layer.out_channels;
    }
    return places;
  }
  NamedPlaces operator()(const UnrolledGraphSpec&) const { return {}; }
  NamedPlaces operator()(const TransformerSpec&) const { return {}; }
};

/// The description of each place that has one.
std::vector<std::pair<Place, json>> described_places(const json& blocks,
                                                     const NamedPlaces& places,
                                                     std::vector<std::string>& faults) {
  std::vector<std::pair<Place, json>> described;
  if (!blocks.contains("places")) {
    for (const Place& place : places.standard) described.emplace_back(place, blocks);
    return described;
  }
  const json& named = blocks["places"];
  if (!named.is_object() || blocks.size() != 1) {
    faults.push_back("training_blocks: \"places\" must be an object and stand alone");
    return described;
  }
  for (const auto& item : named.items()) {
    const auto place = std::find_if(places.all.begin(), places.all.end(),
                                    [&](const Place& each) { return each.name == item.key(); });
    if (place == places.all.end())
      faults.push_back(
          fmt::format("training_blocks: the network has no convolution \"{}\"", item.key()));
    else
      described.emplace_back(*place, item.value());
  }
  return described;
}

json parsed_architecture(const Checkpoint& checkpoint) {
  return json::parse(checkpoint.metadata(kArchitecture), nullptr, /*allow_exceptions=*/false);
}

std::vector<float> floats_from(const std::vector<double>& values) {
  return {values.begin(), values.end()};
}

/// A tensor; zeros in its place when its values are no good, which is a fault.
NamedTensor read_or_zeros(const Checkpoint& checkpoint,
                          const std::string& name,
                          std::vector<std::string>& faults) {
  NamedTensor tensor{name, checkpoint.shape(name), {}, checkpoint.data_type(name)};
  try {
    tensor.values = checkpoint.read(name);
  } catch (const Error& error) {
    faults.push_back(checkpoint::fault_from(error, checkpoint.name()));
    std::size_t count = 1;
    for (const std::int64_t extent : tensor.shape) count *= static_cast<std::size_t>(extent);
    tensor.values.assign(count, 0.0F);
  }
  return tensor;
}

/// A live gate as it stands in a description.
json description_of(const GateSpec& spec) {
  return {{"kind", name_of(spec)},
          {"hidden", spec.hidden},
          {"taps", spec.taps},
          {"activation", spec.silu ? "silu" : "relu"},
          {"bias", spec.bias}};
}

}  // namespace

NamedPlaces places_of(const Architecture& target) { return std::visit(PlacesOf{}, target); }

bool TrainingForm::describes(const Checkpoint& checkpoint) {
  const json architecture = parsed_architecture(checkpoint);
  return architecture.is_object() && architecture.contains(kBlocks);
}

TrainingForm::TrainingForm(const Checkpoint& checkpoint)
    : name_(checkpoint.name()), metadata_(checkpoint.metadata()) {
  json architecture = parsed_architecture(checkpoint);
  if (!architecture.is_object() || !architecture.contains(kBlocks))
    refuse(name_, {"its architecture has no \"training_blocks\"; not a training form"});
  blocks_json_ = architecture[kBlocks].dump();
  architecture.erase(kBlocks);
  target_json_ = architecture.dump();
  target_ = architecture_from_json(target_json_, name_);
  std::vector<std::string> faults;
  read_blocks(checkpoint, faults);
  check_the_rest(std::move(faults));
}

void TrainingForm::read_blocks(const Checkpoint& checkpoint, std::vector<std::string>& faults) {
  const checkpoint::Weights weights(checkpoint);
  std::vector<std::string> wrong_tensors;
  for (const auto& [place, description] :
       described_places(json::parse(blocks_json_), places_of(target_), faults)) {
    const std::size_t before = faults.size();
    const BlockSpec spec = block_spec_from_json(description, place, faults);
    // A wrong description says nothing about tensors.
    if (faults.size() > before) continue;
    blocks_.push_back(
        {place, TrainingBlock(spec, place.name, weights.below(place.name), wrong_tensors)});
  }
  if (blocks_.empty() && faults.empty())
    faults.push_back("training_blocks: no convolution of this network can be folded");
  const bool descriptions_are_good = faults.empty();
  for (const auto& found : {wrong_tensors, weights.faults()})
    faults.insert(faults.end(), found.begin(), found.end());
  if (!descriptions_are_good) refuse(name_, faults);
  for (const std::string& tensor : weights.unread())
    rest_.push_back(read_or_zeros(checkpoint, tensor, faults));
}

void TrainingForm::check_the_rest(std::vector<std::string> faults) const {
  // A network of this shape with zeros at the blocks finds what else is missing or left over.
  std::vector<NamedTensor> tensors = rest_;
  for (const PlacedBlock& entry : blocks_) {
    const Place& place = entry.place;
    const auto count = static_cast<std::size_t>(place.out) * place.in * place.kernel * place.kernel;
    tensors.push_back({place.name + ".weight",
                       {place.out, place.in, place.kernel, place.kernel},
                       std::vector<float>(count)});
    tensors.push_back({place.name + ".bias", {place.out}, std::vector<float>(place.out)});
  }
  auto metadata = metadata_;
  metadata[kArchitecture] = target_json_;
  try {
    make_network(Checkpoint::from_bytes(checkpoint::safetensors_bytes(tensors, metadata), name_),
                 Precision::F32);
  } catch (const Error& error) {
    faults.push_back(checkpoint::fault_from(error, name_));
  }
  if (!faults.empty()) refuse(name_, faults);
}

bool TrainingForm::folded_already() const {
  return std::all_of(blocks_.begin(), blocks_.end(), [](const PlacedBlock& entry) {
    const BlockSpec& spec = entry.block.spec();
    return spec.kind == "conv" && spec.branches.front().ops.size() == 1 && !spec.gates.empty() &&
           entry.block.trailing_gates().size() == spec.gates.size();
  });
}

std::vector<float> TrainingForm::tensor(const std::string& name) const {
  for (const NamedTensor& tensor : rest_)
    if (tensor.name == name) return tensor.values;
  return {};
}

namespace {

/// The folded convolution in the form of its place.
/// Errors  BadCheckpoint when the place cannot hold it.
AffineConv fitted(const PlacedBlock& entry) {
  const Place& place = entry.place;
  AffineConv conv = without_groups(entry.block.folded());
  if (!conv.pointwise() && conv.padding != Padding::Zero)
    not_foldable(fmt::format("{} padding; the networks pad with zeros", name_of(conv.padding)));
  if (conv.height > place.kernel || conv.width > place.kernel ||
      (!conv.pointwise() && conv.dilation != place.dilation))
    not_foldable(fmt::format(
        "a {}x{} kernel of dilation {} where the network has {}x{} of dilation {}", conv.height,
        conv.width, conv.dilation, place.kernel, place.kernel, place.dilation));
  conv = widened(conv, place.kernel, place.kernel);
  conv.dilation = place.dilation;
  if (conv.macs() > entry.block.macs())
    not_foldable(fmt::format("folded it costs {} instead of {} multiply-accumulates per pixel",
                             conv.macs(), entry.block.macs()));
  return conv;
}

}  // namespace

void TrainingForm::add_folded(const PlacedBlock& entry,
                              FoldedForm& form,
                              std::vector<std::string>& faults) const {
  const Place& place = entry.place;
  try {
    form.convs.push_back(fitted(entry));
  } catch (const Error& error) {
    faults.push_back(fmt::format("{}: {}", place.name, error.what()));
    return;
  }
  const AffineConv& conv = form.convs.back();
  for (const auto* numbers : {&conv.weights, &conv.bias, &conv.border_bias})
    if (!base::all_finite(floats_from(*numbers))) {
      faults.push_back(place.name + ": not foldable: it exceeds what F32 holds");
      break;
    }
  const auto gates = entry.block.trailing_gates();
  if (!conv.border_bias.empty() &&
      (!std::holds_alternative<ConvNetSpec>(target_) || !gates.empty()))
    faults.push_back(
        fmt::format("{}: not foldable: zero padding behind a biased 1x1 needs a border bias, which "
                    "only conv_net "
                    "without live gates has; train with padding exact",
                    place.name));
  const std::string prefix = place.name + (gates.empty() ? "." : ".dense.conv.");
  form.tensors.push_back({prefix + "weight",
                          {place.out, place.in, place.kernel, place.kernel},
                          floats_from(conv.weights)});
  form.tensors.push_back({prefix + "bias", {place.out}, floats_from(conv.bias)});
  if (!conv.border_bias.empty())
    form.tensors.push_back({prefix + "border_bias",
                            {place.out, place.kernel, place.kernel},
                            floats_from(conv.border_bias)});
  for (std::size_t k = 0; k < gates.size(); ++k)
    for (NamedTensor& tensor : gates[k]->tensors(fmt::format("{}.gates.{}.", place.name, k)))
      form.tensors.push_back(std::move(tensor));
  form.live_gates += static_cast<int>(gates.size());
}

FoldedForm TrainingForm::folded() const {
  FoldedForm form;
  form.tensors = rest_;
  form.metadata = metadata_;
  std::vector<std::string> faults;
  for (const PlacedBlock& entry : blocks_) add_folded(entry, form, faults);
  if (!faults.empty()) refuse(name_, faults);

  json architecture = json::parse(target_json_), kinds = json::object();
  for (std::size_t k = 0; k < blocks_.size(); ++k) {
    const auto& [place, block] = blocks_[k];
    kinds[place.name] = block.spec().kind;
    // Names of conv_net's layers are "layers.K".
    if (!form.convs[k].border_bias.empty())
      architecture["layers"][std::stoul(place.name.substr(7))]["border_bias"] = true;
    json gates = json::array();
    for (const ChannelGate* gate : block.trailing_gates())
      gates.push_back(description_of(gate->spec()));
    if (!gates.empty())
      architecture[kBlocks]["places"][place.name] = {{"kind", "conv"}, {"gates", gates}};
  }
  form.metadata[kArchitecture] = architecture.dump();
  form.metadata["tessera.reparam"] = json{{"blocks", kinds}, {"version", TESSERA_VERSION}}.dump();
  return form;
}

}  // namespace tessera::model
