// SPDX-License-Identifier: MIT
#include "inspect/inspect_arguments.h"

#include <fmt/format.h>

#include <charconv>

#include "shared/cli.h"
#include "shared/options/number_text.h"
#include "tessera/error.h"

namespace tessera::cli {
namespace {

using Text = std::string;

/// "row,column", both 0 or more.
std::pair<int, int> point_from_text(const Text& text) {
  int row = -1, column = -1;
  const char* end = text.data() + text.size();
  const auto first = std::from_chars(text.data(), end, row);
  if (first.ec == std::errc() && first.ptr != end && *first.ptr == ',') {
    const auto second = std::from_chars(first.ptr + 1, end, column);
    if (second.ec == std::errc() && second.ptr == end && row >= 0 && column >= 0)
      return {row, column};
  }
  throw Error(ErrorCode::InvalidArgument, "expected ROW,COLUMN or none, found \"" + text + "\"");
}

/// "none" asks for no point.
void add_point(const Text& text, PictureInspectionOptions& options) {
  if (!options.points) options.points.emplace();
  if (text != "none") options.points->push_back(point_from_text(text));
}

double noise_from_text(const Text& text) {
  const Text expected = "a noise level above 0, at most 255";
  const double sigma = sigma_from_text(text, expected);
  if (sigma == 0.0)
    throw Error(ErrorCode::InvalidArgument, "expected " + expected + ", found \"" + text + "\"");
  return sigma;
}

constexpr char kWithPicture[] = "With a picture";

void add_picture_option(CLI::App& app,
                        const Text& names,
                        const Text& help,
                        const Text& type,
                        const std::function<void(const Text&)>& set) {
  add_parsed(app, names, help, type, set)->group(kWithPicture);
}

/// Which picture, how it was observed, where it is looked at and where the results go.
void add_picture_options(CLI::App& app, InspectArguments& a) {
  app.add_option("-o,--output", a.output, "write all numbers and pictures into this folder")
      ->type_name("FOLDER")
      ->group(kWithPicture);
  app.add_flag("--html", a.html, "write a page to look at, too: report.html in the folder")
      ->group(kWithPicture);
  app.add_flag("--overwrite", a.overwrite, "replace what an inspection left in the folder")
      ->group(kWithPicture);
  add_picture_option(app, "--cfa", "layout of a mosaic (demosaicking models)",
                     "RGGB|BGGR|GRBG|GBRG",
                     [&a](const Text& text) { a.options.pattern = bayer_pattern_from_name(text); });
  add_picture_option(app, "--mask", "holes: where this picture is 0 (models that fill holes)",
                     "FILE", [&a](const Text& text) { a.mask = file_from_text(text); });
  add_picture_option(app, "--reference", "the clean picture, of the result's size", "FILE",
                     [&a](const Text& text) { a.reference = file_from_text(text); });
  add_whole_number(app, "--crop", "side of the middle part to look at; 0: all", a.options.crop, 0,
                   1 << 16)
      ->group(kWithPicture);
  app.add_option_function<std::vector<Text>>(
         "--at",
         [&a](const std::vector<Text>& texts) {
           for (const Text& text : texts) parse_option("--at", [&] { add_point(text, a.options); });
         },
         "pixel to draw graphs around; several times; default: a flat one, an edge, a texture")
      ->type_name("ROW,COLUMN|none")
      ->allow_extra_args(false)
      ->group(kWithPicture);
}

/// What is measured, and what it may cost.
void add_measurement_options(CLI::App& app, InspectArguments& a) {
  app.add_flag("--pde", a.options.pde, "fit a diffusion-reaction equation to every step")
      ->group(kWithPicture);
  app.add_flag("--mi", a.options.information, "bound what every state tells of injected noise")
      ->group(kWithPicture);
  add_picture_option(
      app, "--sigma",
      "that noise, in 8-bit levels (25); for a denoiser the picture's noise (estimated)", "S",
      [&a](const Text& text) { a.options.sigma_8bit = noise_from_text(text); });
  add_whole_number(app, "--probes", "noise planes for traces and spectra", a.options.probes, 1,
                   1000)
      ->group(kWithPicture);
  add_picture_option(app, "--seed",
                     fmt::format("same seed, same numbers; default {}", a.options.seed), "N",
                     [&a](const Text& text) { a.options.seed = seed_from_text(text); });
  add_picture_option(app, "-j,--threads",
                     "threads inside convolutions; 1 by default: parts are small", "N",
                     [&a](const Text& text) { a.options.threads = threads_from_text(text); });
  add_picture_option(app, "--max-memory",
                     "memory beyond the picture; default: a quarter of the machine", "SIZE",
                     [&a](const Text& text) { a.options.max_memory = bytes_from_text(text); });
}

}  // namespace

void add_inspect_options(CLI::App& app, InspectArguments& a) {
  app.add_option("model", a.model, "trained model, by name or by path")->type_name("MODEL");
  app.add_option("picture", a.picture, "picture that the model is looked at on; - is stdin")
      ->type_name("PICTURE");
  app.add_flag("--json", a.json, "print JSON instead of tables");
  app.add_flag("--list-models", a.list_models, "print name and file of each model found");
  add_picture_options(app, a);
  add_measurement_options(app, a);
}

void finish_inspect_arguments(const CLI::App& app, const InspectArguments& a) {
  const auto refuse = [](const Text& problem) { throw Error(ErrorCode::InvalidArgument, problem); };
  if (a.model.empty()) refuse("no model is named (see inspect --help)");
  if (a.picture.empty())
    for (const CLI::Option* option : app.get_options())
      if (option->count() > 0 && option->get_group() == "With a picture")
        refuse(option->get_name() + " needs a picture (inspect MODEL PICTURE)");
  if (a.html && a.output.empty()) refuse("--html needs a folder (-o FOLDER)");
}

}  // namespace tessera::cli
