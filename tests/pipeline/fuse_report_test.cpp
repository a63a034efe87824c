// SPDX-License-Identifier: MIT
// What a fusion says of itself: its judgement, its metadata, its pictures.
#include <doctest/doctest.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "fusion/fusion_networks.h"
#include "model/network.h"
#include "pipeline/fuse/fuse_pictures.h"
#include "pipeline/fuse/fuse_quality.h"
#include "support/error_code.h"
#include "support/pictures.h"
#include "support/temporary_folder.h"
#include "tessera/fuse.h"
#include "tessera/image_io.h"

namespace {

using namespace tessera;
using std::filesystem::path;

/// PSNR of two inputs, the ensemble and the result, one value for each sigma.
FuseReport report_of(const std::vector<std::vector<double>>& psnr) {
  FuseReport report;
  report.inputs.resize(2);
  for (std::size_t c = 0; c < psnr.front().size(); ++c)
    report.quality_columns.push_back("sigma " + std::to_string(c));
  for (const std::vector<double>& values : psnr) report.quality.push_back({"", values, {}});
  return report;
}

double drop_of(const std::vector<std::vector<double>>& psnr) {
  FuseReport report = report_of(psnr);
  pipeline::judge(report, {});
  CHECK_FALSE(report.threshold_missed);
  return report.psnr_drop;
}

/// Small networks on disk, of one architecture.
struct Files {
  test::TemporaryFolder folder;

  path save(const std::string& name, const std::string& range, int width = 8) const {
    const test::FusionNetwork network = test::conv_net(
        R"("observation":"noise","channels":1,"noise_map":true,"skip":"add")", 2, width, 1, 3);
    auto metadata = network.metadata;
    metadata["tessera.task"] = "denoise";
    if (!range.empty()) metadata["tessera.sigma_range"] = range;
    const path file = folder / (name + ".safetensors");
    write_checkpoint(file, test::tensor_list(network.tensors), metadata);
    return file;
  }
  /// The fused checkpoint.
  Checkpoint fused(const std::vector<path>& inputs, FuseOptions options = {}) const {
    options.execution.threads = 1;
    const path output = folder / "fused.safetensors";
    report = fuse_checkpoints(inputs, output, options);
    return Checkpoint::open(output);
  }
  mutable FuseReport report{};
};

}  // namespace

TEST_SUITE("pipeline/fuse_report") {
  TEST_CASE("the drop is the worst of all columns, below the best input of each") {
    // Best inputs: 31 and 30; the ensemble, third, is no input.
    for (const auto& fused : {std::vector{30.0, 29.9}, {30.9, 29.0}}) {
      CHECK(drop_of({{31, 29}, {30, 30}, {40, 40}, fused}) == doctest::Approx(1.0));
      CHECK(drop_of({{30, 30}, {31, 29}, {40, 40}, fused}) == doctest::Approx(1.0));
    }
    CHECK(drop_of({{31, 29}, {30, 30}, {0, 0}, {33, 31}}) == doctest::Approx(-1.0));
    CHECK(drop_of({{31, 29}, {30, 30}, {0, 0}, {32, 32}}) == doctest::Approx(-1.0));
  }

  TEST_CASE("a drop as large as is allowed is allowed") {
    FuseOptions options;
    for (const double allowed : {0.75, 1.0, 1.25}) {
      FuseReport report = report_of({{31, 29}, {30, 30}, {40, 40}, {30, 30}});
      options.min_psnr_drop = allowed;
      pipeline::judge(report, options);
      CHECK(report.threshold_missed == (allowed < 1.0));
    }
  }

  TEST_CASE("a range of noise is kept where all inputs say the same, whichever is the anchor") {
    const Files files;
    const path wide = files.save("wide", "[0,75]"), again = files.save("again", "[0,75]"),
               narrow = files.save("narrow", "[0,50]"), silent = files.save("silent", "");
    const auto range = [&](const std::vector<path>& inputs) {
      return files.fused(inputs).metadata("tessera.sigma_range");
    };
    CHECK(range({wide, again}) == "[0,75]");
    CHECK(range({wide, again, wide}) == "[0,75]");
    for (const path& other : {narrow, silent}) {
      CHECK(range({wide, other}).empty());
      CHECK(range({other, wide}).empty());
      CHECK(range({wide, other, again}).empty());
    }
  }

  TEST_CASE("the recipe and the report name the anchor that was taken, counted from 1") {
    const Files files;
    const std::vector<path> inputs{files.save("a", ""), files.save("b", ""), files.save("c", "")};
    const auto check = [&](const std::vector<path>& fused, const FuseOptions& options, int number) {
      const Checkpoint result = files.fused(fused, options);
      const auto recipe = nlohmann::json::parse(result.metadata("tessera.fuse"));
      const auto anchor_file = Checkpoint::open(fused[static_cast<std::size_t>(number - 1)]);
      CHECK(result.metadata("tessera.architecture") ==
            anchor_file.metadata("tessera.architecture"));
      CHECK(recipe["anchor"] == number);
      for (std::size_t k = 0; k < fused.size(); ++k) {
        const bool anchor = static_cast<int>(k) + 1 == number;
        CHECK(files.report.inputs[k].anchor == anchor);
        CHECK((files.report.inputs[k].method == "anchor") == anchor);
        CHECK(recipe["inputs"][k].contains("ancestry") == !anchor);
        CHECK(recipe["inputs"][k]["name"] == fused[k].filename().string());
      }
    };
    check(inputs, {}, 3);
    for (const int anchor : {0, 1, 2}) check(inputs, {.anchor = anchor}, anchor + 1);
    // Where widths differ, the smallest.
    const path small = files.save("small", "", 6), large = files.save("large", "", 10);
    check({inputs[0], small, large}, {}, 2);
    REQUIRE_FALSE(files.report.warnings.empty());
    CHECK(test::mentions(files.report.warnings.front(), "small.safetensors, is the anchor"));
  }

  TEST_CASE("a quarter more pictures judge, and at least four") {
    const Files files;
    const path file = files.save("a", "");
    const path pictures = files.folder / "pictures";
    std::filesystem::create_directory(pictures);
    write_image(pictures / "one.png", test::random_picture(8, 8, 1, SampleType::U8, 1),
                FileFormat::Png);
    const auto network = model::make_network(Checkpoint::open(file), Precision::F32);
    for (const auto& [count, judges] : {std::pair{1, 4}, {8, 4}, {19, 4}, {20, 5}, {40, 10}}) {
      FuseOptions options;
      options.calibration = pictures;
      options.calibration_count = count;
      options.calibration_size = 8;
      const auto found = pipeline::calibration_pictures(options, *network);
      CHECK(std::ssize(found.pictures) == count);
      CHECK(std::ssize(found.judges) == judges);
    }
  }
}
