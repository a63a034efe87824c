// SPDX-License-Identifier: MIT
// fuse_checkpoints() with FuseMethod::Auto: soft plans as one more way, and what is said of them.
#include <doctest/doctest.h>

#include <algorithm>
#include <fstream>
#include <iterator>

#include "fusion/fusion_networks.h"
#include "support/pictures.h"
#include "support/temporary_folder.h"
#include "tessera/fuse.h"
#include "tessera/image_io.h"

namespace {

using namespace tessera;
using std::filesystem::path;

constexpr const char* kSoft = "soft ot + refit";

/// Two networks trained apart, as far as random weights are, and a picture.
struct Pair {
  test::TemporaryFolder folder;
  path pictures = folder / "pictures", output = folder / "fused.safetensors";
  std::vector<path> files{folder / "a.safetensors", folder / "b.safetensors"};

  Pair(const test::FusionNetwork& first, const test::FusionNetwork& second) {
    save(files[0], first);
    save(files[1], second);
    std::filesystem::create_directory(pictures);
    write_image(pictures / "one.png", test::random_picture(64, 64, 3, SampleType::U8, 4),
                FileFormat::Png, {});
  }
  static void save(const path& file, const test::FusionNetwork& network) {
    write_checkpoint(file, test::tensor_list(network.tensors), network.metadata);
  }
  FuseOptions options() const {
    FuseOptions all;
    all.calibration = pictures;
    all.calibration_count = 8;
    all.calibration_size = 32;
    all.execution.threads = 1;
    return all;
  }
  FuseReport fused(const FuseOptions& options) const {
    return fuse_checkpoints(files, output, options);
  }
  std::string written() const {
    std::ifstream file(output, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }
};

const FuseCandidate* soft_candidate(const FuseReport& report) {
  const auto found =
      std::find_if(report.candidates.begin(), report.candidates.end(),
                   [](const FuseCandidate& candidate) { return candidate.name == kSoft; });
  return found == report.candidates.end() ? nullptr : &*found;
}

/// Soft plans are the best of these, by 0.1 dB: training forms, because these are evaluated in
/// double precision and the choice is the same on every machine.
Pair won_by_soft_plans() {
  const char* blocks = R"({"kind":"conv_bn","bias":false,"epsilon":1e-3})";
  return {test::training_net(blocks, 8, 90), test::training_net(blocks, 8, 1090)};
}

/// Exact plans are, by 1.3 dB. Where widths differ there is no plain mean.
Pair won_by_exact_plans() {
  return {test::published("DnCNN", 4, 3, 14, 3, 70), test::published("DnCNN", 4, 3, 10, 3, 77)};
}

FuseOptions soft_by_hand(FuseOptions options) {
  options.method = FuseMethod::Transport;
  options.metric = FuseMetric::Activations;
  options.epsilon = 0.08;
  options.correction = FuseCorrection::Refit;
  return options;
}

}  // namespace

TEST_SUITE("pipeline/fuse_soft_plans") {
  TEST_CASE("auto takes soft plans where they are best: the file is the one made by hand") {
    const Pair pair = won_by_soft_plans();
    const FuseReport report = pair.fused(pair.options());
    const FuseCandidate* soft = soft_candidate(report);
    REQUIRE(soft != nullptr);
    REQUIRE(soft->chosen);
    for (const FuseCandidate& other : report.candidates) CHECK(soft->judged >= other.judged);
    const std::string by_auto = pair.written();
    const FuseReport hand = pair.fused(soft_by_hand(pair.options()));
    CHECK((by_auto == pair.written()));
    const std::string recipe = Checkpoint::open(pair.output).metadata("tessera.fuse");
    CHECK(recipe.find(R"("metric":"acts")") != std::string::npos);
    CHECK(recipe.find(R"("reg":"0.08")") != std::string::npos);
    CHECK(report.metric == "acts");
    CHECK(report.epsilon == 0.08);
    CHECK(report.inputs[0].drift == hand.inputs[0].drift);
  }

  TEST_CASE("auto takes exact plans where these are best: likewise") {
    const Pair pair = won_by_exact_plans();
    const FuseReport report = pair.fused(pair.options());
    const FuseCandidate* soft = soft_candidate(report);
    REQUIRE(soft != nullptr);
    CHECK(!soft->chosen);
    CHECK(report.method == "ot");
    CHECK(report.metric == "both");
    CHECK(report.epsilon == 0.0);
    const std::string by_auto = pair.written();
    FuseOptions hand = pair.options();
    hand.method = FuseMethod::Transport;
    pair.fused(hand);
    CHECK((by_auto == pair.written()));
  }

  TEST_CASE("auto overrules nothing that was asked for, and aligns nothing of one ancestor") {
    const Pair pair = won_by_soft_plans();
    std::vector<FuseOptions> asked(9, pair.options());
    asked[0].metric = FuseMetric::Both;
    asked[1].epsilon = 0.3;
    asked[2].perplexity = 2.0;
    asked[3].correction = FuseCorrection::None;
    asked[4].correction = FuseCorrection::Repair;
    asked[5].method = FuseMethod::Transport;
    asked[6].heads = FuseHeads::Rotate;
    asked[7].iterate = 1;
    asked[8].weights = {1.0, 0.0};
    for (std::size_t k = 0; k < asked.size(); ++k) {
      CAPTURE(k);
      CHECK(soft_candidate(pair.fused(asked[k])) == nullptr);
    }
    const FuseReport twins =
        fuse_checkpoints({pair.files[0], pair.files[0]}, pair.output, pair.options());
    CHECK(twins.method == "linear");
    CHECK(soft_candidate(twins) == nullptr);
  }

  TEST_CASE("a soft plan that does not converge is left out, and said to be") {
    const Pair pair = won_by_soft_plans();
    FuseOptions options = pair.options();
    options.sinkhorn_iterations = 1;
    options.sinkhorn_tolerance = 1e-15;
    const FuseReport report = pair.fused(options);
    CHECK(soft_candidate(report) == nullptr);
    CHECK(report.written);
    REQUIRE(!report.warnings.empty());
    CHECK(report.warnings[0].find("soft plans were left out: ") == 0);
    CHECK(report.warnings[0].find("did not converge") != std::string::npos);
  }
}
