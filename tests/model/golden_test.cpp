// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <set>
#include <string>
#include <vector>

#include "checkpoint/safetensors.h"
#include "model/network.h"
#include "model/training_form/training_form.h"
#include "support/compare.h"
#include "support/golden_model.h"
#include "tessera/checkpoint.h"

namespace {

using namespace tessera;

/// The network golden files: each holds a network under its canonical names, one input and
/// PyTorch's output (models/train/export_golden.py).
std::vector<std::filesystem::path> golden_networks() {
  std::vector<std::filesystem::path> files;
  for (const auto& item : std::filesystem::directory_iterator(TESSERA_GOLDEN_DIR))
    if (item.path().extension() == ".safetensors" &&
        !Checkpoint::open(item.path()).metadata("tessera.architecture").empty())
      files.push_back(item.path());
  std::sort(files.begin(), files.end());
  return files;
}

Tensor read_planes(const Checkpoint& file, const std::string& name) {
  const auto shape = file.shape(name);
  REQUIRE(shape.size() == 3);
  Tensor tensor(static_cast<int>(shape[0]), static_cast<int>(shape[1]), static_cast<int>(shape[2]));
  const auto values = file.read(name);
  std::copy(values.begin(), values.end(), tensor.data());
  return tensor;
}

/// The network part of a golden file as a checkpoint of its own.
Checkpoint network_part(const Checkpoint& golden) {
  return Checkpoint::from_bytes(
      checkpoint::safetensors_bytes(test::network_tensors(golden), golden.metadata()),
      golden.name());
}

/// What runs: a training form is folded first, as `reparam` does.
Checkpoint deployed(const Checkpoint& part) {
  if (!model::TrainingForm::describes(part)) return part;
  const model::FoldedForm folded = model::TrainingForm(part).folded();
  return Checkpoint::from_bytes(checkpoint::safetensors_bytes(folded.tensors, folded.metadata),
                                part.name());
}

Tensor run_all_stages(const model::Network& network, const Checkpoint& golden) {
  const Tensor samples = read_planes(golden, "input.samples");
  const bool noise = model::is_noisy(network.observation());
  const Tensor second = read_planes(golden, noise ? "input.sigma" : "input.mask");
  const TensorView<const float> mask = noise ? TensorView<const float>() : second;
  const TensorView<const float> sigma = noise ? second : TensorView<const float>();
  Tensor estimate = read_planes(golden, "input.estimate");
  Tensor out(samples.shape());
  Workspace workspace;
  for (int stage = 0; stage < network.stage_count(); ++stage) {
    network.run(stage, {samples, mask, estimate, sigma}, out, workspace);
    std::swap(estimate, out);
  }
  return estimate;
}

}  // namespace

TEST_SUITE("model/golden") {
  TEST_CASE("every network computes what its PyTorch twin computes") {
    std::set<std::string> architectures;
    for (const auto& path : golden_networks()) {
      CAPTURE(path.filename().string());
      const Checkpoint golden = Checkpoint::open(path);
      const auto network = model::make_network(deployed(network_part(golden)), Precision::F32);
      const Tensor expected = read_planes(golden, "output");
      CHECK(test::relative_error(expected, run_all_stages(*network, golden)) <=
            std::stod(golden.metadata("tolerance")));
      const std::string text = golden.metadata("tessera.architecture");
      for (const char* name :
           {"glr_net", "gtv_net", "graph_mixture_net", "conv_net", "transformer_net"})
        if (text.find(name) != std::string::npos) architectures.insert(name);
    }
    CHECK(architectures.size() == 5);
  }
}
