// SPDX-License-Identifier: MIT
// fuse_checkpoints() on training forms: from files to a file that folds like its parents.
#include <doctest/doctest.h>

#include "fusion/fusion_networks.h"
#include "fusion/random_maps.h"
#include "support/error_code.h"
#include "support/pictures.h"
#include "support/temporary_folder.h"
#include "tessera/fuse.h"
#include "tessera/image_io.h"

namespace {

using namespace tessera;

constexpr const char* kBlocks = R"({"kind":"conv_bn","bias":false})";

/// A permuted copy and its original on disk, and one picture to calibrate with.
struct Files {
  test::TemporaryFolder folder;
  test::FusionNetwork network;
  std::filesystem::path copy = folder / "copy.safetensors", original = folder / "a.safetensors";

  explicit Files(test::FusionNetwork made) : network(std::move(made)) {
    const fusion::SpaceTable table = test::table_of(network, network);
    const auto permuted =
        fusion::aligned_tensors(network.tensors, table, test::random_maps(table, 3));
    write_checkpoint(copy, test::tensor_list(permuted), network.metadata);
    write_checkpoint(original, test::tensor_list(network.tensors), network.metadata);
    std::filesystem::create_directory(folder / "pictures");
    write_image(folder / "pictures" / "one.png", test::random_picture(64, 64, 1, SampleType::U8, 4),
                FileFormat::Png, {});
  }
};

FuseOptions by_transport() {
  FuseOptions options;
  options.method = FuseMethod::Transport;
  options.execution.threads = 1;
  return options;
}

}  // namespace

TEST_SUITE("pipeline/fuse_training_form") {
  TEST_CASE("a permuted copy and its original become the original, a training form still") {
    for (auto& network : test::small_training_nets(11)) {
      const Files files(std::move(network));
      const auto output = files.folder / "fused.safetensors";
      const FuseReport report =
          fuse_checkpoints({files.copy, files.original}, output, by_transport());
      CHECK(report.inputs[0].drift < 1e-4);
      const Checkpoint fused = Checkpoint::open(output);
      CHECK(model::TrainingForm::describes(fused));
      for (const auto& [name, tensor] : files.network.tensors)
        CHECK_MESSAGE(fused.read(name) == tensor.values, name);
    }
  }

  TEST_CASE("statistics are measured again on pictures, and counters keep their type") {
    const Files files(test::training_net(kBlocks, 8, 12));
    const Files other(test::training_net(kBlocks, 8, 13));
    FuseOptions options = by_transport();
    options.calibration = files.folder / "pictures";
    options.calibration_count = 8;
    options.calibration_size = 32;
    options.correction = FuseCorrection::Statistics;
    options.data_type = "F16";
    const auto output = files.folder / "fused.safetensors";
    const FuseReport report = fuse_checkpoints({other.original, files.original}, output, options);
    CHECK(
        std::any_of(report.candidates.begin(), report.candidates.end(),
                    [](const FuseCandidate& candidate) { return candidate.name == "ot + stats"; }));
    const Checkpoint fused = Checkpoint::open(output);
    CHECK(fused.data_type("layers.0.dense.bn.weight") == "F16");
    CHECK(fused.data_type("layers.0.dense.bn.num_batches_tracked") == "I64");
  }

  TEST_CASE("a training form and a folded one do not go together") {
    const Files files(test::training_net(kBlocks, 8, 14));
    const auto folded = files.folder / "folded.safetensors";
    const model::FoldedForm form = model::TrainingForm(Checkpoint::open(files.original)).folded();
    write_checkpoint(folded, form.tensors, form.metadata);
    CHECK(test::mentions(test::complaint_of([&] {
                           fuse_checkpoints({files.original, folded},
                                            files.folder / "x.safetensors", by_transport());
                         }),
                         "is not in"));
    CHECK(!std::filesystem::exists(files.folder / "x.safetensors"));
  }
}
