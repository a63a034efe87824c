// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <string>

#include "pipeline/batch/batch.h"
#include "support/pictures.h"
#include "support/temporary_folder.h"
#include "tessera/error.h"

using namespace tessera;
using test::TemporaryFolder;

namespace {

/// What became of one file, and whether it came to the work.
struct Trial {
  FileOutcome outcome;
  bool worked = false;
};

/// A picture of 3x2 pixels to `output`; the work returns it, or what is opaque of it.
Trial tried(const Image& picture,
            const char* output,
            const OutputForm& form = {},
            bool keeps_opacity = true) {
  const TemporaryFolder folder;
  write_image(folder / "in.tif", picture, FileFormat::Tiff);
  Trial trial;
  pipeline::FileWork work;
  work.keeps_opacity = keeps_opacity;
  work.result_size = [](ImageSize size) { return size; };
  work.restore = [&](const pipeline::BatchItem&, const Image& read, const ExecutionOptions&,
                     FileOutcome&) {
    trial.worked = true;
    Image result = read.clone();
    if (!keeps_opacity) std::fill_n(result.alpha(), 6, std::byte{255});
    return result;
  };
  BatchOptions options{.inputs = {folder / "in.tif"}, .output = folder / output};
  options.form = form;
  trial.outcome = pipeline::run_batch(options, work, {.threads = 1}, {}).files.front();
  CHECK(std::filesystem::exists(folder / output) ==
        (trial.outcome.state == FileOutcome::State::Done));
  return trial;
}

void expect_refusal(const Trial& trial, const char* reason) {
  CHECK_FALSE(trial.worked);
  CHECK(trial.outcome.state == FileOutcome::State::Failed);
  CHECK(trial.outcome.error == ErrorCode::InvalidArgument);
  CHECK(trial.outcome.message.find(reason) != std::string::npos);
}

void expect_success(const Trial& trial) {
  CHECK(trial.worked);
  CHECK(trial.outcome.message.empty());
  CHECK(trial.outcome.state == FileOutcome::State::Done);
}

}  // namespace

TEST_SUITE("pipeline/format_limits") {
  TEST_CASE("a result that its format cannot hold is refused before the work") {
    const Image fine = test::random_picture(3, 2, 3, SampleType::U16, 1);
    expect_refusal(tried(fine, "x.jpg"), "JPEG holds no 16-bit samples");
    expect_refusal(tried(fine, "x.webp"), "WebP holds no 16-bit samples");
    expect_refusal(tried(fine, "x.pfm"), "PFM holds");
    expect_success(tried(fine, "x.png"));
    expect_success(tried(fine, "x.jpg", {.depth = SampleType::U8}));
    const Image real = test::random_picture(3, 2, 1, SampleType::F32, 1);
    expect_refusal(tried(real, "x.png"), "PNG holds no float samples");
    expect_success(tried(real, "x.png", {.depth = SampleType::U16}));
  }
  TEST_CASE("alpha is refused where the format has none, unless the work makes it opaque") {
    const Image alpha = test::random_picture(3, 2, 3, SampleType::U8, 1, true);
    for (const char* output : {"x.jpg", "x.ppm"}) {
      expect_refusal(tried(alpha, output), "holds no alpha");
      expect_success(tried(alpha, output, {.background = BackgroundColour{}}));
      expect_success(tried(alpha, output, {}, false));
    }
    Image opaque = test::random_picture(3, 2, 3, SampleType::U8, 1, true);
    std::fill_n(opaque.alpha(), 6, std::byte{255});
    expect_success(tried(opaque, "x.jpg"));
  }
}
