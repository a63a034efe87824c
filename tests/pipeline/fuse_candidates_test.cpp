// SPDX-License-Identifier: MIT
#include "pipeline/fuse/fuse_candidates.h"

#include <doctest/doctest.h>

#include <cmath>
#include <set>
#include <string>

#include "fusion/fusion_networks.h"
#include "support/pictures.h"
#include "support/temporary_folder.h"
#include "tessera/image_io.h"

namespace {

using namespace tessera;
using fusion::Correction;
using fusion::TensorMap;
using pipeline::Calibration;
using pipeline::FusionCandidates;

/// A network on disk, and pictures that judge by what it makes of them itself.
struct Scene {
  test::FusionNetwork network = test::published("DnCNN", 4, 3, 8, 3, 5);
  test::TemporaryFile file{"candidate.safetensors"};
  pipeline::FusionInput input;
  Calibration calibration;

  explicit Scene(bool judged) : input(opened()) {
    calibration.pictures = test::noisy_pictures(3, 8, 32);
    if (!judged) return;
    for (auto& picture : test::noisy_pictures(3, 4, 24)) {
      // Around the middle, so that nothing is cut off at black and white.
      for (Tensor* planes : {&picture.samples, &picture.estimate})
        for (float& value : planes->view().flat()) value = 0.4F + 0.2F * value;
      Tensor clean = test::restored(network, network.tensors, picture);
      calibration.judges.push_back({std::move(picture), std::move(clean)});
    }
  }
  pipeline::FusionInput opened() const {
    write_checkpoint(file.path, test::tensor_list(network.tensors), {});
    return pipeline::fusion_input(file.path);
  }
  TensorMap damaged(const char* name, float factor) const {
    TensorMap tensors = network.tensors;
    for (float& value : tensors.at(name).values) value *= factor;
    return tensors;
  }
};

}  // namespace

TEST_SUITE("pipeline/fuse_pictures") {
  TEST_CASE("the seed decides which pictures are taken, and what noise they get") {
    const Scene scene(false);
    const test::TemporaryFolder one, many;
    write_image(one / "one.png", test::random_picture(8, 8, 3, SampleType::U8, 1), FileFormat::Png);
    for (int k = 0; k < 12; ++k)
      write_image(many / (std::to_string(k) + ".png"),
                  test::random_picture(8, 8, 3, SampleType::U8, 2 + k), FileFormat::Png);
    // Pictures of the size of a crop: nothing else is left to chance.
    const auto digest = [&](const std::filesystem::path& folder, double sigma, std::uint64_t seed) {
      FuseOptions options;
      options.calibration = folder;
      options.calibration_count = 1;
      options.calibration_size = 8;
      options.sigmas = {sigma};
      options.seed = seed;
      return pipeline::calibration_pictures(options, *scene.input.network).sha256;
    };
    std::set<std::string> orders, noises;
    for (const std::uint64_t seed : {1, 2, 3}) {
      orders.insert(digest(many.path(), 0.0, seed));
      noises.insert(digest(one.path(), 25.0, seed));
      CHECK(digest(one.path(), 0.0, seed) == digest(one.path(), 0.0, 4));
      CHECK(digest(many.path(), 25.0, seed) == digest(many.path(), 25.0, seed));
    }
    CHECK(orders.size() == 3);
    CHECK(noises.size() == 3);
  }
}

TEST_SUITE("pipeline/fuse_candidates") {
  TEST_CASE("a correction that helps on pictures kept out is taken") {
    const Scene scene(true);
    base::ThreadPool pool(2);
    FusionCandidates candidates(scene.input, scene.calibration, {}, pool);
    candidates.add(FuseMethod::Transport, scene.damaged("model.2.weight", 0.5F),
                   {{scene.network.tensors, 1.0}}, Correction::Refit, true);
    REQUIRE(candidates.all().size() == 2);
    CHECK(candidates.all()[1].judged > candidates.all()[0].judged + 3.0);
    CHECK(candidates.best().name() == "ot + refit");
  }

  TEST_CASE("a correction that hurts on pictures kept out is left out, and said to be") {
    const Scene scene(true);
    base::ThreadPool pool(2);
    FusionCandidates candidates(scene.input, scene.calibration, {}, pool);
    // The pictures know the mean to be right, and the correction leads away from it.
    const TensorMap other = scene.damaged("model.2.weight", 0.5F);
    candidates.add(FuseMethod::Transport, scene.network.tensors, {{other, 1.0}}, Correction::Repair,
                   true);
    REQUIRE(candidates.all().size() == 2);
    CHECK(candidates.best().name() == "ot");
    FuseReport report;
    pipeline::describe_choice(candidates, {}, 4, report);
    CHECK(report.correction == "none");
    REQUIRE(report.warnings.size() == 1);
    CHECK(report.warnings[0].find("repair is no better") == 0);
  }

  TEST_CASE("a correction of the plain mean that nobody asked for is left out without a word") {
    const Scene scene(true);
    base::ThreadPool pool(2);
    const TensorMap other = scene.damaged("model.2.weight", 0.5F);
    for (const FuseCorrection asked : {FuseCorrection::Auto, FuseCorrection::Repair}) {
      FusionCandidates candidates(scene.input, scene.calibration, {}, pool);
      candidates.add(FuseMethod::Linear, scene.network.tensors, {{other, 1.0}}, Correction::Repair,
                     true);
      FuseOptions options;
      options.correction = asked;
      FuseReport report;
      pipeline::describe_choice(candidates, options, 4, report);
      CHECK(report.correction == "none");
      CHECK(report.warnings.size() == (asked == FuseCorrection::Auto ? 0 : 1));
    }
  }

  TEST_CASE("soft plans are named, and what they only beat is not called useless") {
    const Scene scene(true);
    base::ThreadPool pool(2);
    FusionCandidates candidates(scene.input, scene.calibration, {}, pool);
    const std::vector<fusion::WeightedNetwork> parents{{scene.network.tensors, 1.0}};
    const TensorMap other = scene.damaged("model.2.weight", 0.5F);
    candidates.add(FuseMethod::Transport, scene.damaged("model.2.weight", 0.2F), {{other, 1.0}},
                   Correction::Refit, true);
    candidates.add_soft(FuseMethod::Transport, scene.damaged("model.2.weight", 0.9F), parents,
                        Correction::Refit);
    candidates.add_soft(FuseMethod::Transport, scene.network.tensors, parents, Correction::Refit);
    REQUIRE(candidates.all().size() == 3);  // what all parents are is not corrected
    CHECK(candidates.best().name() == "soft ot + refit");
    CHECK(candidates.best().soft);
    FuseReport report;
    report.method = "ot";
    pipeline::describe_choice(candidates, {}, 4, report);
    CHECK(report.method == "ot");
    CHECK(report.correction == "refit");
    CHECK(report.warnings.empty());
  }

  TEST_CASE("the better method is taken if it may be, and told of if not") {
    const Scene scene(true);
    base::ThreadPool pool(1);
    for (const bool eligible : {true, false}) {
      FusionCandidates candidates(scene.input, scene.calibration, {}, pool);
      const TensorMap bad = scene.damaged("model.2.weight", 0.5F);
      candidates.add(FuseMethod::Transport, bad, {{bad, 1.0}}, Correction::None, true);
      candidates.add(FuseMethod::Linear, scene.network.tensors, {{scene.network.tensors, 1.0}},
                     Correction::None, eligible);
      CHECK(candidates.best().name() == (eligible ? "linear" : "ot"));
      FuseReport report;
      report.method = "ot";
      pipeline::describe_choice(candidates, {}, 4, report);
      CHECK(report.warnings.size() == (eligible ? 0 : 1));
    }
  }

  TEST_CASE("without pictures to judge the first is taken; what all parents are is not corrected") {
    const Scene scene(false);
    base::ThreadPool pool(1);
    FusionCandidates candidates(scene.input, scene.calibration, {}, pool);
    const TensorMap& same = scene.network.tensors;
    candidates.add(FuseMethod::Transport, same, {{same, 0.5}, {same, 0.5}}, Correction::Refit,
                   true);
    candidates.add(FuseMethod::Linear, same, {{same, 1.0}}, Correction::None, true);
    CHECK(candidates.all().size() == 2);
    CHECK(std::isnan(candidates.best().judged));
    CHECK(candidates.best().name() == "ot");
  }
}
