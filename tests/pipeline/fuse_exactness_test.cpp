// SPDX-License-Identifier: MIT
// fuse_checkpoints() from files to a file: laws that hold to the bit, for every architecture.
#include <doctest/doctest.h>

#include <cmath>
#include <functional>

#include "checkpoint/safetensors.h"
#include "fusion/fusion_checks.h"
#include "model/network.h"
#include "pipeline/fuse/fuse_alignment.h"
#include "support/pictures.h"
#include "support/temporary_folder.h"
#include "tessera/error.h"
#include "tessera/fuse.h"
#include "tessera/image_io.h"

namespace {

using namespace tessera;
using fusion::TensorMap;
using std::filesystem::path;

/// Networks on disk, as many as asked for.
class Files {
 public:
  explicit Files(const test::FusionNetwork& network) : network_(network) {}

  path save(const TensorMap& tensors, const std::string& recipe = {}) {
    const path file = folder_ / (std::to_string(count_++) + ".safetensors");
    auto metadata = network_.metadata;
    if (!recipe.empty()) metadata["tessera.fuse"] = recipe;
    write_checkpoint(file, test::tensor_list(tensors), metadata);
    return file;
  }
  /// A folder with one picture.
  path pictures() const {
    const path folder = folder_ / "pictures";
    std::filesystem::create_directory(folder);
    write_image(folder / "one.png", test::random_picture(64, 64, 3, SampleType::U8, 4),
                FileFormat::Png, {});
    return folder;
  }
  path aligned_folder() const { return folder_ / "aligned"; }
  TensorMap fused(const std::vector<path>& inputs, FuseOptions options) const {
    options.execution.threads = 1;
    const path output = folder_ / "fused.safetensors";
    fuse_checkpoints(inputs, output, options);
    return read(output);
  }
  static TensorMap read(const path& file) {
    const Checkpoint checkpoint = Checkpoint::open(file);
    TensorMap tensors;
    for (const std::string& name : checkpoint.tensor_names())
      tensors.emplace(name, NamedTensor{name, checkpoint.shape(name), checkpoint.read(name),
                                        checkpoint.data_type(name)});
    return tensors;
  }

 private:
  const test::FusionNetwork& network_;
  test::TemporaryFolder folder_;
  int count_ = 0;
};

FuseOptions by_transport(std::vector<double> weights = {}) {
  FuseOptions options;
  options.method = FuseMethod::Transport;
  options.weights = std::move(weights);
  return options;
}

}  // namespace

TEST_SUITE("pipeline/fuse_exactness") {
  TEST_CASE("numbers that the program's own options never have are refused") {
    const auto refused = [](const std::function<void(FuseOptions&)>& spoil,
                            const char* reason = "fusion options: ") {
      FuseOptions options;
      spoil(options);
      CHECK_THROWS_WITH_AS(fuse_checkpoints({"a.safetensors", "b.safetensors"}, "c", options),
                           doctest::Contains(reason), Error);
    };
    for (const double sigma : {std::nan(""), -5.0, 1e9}) {
      refused([&](FuseOptions& o) { o.sigmas = {25.0, sigma}; }, "sigma must be from 0 to 255");
      refused([&](FuseOptions& o) { o.evaluation_sigmas = {sigma}; },
              "sigma must be from 0 to 255");
    }
    refused([](FuseOptions& o) { o.calibration_count = 0; });
    refused([](FuseOptions& o) { o.calibration_size = -5; });
    refused([](FuseOptions& o) { o.evaluation_count = -1; });
    refused([](FuseOptions& o) { o.data_type = "I64"; });
    refused([](FuseOptions& o) {
      o.evaluation = "pictures";
      o.evaluation_sigmas.clear();
    });
    refused([](FuseOptions& o) { o.perplexity = 0.0; });
    refused([](FuseOptions& o) { o.epsilon = std::nan(""); });
    refused([](FuseOptions& o) { o.sinkhorn_iterations = 0; });
    refused([](FuseOptions& o) { o.sinkhorn_tolerance = 0.0; });
    refused([](FuseOptions& o) { o.iterate = -1; });
    refused([](FuseOptions& o) { o.anchor = -7; });
  }

  TEST_CASE("permuted copies and their original become the original, whatever the weights") {
    for (const auto& network : test::small_networks(51)) {
      CAPTURE(network.name);
      Files files(network);
      std::vector<path> inputs;
      for (const std::uint64_t seed : {52, 53, 54})
        inputs.push_back(files.save(test::permuted(network, seed)));
      inputs.push_back(files.save(network.tensors));
      for (const std::vector<double>& weights :
           {std::vector<double>{}, {0.3, 0.0, 0.6, 0.1}, {5.0, 1e-3, 2.0, 0.0}})
        CHECK(test::same_bits(files.fused(inputs, by_transport(weights)), network.tensors));
    }
  }

  TEST_CASE("a drift that is no number is no small drift") {
    // Infinity times 0 is no number.
    const auto network = [](float first, float last) {
      const std::string architecture = R"({"name":"conv_net","version":1,"observation":"noise",
          "channels":1,"skip":"add","layers":[{"out":1,"kernel":1},{"out":1,"kernel":1},{"out":1,"kernel":1}]})";
      std::vector<NamedTensor> tensors;
      for (const std::string layer : {"layers.0", "layers.1", "layers.2"}) {
        tensors.push_back({layer + ".weight", {1, 1, 1, 1}, {layer == "layers.2" ? last : first}});
        tensors.push_back({layer + ".bias", {1}, {0.0F}});
      }
      return model::make_network(
          Checkpoint::from_bytes(
              checkpoint::safetensors_bytes(tensors, {{"tessera.architecture", architecture}}),
              "made"),
          Precision::F32);
    };
    CHECK(pipeline::relative_drift(*network(0.5F, 0.5F), *network(0.5F, 0.5F)) == 0.0);
    CHECK(std::isinf(pipeline::relative_drift(*network(0.5F, 0.5F), *network(3e38F, 0.0F))));
  }

  TEST_CASE("a recipe that would nest too deep to be read leaves that of its parents out") {
    const auto network = test::small_networks(57).front();
    Files files(network);
    const std::string deep(99, '['), ends(99, ']');
    const path output = files.aligned_folder();
    for (const std::string& recipe : {std::string("[1]"), deep + ends}) {
      const FuseReport report =
          fuse_checkpoints({files.save(network.tensors, recipe), files.save(network.tensors)},
                           output, by_transport());
      const bool kept = recipe == "[1]";
      CHECK(report.warnings.empty() == kept);
      CHECK((Checkpoint::open(output).metadata("tessera.fuse").find(R"("recipe":[1])") !=
             std::string::npos) == kept);
    }
  }

  TEST_CASE("likewise when pictures compare units, and correct") {
    for (const auto& network : test::small_networks(55)) {
      CAPTURE(network.name);
      Files files(network);
      const std::vector<path> inputs{files.save(test::permuted(network, 56)),
                                     files.save(network.tensors)};
      FuseOptions options = by_transport();
      options.calibration = files.pictures();
      options.calibration_count = 4;
      options.calibration_size = 32;
      for (const FuseMetric metric : {FuseMetric::Activations, FuseMetric::Both}) {
        options.metric = metric;
        CHECK(test::same_bits(files.fused(inputs, options), network.tensors));
      }
    }
  }

  TEST_CASE("all weight on one parent gives its bits, its function as aligned, or its own order") {
    const auto networks = test::small_networks(61), others = test::small_networks(610);
    for (std::size_t i = 0; i < networks.size(); ++i) {
      const auto& network = networks[i];
      CAPTURE(network.name);
      Files files(network);
      const std::vector<path> inputs{files.save(network.tensors), files.save(others[i].tensors)};
      CHECK(test::same_bits(files.fused(inputs, by_transport({0.0, 1.0})), others[i].tensors));
      FuseOptions exported = by_transport({1.0, 0.0});
      exported.aligned_output = files.aligned_folder();
      const TensorMap moved = files.fused(inputs, exported);
      CHECK(!test::same_bits(moved, network.tensors));
      CHECK(test::function_difference(network, network.tensors, moved) <= test::kGatherRounding);
      CHECK(test::same_bits(Files::read(files.aligned_folder() / "1-0.safetensors"), moved));
      FuseOptions kept = by_transport({1.0, 0.0});
      kept.keep_order = true;
      CHECK(test::same_bits(files.fused(inputs, kept), network.tensors));
    }
  }

  TEST_CASE("exchange: two parents in either order become one function") {
    const auto a = test::small_networks(63), b = test::small_networks(630);
    for (std::size_t i = 0; i < a.size(); ++i) {
      CAPTURE(a[i].name);
      Files files(a[i]);
      const path first = files.save(a[i].tensors), second = files.save(b[i].tensors);
      const TensorMap there = files.fused({first, second}, by_transport());
      const TensorMap back = files.fused({second, first}, by_transport());
      CHECK(!test::same_bits(there, back));
      CHECK(test::function_difference(a[i], there, back) <= test::kGatherRounding);
    }
  }

  TEST_CASE("a network with itself is itself by every method") {
    for (const auto& network : test::small_networks(65)) {
      CAPTURE(network.name);
      Files files(network);
      const std::vector<path> inputs{files.save(network.tensors), files.save(network.tensors)};
      for (const FuseMethod method :
           {FuseMethod::Auto, FuseMethod::Linear, FuseMethod::Transport, FuseMethod::Match}) {
        FuseOptions options = by_transport();
        options.method = method;
        CHECK(test::same_bits(files.fused(inputs, options), network.tensors));
      }
    }
  }

  TEST_CASE("what is measured is what the file holds, in whatever type it is stored") {
    const auto network = test::small_networks(71).front(),
               other = test::small_networks(710).front();
    Files files(network);
    const std::vector<path> inputs{files.save(network.tensors), files.save(other.tensors)};
    FuseOptions options;
    options.method = FuseMethod::Linear;
    options.evaluation = files.pictures();
    options.execution.threads = 1;
    for (const char* type : {"F32", "F16", "BF16"}) {
      options.data_type = type;
      const path output = files.aligned_folder();
      const FuseReport report = fuse_checkpoints(inputs, output, options);
      // The file beside itself: its own figure.
      const FuseReport again = fuse_checkpoints({output, output}, path(output) += "2", options);
      CHECK(report.quality.back().name == "fused");
      CHECK(report.quality.back().psnr == again.quality.front().psnr);
      CHECK(report.psnr_drop != 0.0);
      CHECK(again.psnr_drop == 0.0);
    }
  }

  TEST_CASE("it is the result that is judged, also beside an input of its name") {
    const auto network = test::small_networks(67).front(),
               other = test::small_networks(670).front();
    Files files(network);
    const std::vector<path> inputs{files.save(network.tensors), files.save(other.tensors)};
    FuseOptions options = by_transport();
    options.evaluation = files.pictures();
    options.execution.threads = 1;
    const auto report_with = [&](const std::vector<std::string>& names) {
      options.names = names;
      return fuse_checkpoints(inputs, files.aligned_folder(), options);
    };
    const FuseReport plain = report_with({"a", "b"}),
                     confusing = report_with({"fused", "ensemble"});
    CHECK(plain.psnr_drop != 0.0);
    CHECK(confusing.psnr_drop == plain.psnr_drop);
    CHECK(plain.quality.front().name == "a");
    CHECK(confusing.quality.front().name == "1 fused");
    CHECK(confusing.quality.back().name == "fused");
  }
}
