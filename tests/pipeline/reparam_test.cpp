// SPDX-License-Identifier: MIT
#include "tessera/reparam.h"

#include <doctest/doctest.h>

#include "model/network.h"
#include "model/random_block.h"
#include "model/training_form/training_form.h"
#include "support/pictures.h"
#include "support/temporary_folder.h"
#include "tessera/error.h"
#include "tessera/image_io.h"

namespace {

using namespace tessera;

const model::Place kPlace{"layers.1", 6, 6};

std::string denoiser(const std::string& block) {
  return R"({"name":"conv_net","version":1,"observation":"noise","channels":1,"noise_map":true,
            "skip":"subtract","layers":[{"out":6,"activation":"relu"},{"out":6,"activation":"relu"},
            {"out":1}],"training_blocks":{"places":{"layers.1":)" +
         block + "}}}";
}

/// A denoiser whose middle convolution is in training form, as a file.
void write_denoiser(const std::filesystem::path& file, const std::string& block) {
  std::vector<std::string> faults;
  const auto spec = model::block_spec_from_json(nlohmann::json::parse(block), kPlace, faults);
  REQUIRE(faults.empty());
  auto tensors = test::RandomBlock(spec, kPlace.name, 5).tensors;
  test::RandomTensors plain(6);
  plain.add_conv("layers.0", 2, 6, 3);
  plain.add_conv("layers.2", 6, 1, 3);
  for (auto& tensor : plain.tensors) tensors.push_back(std::move(tensor));
  write_checkpoint(file, tensors,
                   {{"tessera.architecture", denoiser(block)}, {"tessera.task", "denoise"}});
}

}  // namespace

TEST_SUITE("pipeline/reparam") {
  TEST_CASE("frozen gates fold, and what that costs is measured") {
    const test::TemporaryFile training("train.safetensors"), deploy("deploy.safetensors"),
        picture("picture.png");
    write_denoiser(training.path, R"({"kind":"ecb","gates":["asr-se","se"]})");
    Image image(40, 30, 1, SampleType::U8);
    for (int y = 0; y < 30; ++y)
      for (int x = 0; x < 40; ++x)
        image.colour_row<std::uint8_t>(y)[x] = static_cast<std::uint8_t>(5 * x + y);
    write_image(picture.path, image, FileFormat::Png);

    const ReparamReport live = reparam(training.path, deploy.path);
    CHECK(live.live_gates == 1);
    CHECK(live.written);
    CHECK(model::TrainingForm::describes(Checkpoint::open(deploy.path)));
    CHECK(reparam(deploy.path, picture.path.string() + ".copy").nothing_to_fold);
    std::filesystem::remove(picture.path.string() + ".copy");

    ReparamOptions options;
    options.freeze_on = {picture.path};
    options.freeze_sigma_8bit = -1.0;
    CHECK_THROWS_WITH_AS(reparam(training.path, deploy.path, options), doctest::Contains("sigma"),
                         Error);
    options.freeze_sigma_8bit = 25.0;
    const ReparamReport frozen = reparam(training.path, deploy.path, options);
    CHECK(frozen.passed);
    CHECK(frozen.live_gates == 0);
    REQUIRE(frozen.frozen.size() == 1);
    CHECK(frozen.frozen.front().kind == "se");
    // On the one picture that the constants were fitted to, they are the gate's own factors.
    CHECK(frozen.frozen.front().relative_error == doctest::Approx(0.0));
    CHECK(frozen.frozen.front().stripe_score == doctest::Approx(1.0));
    CHECK(frozen.psnr_frozen == doctest::Approx(frozen.psnr_live));
    REQUIRE(frozen.network_error.has_value());
    CHECK(*frozen.network_error <= 1e-4);
    const Checkpoint result = Checkpoint::open(deploy.path);
    CHECK_FALSE(model::TrainingForm::describes(result));
    CHECK_NOTHROW(model::make_network(result, Precision::F32));
  }

  TEST_CASE("a grey network's gates are frozen on the luminance of colour pictures") {
    const test::TemporaryFile training("train.safetensors"), deploy("deploy.safetensors"),
        colour("colour.pfm"), grey("grey.pfm");
    write_denoiser(training.path, R"({"kind":"ecb","gates":["asr-se","se"]})");
    const Image picture = test::random_picture(16, 12, 3, SampleType::F32, 7);
    Image luminance(16, 12, 1, SampleType::F32);
    for (int k = 0; k < 16 * 12; ++k) {
      const float* pixel = picture.colour_row<float>(0) + 3 * k;
      // ITU-R BT.601.
      luminance.colour_row<float>(0)[k] =
          static_cast<float>(0.299 * pixel[0] + 0.587 * pixel[1] + 0.114 * pixel[2]);
    }
    write_image(colour.path, picture, FileFormat::Pfm);
    write_image(grey.path, luminance, FileFormat::Pfm);
    const auto psnr_on = [&](const std::filesystem::path& file) {
      ReparamOptions options;
      options.freeze_on = {file};
      options.freeze_sigma_8bit = 25.0;
      return reparam(training.path, deploy.path, options).psnr_live;
    };
    // The luminance is rounded to float in one of them.
    CHECK(psnr_on(colour.path) == doctest::Approx(psnr_on(grey.path)).epsilon(1e-5));
  }

  TEST_CASE("without live gates there is nothing to freeze") {
    const test::TemporaryFile training("train.safetensors"), deploy("deploy.safetensors"),
        picture("picture.png");
    write_denoiser(training.path, R"({"kind":"ecb"})");
    write_image(picture.path, Image(8, 8, 1, SampleType::U8), FileFormat::Png);
    ReparamOptions options;
    options.freeze_on = {picture.path};
    CHECK_THROWS_WITH_AS(reparam(training.path, deploy.path, options),
                         doctest::Contains("no live gate"), Error);
    CHECK_FALSE(std::filesystem::exists(deploy.path));
  }

  TEST_CASE("a fold that does not verify is not written") {
    const test::TemporaryFile training("train.safetensors"), deploy("deploy.safetensors");
    // Branches of 1e12 cancel: what is left of the training form is rounding.
    write_denoiser(training.path, R"({"kind":"branches","branches":{
        "dense":[{"op":"conv","height":1},{"op":"conv"}],
        "other":[{"op":"conv","height":1},{"op":"conv"}]}})");
    auto checkpoint = Checkpoint::open(training.path);
    std::vector<NamedTensor> tensors;
    for (const auto& name : checkpoint.tensor_names()) {
      NamedTensor tensor{name, checkpoint.shape(name), checkpoint.read(name)};
      const bool first = name.rfind("layers.1.dense.0", 0) == 0;
      const bool second = name.rfind("layers.1.other.0", 0) == 0;
      if ((first || second) && name.ends_with("weight"))
        for (float& value : tensor.values) value = first ? 1e12F : -1e12F;
      if (name == "layers.1.other.1.weight")
        tensor.values = checkpoint.read("layers.1.dense.1.weight");
      tensors.push_back(std::move(tensor));
    }
    write_checkpoint(training.path, tensors, checkpoint.metadata());
    const ReparamReport report = reparam(training.path, deploy.path);
    CHECK_FALSE(report.passed);
    CHECK_FALSE(report.written);
    CHECK_FALSE(std::filesystem::exists(deploy.path));
  }
}
