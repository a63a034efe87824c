// SPDX-License-Identifier: MIT
#include "tessera/evaluate.h"

#include <doctest/doctest.h>

#include <cmath>
#include <stdexcept>
#include <vector>

#include "base/files/printable_name.h"
#include "pipeline/evaluate/display_picture.h"
#include "pipeline/evaluate/observe.h"
#include "support/pictures.h"
#include "support/synthetic_image.h"
#include "support/temporary_folder.h"
#include "tessera/error.h"
#include "tessera/image_io.h"

namespace tessera {
namespace {

/// A folder with pictures of the given names, 8 bits in colour, odd and even sizes.
void fill_folder(const test::TemporaryFolder& folder, const std::vector<std::string>& names) {
  int side = 20;
  for (const std::string& name : names) {
    folder.write(name, "");
    write_image(folder / name, test::textured_image(side, side + 5, 3), format_from_suffix(name));
    side += 3;
  }
}

/// Gives back what was observed.
Restorer identity() {
  return {"identity", [](const Observation& observed, const ExecutionOptions&) {
            return observed.picture.clone();
          }};
}

MethodComparison denoising(const test::TemporaryFolder& folder, std::vector<double> sigmas) {
  MethodComparison comparison;
  comparison.inputs = {folder.path()};
  comparison.degradation.task = Task::Denoise;
  comparison.degradation.sigmas = std::move(sigmas);
  return comparison;
}

}  // namespace

TEST_SUITE("pipeline/evaluate") {
  TEST_CASE("a method that does nothing scores the noise itself") {
    const test::TemporaryFolder folder;
    Image grey(96, 80, 1, SampleType::F32);
    test::fill_image<float>(grey, [](int, int, int) { return 0.5F; });
    write_image(folder / "grey.tif", grey, FileFormat::Tiff);
    const std::vector<Restorer> restorers{identity()};
    const Evaluation evaluation = evaluate_methods(denoising(folder, {0.0, 25.0}), restorers);
    REQUIRE(evaluation.methods.size() == 2);
    CHECK(evaluation.methods[0].identical == 1);
    CHECK(evaluation.methods[0].psnr.count == 0);
    // Not clipped, not rounded: 20 log10(255 / sigma), within what 7680 samples of noise allow.
    CHECK(evaluation.methods[1].psnr.mean ==
          doctest::Approx(20.0 * std::log10(255.0 / 25.0)).epsilon(0.01));
    CHECK(evaluation.methods[1].cost.seconds > 0.0);
    CHECK(evaluation.methods[1].ns_per_pixel > 0.0);
  }
  TEST_CASE("a picture's figures do not depend on the other pictures") {
    const test::TemporaryFolder many, one;
    fill_folder(many, {"a.png", "b.png", "deep/c.png"});
    write_image(one / "b.png", read_image(many / "b.png"), FileFormat::Png);
    const std::vector<Restorer> restorers{identity()};
    const auto all = evaluate_methods(denoising(many, {15.0}), restorers);
    const auto alone = evaluate_methods(denoising(one, {15.0}), restorers);
    REQUIRE(all.methods[0].pictures.size() == 3);
    CHECK(all.methods[0].pictures[1].name == "b");
    CHECK(all.methods[0].pictures[2].name == "deep/c");
    CHECK(all.methods[0].pictures[1].scores->psnr == alone.methods[0].pictures[0].scores->psnr);
  }
  TEST_CASE("a method that throws costs its own figure alone") {
    const test::TemporaryFolder folder;
    fill_folder(folder, {"a.png"});
    const std::vector<Restorer> restorers{
        {"broken",
         [](const Observation&, const ExecutionOptions&) -> Image {
           throw Error(ErrorCode::BadImage, "no idea");
         }},
        identity()};
    const auto evaluation = evaluate_methods(denoising(folder, {15.0}), restorers);
    CHECK_FALSE(evaluation.methods[0].pictures[0].scores);
    CHECK(evaluation.methods[0].pictures[0].problem ==
          (folder / "a.png").string() + ": no idea (broken)");
    CHECK(evaluation.methods[1].pictures[0].scores);
    REQUIRE(evaluation.differences.size() == 1);
    CHECK(evaluation.differences[0].psnr.count == 0);
  }
  TEST_CASE("whatever one picture makes a method or the disk throw, the others are measured") {
    const test::TemporaryFolder folder;
    const std::string odd = "b\n.png";
    fill_folder(folder, {"a.png", odd, "c.png"});
    const std::vector<Restorer> restorers{
        {"moody", [](const Observation& observed, const ExecutionOptions&) {
           // The second of the three, by its size.
           if (observed.picture.width() == 23) throw std::runtime_error("a library's own words");
           return observed.picture.clone();
         }}};
    const auto evaluation = evaluate_methods(denoising(folder, {15.0}), restorers);
    const auto& pictures = evaluation.methods.at(0).pictures;
    REQUIRE(pictures.size() == 3);
    CHECK(pictures[0].scores);
    CHECK(pictures[2].scores);
    CHECK(pictures[1].error == ErrorCode::IoFailure);
    CHECK(pictures[1].problem == base::printable_name((folder / odd).native()) +
                                     ": internal error: a library's own words (moody)");
  }
  TEST_CASE("a name with a newline stands once in what is told of a damaged file") {
    const test::TemporaryFolder folder;
    const std::string odd = "b\n.png";
    fill_folder(folder, {"a.png"});
    folder.write(odd, "no picture");
    const std::vector<Restorer> restorers{identity()};
    const auto evaluation = evaluate_methods(denoising(folder, {15.0}), restorers);
    const std::string& problem = evaluation.methods.at(0).pictures.at(1).problem;
    const std::string name = base::printable_name((folder / odd).native());
    CHECK(problem.starts_with(name + ": "));
    CHECK(problem.find(name, 1) == std::string::npos);
    CHECK(problem.find('\n') == std::string::npos);
  }
  TEST_CASE("pairs go by name: extension and order do not matter, extra and missing are told") {
    const test::TemporaryFolder reference, restored;
    fill_folder(reference, {"a.png", "b.png", "deep/c.png"});
    restored.write("deep/c.tif", "");
    write_image(restored / "deep/c.tif", read_image(reference / "deep/c.png"), FileFormat::Tiff);
    write_image(restored / "a.tif", read_image(reference / "a.png"), FileFormat::Tiff);
    write_image(restored / "z.png", read_image(reference / "a.png"), FileFormat::Png);
    const auto evaluation =
        evaluate_files({.reference = reference.path(), .restored = {restored.path()}});
    const MethodScores& method = evaluation.methods.at(0);
    CHECK(method.identical == 2);
    CHECK(method.pictures[1].missing);
    CHECK_FALSE(method.pictures[0].missing);
    REQUIRE(method.extra.size() == 1);
    CHECK(method.extra[0] == restored / "z.png");
    const std::string json = json_from_evaluation(evaluation);
    CHECK(json.find("\"psnr_db\": null") != std::string::npos);
    CHECK(json.find("\"ssim\": null") != std::string::npos);  // of what is missing
  }
  TEST_CASE("differences of two methods are taken picture by picture") {
    const test::TemporaryFolder folder;
    fill_folder(folder, {"a.png", "b.png"});
    // Brighter by a fixed amount on top of the same noise: worse on every picture.
    const std::vector<Restorer> restorers{
        identity(), {"brighter", [](const Observation& observed, const ExecutionOptions&) {
                       Image picture = observed.picture.clone();
                       float* sample = picture.colour_row<float>(0);
                       for (int i = 0; i < picture.width() * picture.height() * 3; ++i)
                         sample[i] += 0.2F;
                       return picture;
                     }}};
    const auto evaluation = evaluate_methods(denoising(folder, {5.0}), restorers);
    const PairedDifference& difference = evaluation.differences.at(0);
    CHECK(difference.first_better == 2);
    CHECK(difference.compared == 2);
    CHECK(difference.psnr.count == 2);
    CHECK(difference.psnr.mean ==
          doctest::Approx(evaluation.methods[0].psnr.mean - evaluation.methods[1].psnr.mean));
    CHECK(difference.psnr.interval.value().low > 0.0);
    // Of two methods with the same results neither is better.
    const std::vector<Restorer> twins{identity(), {"twin", identity().restore}};
    const auto equal = evaluate_methods(denoising(folder, {5.0}), twins);
    CHECK(equal.differences.at(0).psnr.count == 2);
    CHECK(equal.differences.at(0).first_better == 0);
    CHECK(equal.differences.at(0).compared == 2);
    // What is restored exactly has no difference in dB, and is better all the same.
    const auto exact = evaluate_methods(denoising(folder, {0.0}), restorers);
    CHECK(exact.differences.at(0).psnr.count == 0);
    CHECK(exact.differences.at(0).first_better == 2);
    CHECK(exact.differences.at(0).compared == 2);
  }

  TEST_CASE("one picture has a mean and no interval") {
    const test::TemporaryFolder folder;
    fill_folder(folder, {"a.png"});
    const std::vector<Restorer> restorers{identity()};
    const auto evaluation = evaluate_methods(denoising(folder, {5.0}), restorers);
    CHECK(evaluation.methods.at(0).psnr.count == 1);
    CHECK_FALSE(evaluation.methods.at(0).psnr.interval.has_value());
    CHECK(json_from_evaluation(evaluation).find("\"ci95\": null") != std::string::npos);
  }
  TEST_CASE("an infinite sample is an error that names the picture which holds it") {
    const test::TemporaryFolder reference, restored;
    Image picture(20, 16, 3, SampleType::F32);
    test::fill_image<float>(picture, [](int y, int x, int c) { return 0.02F * (x + y + c); });
    Image broken = picture.clone(), negative = picture.clone();
    broken.colour_row<float>(7)[11] = INFINITY;
    negative.colour_row<float>(3)[0] = -INFINITY;
    for (const char* name : {"restored.pfm", "both.pfm", "reference.pfm", "same.pfm"}) {
      const std::string text = name;
      const bool of_both = text == "both.pfm";
      write_image(reference / text, of_both || text == "reference.pfm" ? broken : picture,
                  FileFormat::Pfm);
      write_image(restored / text, of_both ? broken : (text == "restored.pfm" ? negative : picture),
                  FileFormat::Pfm);
    }
    const auto evaluation =
        evaluate_files({.reference = reference.path(), .restored = {restored.path()}});
    const MethodScores& method = evaluation.methods.at(0);
    CHECK(method.identical == 1);
    CHECK(method.psnr.count == 0);
    REQUIRE(method.pictures.size() == 4);
    for (const MeasuredPicture& measured : method.pictures) {
      CHECK(measured.scores.has_value() == (measured.name == "same"));
      if (measured.name == "same") continue;
      CHECK(measured.error == ErrorCode::BadImage);
      const std::string& file =
          measured.name == "restored" ? measured.restored.string() : measured.reference.string();
      CHECK(measured.problem.starts_with(file + ": holds "));
    }
  }
  TEST_CASE("an infinite sample that a method makes costs that method's figure") {
    const test::TemporaryFolder folder;
    write_image(folder / "a.tif", Image(20, 16, 1, SampleType::F32), FileFormat::Tiff);
    const std::vector<Restorer> restorers{
        {"broken", [](const Observation& observed, const ExecutionOptions&) {
           Image picture = observed.picture.clone();
           picture.colour_row<float>(2)[1] = INFINITY;
           return picture;
         }}};
    const auto evaluation = evaluate_methods(denoising(folder, {5.0}), restorers);
    const MeasuredPicture& picture = evaluation.methods.at(0).pictures.at(0);
    CHECK_FALSE(picture.scores.has_value());
    CHECK(picture.error == ErrorCode::BadImage);
    CHECK(evaluation.methods[0].identical == 0);
  }
}

TEST_SUITE("pipeline/observe") {
  TEST_CASE("what is observed is what the observation floor makes") {
    const Image picture = test::textured_image(13, 9, 3);
    Degradation degradation{.task = Task::Demosaic, .pattern = BayerPattern::GBRG};
    CHECK(test::same_pixels(pipeline::observe(picture, degradation, 0.0).picture,
                            mosaic(picture, BayerPattern::GBRG)));
    degradation.task = Task::Upscale2;
    CHECK(
        test::same_pixels(pipeline::observe(picture, degradation, 0.0).picture, decimate(picture)));
    degradation.task = Task::Denoise;
    degradation.told_sigma = 5.0;
    const Observation noisy = pipeline::observe(picture, degradation, 20.0);
    CHECK(noisy.sigma == 5.0);
    CHECK(test::same_pixels(noisy.picture, add_gaussian_noise(picture, 20.0, degradation.seed)));
  }
  TEST_CASE("holes hold nothing of what was there") {
    const Image picture = test::textured_image(31, 17, 3);
    const Observation observed =
        pipeline::observe(picture, {.task = Task::Inpaint, .missing = 0.6}, 0.0);
    REQUIRE(observed.mask);
    int missing = 0;
    for (int y = 0; y < 17; ++y)
      for (int x = 0; x < 31; ++x) {
        const bool hole = observed.mask->colour_row<std::uint8_t>(y)[x] == 0;
        missing += hole;
        for (int c = 0; c < 3; ++c)
          CHECK(observed.picture.colour_row<std::uint8_t>(y)[3 * x + c] ==
                (hole ? 0 : picture.colour_row<std::uint8_t>(y)[3 * x + c]));
      }
    CHECK(missing == doctest::Approx(0.6 * 31 * 17).epsilon(0.1));
  }
}

TEST_SUITE("pipeline/display_picture") {
  TEST_CASE("differences are eight times as large and clipped") {
    Image black(3, 2, 1, SampleType::U8), grey(3, 2, 1, SampleType::U8);
    grey.colour_row<std::uint8_t>(0)[1] = 7;
    grey.colour_row<std::uint8_t>(1)[2] = 200;
    const Image difference = pipeline::difference_picture(black, grey, {});
    CHECK(difference.colour_row<std::uint8_t>(0)[1] == 56);
    CHECK(difference.colour_row<std::uint8_t>(1)[2] == 255);
    CHECK(difference.colour_row<std::uint8_t>(0)[0] == 0);
  }
  TEST_CASE("only an odd picture has an even enlargement") {
    const Image odd(5, 4, 1, SampleType::U8), even(6, 4, 1, SampleType::U8);
    std::vector<std::string> notes;
    CHECK(pipeline::is_even_enlargement(odd, even));
    CHECK_FALSE(pipeline::is_even_enlargement(even, odd));
    CHECK_FALSE(pipeline::is_even_enlargement(even, even));
    CHECK(pipeline::cropped_enlargement(odd, even, notes).width() == 5);
    CHECK(notes.size() == 1);
  }
  TEST_CASE("a large picture is shown from its middle") {
    const Image picture = test::textured_image(9, 7, 3);
    const Image shown = pipeline::display_picture(picture, 5);
    REQUIRE(shown.width() == 5);
    REQUIRE(shown.height() == 5);
    CHECK(shown.colour_row<std::uint8_t>(0)[0] == picture.colour_row<std::uint8_t>(1)[3 * 2]);
  }
}

}  // namespace tessera
