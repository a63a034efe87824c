// SPDX-License-Identifier: MIT
// Training forms of conv_net among what can be fused: operators, statistics, refusals.
#include <doctest/doctest.h>

#include "fusion/average.h"
#include "fusion/correction/correction.h"
#include "fusion/fusion_networks.h"
#include "model/training_form/training_form_evaluate.h"
#include "support/error_code.h"

namespace {

using namespace tessera;
using fusion::Correction;
using fusion::TensorMap;

model::TrainingForm form_of(const test::FusionNetwork& network) {
  return model::TrainingForm(Checkpoint::from_bytes(
      checkpoint::safetensors_bytes(test::tensor_list(network.tensors), network.metadata),
      network.name));
}

model::Planes planes_of(const Tensor& tensor) {
  model::Planes planes(tensor.shape());
  std::copy_n(tensor.data(), tensor.shape().count(), planes.values.begin());
  return planes;
}

/// Corrects `tensors` towards the network.
TensorMap corrected(const test::FusionNetwork& network,
                    TensorMap tensors,
                    const std::vector<fusion::CalibrationSample>& pictures,
                    Correction method) {
  base::ThreadPool pool(2);
  const std::vector<fusion::WeightedNetwork> parents{{network.tensors, 1.0}};
  fusion::correct({network.graph, network.metadata, pictures}, tensors, parents, method, pool);
  return tensors;
}

/// The network with statistics of these pictures.
test::FusionNetwork measured(test::FusionNetwork network,
                             const std::vector<fusion::CalibrationSample>& pictures) {
  network.tensors = corrected(network, network.tensors, pictures, Correction::Statistics);
  return network;
}

double apart(const test::FusionNetwork& network,
             const TensorMap& tensors,
             const std::vector<fusion::CalibrationSample>& pictures) {
  return test::relative_error(test::restored(network, network.tensors, pictures[0]),
                              test::restored(network, tensors, pictures[0]));
}

/// What is said when such a form is to be fused.
std::string complaint(const std::string& blocks) {
  return test::complaint_of([&] { test::training_net(blocks, 8, 5); });
}

}  // namespace

TEST_SUITE("fusion/training_form") {
  TEST_CASE("the operators of a training form compute what its evaluator does") {
    base::ThreadPool pool(1);
    for (const auto& network : test::small_training_nets(1))
      for (const int size : {1, 9}) {
        CAPTURE(size);
        const auto pictures = test::noisy_pictures(1, 1, size);
        fusion::OperatorRun run(network.graph, network.tensors, network.metadata, pictures);
        const int last = static_cast<int>(network.graph.operators.size()) - 1;
        for (int i = 0; i <= last; ++i) run.step(i, pool);
        model::Planes found = planes_of(pictures[0].samples);
        for (std::size_t i = 0; i < found.values.size(); ++i)
          found.values[i] -= run.value(last, 0).data()[i];
        const model::Planes expected = model::evaluate(
            form_of(network), planes_of(pictures[0].samples), planes_of(pictures[0].sigma));
        CHECK(test::relative_error(expected, found) <= 1e-5);
      }
  }

  TEST_CASE("statistics measured again are those of what goes into each normalisation") {
    const auto pictures = test::noisy_pictures(1, 4, 24);
    for (const auto& random : test::small_training_nets(2)) {
      const auto network = measured(random, pictures);
      TensorMap damaged = network.tensors;
      for (auto& [name, tensor] : damaged) {
        if (name.ends_with("running_mean"))
          for (float& value : tensor.values) value += 0.5F;
        if (name.ends_with("running_var"))
          for (float& value : tensor.values) value *= 3.0F;
      }
      CHECK(apart(network, damaged, pictures) > 0.05);
      const TensorMap repaired =
          corrected(network, std::move(damaged), pictures, Correction::Statistics);
      CHECK(apart(network, repaired, pictures) < 1e-4);
      for (const auto& [name, tensor] : repaired)
        if (name.ends_with("num_batches_tracked"))
          CHECK(tensor.values == network.tensors.at(name).values);
    }
  }

  TEST_CASE("a layer that lost its size is brought back by statistics, repair and refit alike") {
    const auto pictures = test::noisy_pictures(1, 8, 32);
    for (const char* blocks : {R"({"kind":"conv_bn","bias":false})", R"({"kind":"rep_vgg"})"}) {
      CAPTURE(blocks);
      const auto network = measured(test::training_net(blocks, 8, 7), pictures);
      TensorMap damaged = network.tensors;
      for (float& value : damaged.at("layers.1.dense.conv.weight").values) value *= 0.4F;
      const double before = apart(network, damaged, pictures);
      CHECK(before > 0.05);
      for (const Correction method :
           {Correction::Statistics, Correction::Repair, Correction::Refit})
        CHECK(apart(network, corrected(network, damaged, pictures, method), pictures) <
              0.02 * before);
    }
  }

  TEST_CASE("a layer whose units were mixed is brought back by refit only, bias or none") {
    const auto pictures = test::noisy_pictures(1, 8, 32);
    for (const char* blocks :
         {R"({"kind":"conv_bn","bias":false})", R"({"kind":"conv_bn","bias":true})"}) {
      CAPTURE(blocks);
      const auto network = measured(test::training_net(blocks, 8, 8), pictures);
      TensorMap damaged = network.tensors;
      std::vector<float>& weight = damaged.at("layers.1.dense.conv.weight").values;
      for (std::size_t i = 0; i < weight.size() / 2; ++i)
        weight[i] = 0.6F * weight[i] + 0.4F * weight[weight.size() - 1 - i];
      const double before = apart(network, damaged, pictures);
      const auto after = [&](Correction method) {
        return apart(network, corrected(network, damaged, pictures, method), pictures);
      };
      CHECK(after(Correction::Refit) < 0.05 * before);
      CHECK(after(Correction::Statistics) > 0.2 * before);
    }
  }

  TEST_CASE("what has no operators is refused by name, with the way out") {
    CHECK(complaint(R"({"kind":"conv_bn","gate":"asr-se"})") ==
          "training form: layers.0: a training form with a gate cannot be fused; fold it first");
    CHECK(test::mentions(complaint(R"({"kind":"ecb"})"), "exact padding inside expand"));
    CHECK(test::mentions(complaint(R"({"kind":"ecb","padding":"zero"})"), "masks"));
    CHECK(
        test::mentions(complaint(R"({"kind":"conv_bn","padding":"reflect"})"), "reflect padding"));
    const std::string mixture =
        R"({"name":"graph_mixture_net","version":1,"observation":"decimation2","channels":1,
            "width":4,"blocks":1,"feature_graphs":[],"image_graph":null,
            "training_blocks":{"kind":"conv_bn"}})";
    CHECK(test::mentions(test::complaint_of([&] {
                           auto tensors = test::training_tensors(mixture, 3);
                           test::fusion_network("mixture", tensors, mixture);
                         }),
                         "of training forms only conv_net can be fused; fold it first"));
  }
}
