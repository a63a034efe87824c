// SPDX-License-Identifier: MIT
#include "evaluate/evaluate_arguments.h"

#include <map>

#include "shared/cli.h"
#include "shared/options/environment.h"
#include "shared/options/number_text.h"
#include "shared/output/standard_output.h"
#include "tessera/error.h"
#include "tessera/image_io.h"

namespace tessera::cli {
namespace {

using Text = std::string;

constexpr const char* kRestoring = "Restoring";

double not_negative(const Text& text) {
  const double value = number_from_text(text);
  if (!(value >= 0.0))
    throw Error(ErrorCode::InvalidArgument, "expected 0 or more, found \"" + text + "\"");
  return value;
}

void append(std::vector<Text>& to, const Text& list) {
  for (Text& word : words_from_text(list)) to.push_back(std::move(word));
}

void add_degradation_options(CLI::App& app, EvaluateArguments& a) {
  add_choice<std::optional<Task>>(app, "--task", "degrade the pictures, restore them, compare",
                                  a.task,
                                  {{"demosaic", Task::Demosaic},
                                   {"upscale2", Task::Upscale2},
                                   {"inpaint", Task::Inpaint},
                                   {"denoise", Task::Denoise}});
  add_parsed(app, "-n,--model", "trained models, by name or by path", "MODEL,...",
             [&a](const Text& text) { append(a.models, text); });
  add_parsed(app, "--method", "methods without training", "METHOD,...",
             [&a](const Text& text) { append(a.methods, text); });
  add_parsed(app, "--sigma", "strengths of noise added, in 8-bit grey levels", "S,...",
             [&a](const Text& text) {
               a.degradation.sigmas.clear();
               for (const Text& word : words_from_text(text))
                 a.degradation.sigmas.push_back(not_negative(word));
               a.has_sigmas = true;
             });
  app.add_flag("--noise-shift", a.noise_shift, "what noise costs that methods are not told of");
  add_parsed(app, "--told-sigma", "the noise that methods are told, whatever is added", "S",
             [&a](const Text& text) { a.degradation.told_sigma = not_negative(text); });
  add_parsed(app, "--missing", "fraction of missing pixels of inpaint; default 0.8", "FRACTION",
             [&a](const Text& text) {
               a.degradation.missing = not_negative(text);
               if (a.degradation.missing >= 1.0)
                 throw Error(ErrorCode::InvalidArgument,
                             "expected less than 1, found \"" + text + "\"");
             });
  add_parsed(app, "--cfa", "layout of demosaic; default RGGB", "RGGB|BGGR|GRBG|GBRG",
             [&a](const Text& text) { a.degradation.pattern = bayer_pattern_from_name(text); });
  add_parsed(app, "--seed", "of noise and masks; default 80", "N",
             [&a](const Text& text) { a.degradation.seed = seed_from_text(text); });
  app.add_flag("-x,--self-ensemble", a.common.self_ensemble,
               "mean over the eight flips and turns: better, eight times slower");
}

void add_protocol_options(CLI::App& app, EvaluateArguments& a) {
  add_choice<MeasuredChannels>(app, "--channel", "what is compared; y: luma 16..235 of BT.601",
                               a.protocol.channels,
                               {{"rgb", MeasuredChannels::Rgb},
                                {"y", MeasuredChannels::Y},
                                {"grey", MeasuredChannels::Grey},
                                {"gray", MeasuredChannels::Grey}});
  add_parsed(
      app, "--border", "pixels cropped on each side; default 0", "N",
      [&a](const Text& text) { a.protocol.border = whole_number_from_text(text, 0, 1'000'000); });
  add_parsed(app, "--range", "sample value of white; default: that of each file", "auto|V",
             [&a](const Text& text) {
               a.protocol.white = text == "auto" ? 0.0 : number_from_text(text);
               if (text != "auto" && !(a.protocol.white > 0.0))
                 throw Error(ErrorCode::InvalidArgument, "expected auto or a number above 0");
             });
  add_choice<AlphaPolicy>(app, "--alpha", "alpha: ignored, or colours laid over black or white",
                          a.protocol.alpha,
                          {{"ignore", AlphaPolicy::Ignore},
                           {"black", AlphaPolicy::OverBlack},
                           {"white", AlphaPolicy::OverWhite}});
}

void add_result_options(CLI::App& app, EvaluateArguments& a) {
  add_choice<ReportFormat>(app, "-f,--format",
                           "of the figures; default: as FILE's suffix says, else text", a.format,
                           {{"text", ReportFormat::Text},
                            {"tsv", ReportFormat::Tsv},
                            {"csv", ReportFormat::Csv},
                            {"json", ReportFormat::Json},
                            {"markdown", ReportFormat::Markdown}});
  app.add_option("-o,--output", a.output, "write the figures to FILE instead of stdout")
      ->type_name("FILE");
  app.add_flag("--per-image", a.per_image, "each picture in text and markdown, too");
  app.add_option("--diff", a.outputs.differences, "write 8 times the difference of each picture")
      ->type_name("DIR");
  app.add_option("--save", a.outputs.restored, "write what was observed and restored")
      ->type_name("DIR");
  app.add_option("--html", a.outputs.html,
                 "write one self-contained page with tables, plots and pictures")
      ->type_name("FILE");
  add_parsed(
      app, "--html-quality", "JPEG quality of its pictures, 100: PNG; default 90", "N",
      [&a](const Text& text) { a.outputs.html_quality = whole_number_from_text(text, 1, 100); });
  app.add_flag("--overwrite", a.outputs.overwrite, "replace pictures and pages that exist");
  add_parsed(app, "--min-psnr", "status 5 when a method's mean is lower", "DB",
             [&a](const Text& text) { a.min_psnr = number_from_text(text); });
  add_parsed(app, "--min-ssim", "likewise", "VALUE",
             [&a](const Text& text) { a.min_ssim = number_from_text(text); });
  app.add_flag("--allow-missing", a.allow_missing, "pictures on one side only are no failure");
}

/// Names of formats are suffixes too, but for the first: nearly anything is called .txt.
const std::map<Text, ReportFormat>& formats_by_suffix() {
  static const std::map<Text, ReportFormat> known{{".csv", ReportFormat::Csv},
                                                  {".json", ReportFormat::Json},
                                                  {".md", ReportFormat::Markdown},
                                                  {".tsv", ReportFormat::Tsv}};
  return known;
}

/// Figures are what the name of their file says, unless --format says it; both must agree.
void settle_format(const CLI::App& app, EvaluateArguments& a) {
  if (a.output == "-" || is_open_or_special(a.output)) return;
  const Text suffix = suffix_in_small_letters(a.output);
  const auto said = formats_by_suffix().find(suffix);
  if (said == formats_by_suffix().end()) return;
  const CLI::Option* format = app.get_option("--format");
  if (format->count() == 0) a.format = said->second;
  if (a.format != said->second)
    throw Error(ErrorCode::InvalidArgument,
                printable_name(a.output) + ": this name says " + suffix.substr(1) +
                    ", --format says " + format->results().front() +
                    " (leave out --format, or give the file another suffix)");
}

/// Nobody would listen to what says how pictures are degraded and restored.
void refuse_without_task(const CLI::App& app, const EvaluateArguments& a) {
  const auto refuse = [](const Text& option) {
    throw Error(ErrorCode::InvalidArgument,
                option + " needs --task: files are compared as they are");
  };
  for (const CLI::Option* option : app.get_options())
    if (option->get_group() == kRestoring && option->count() > 0) refuse(option->get_name());
  if (!a.outputs.restored.empty()) refuse("--save");
  if (a.operands.size() < 2)
    throw Error(ErrorCode::InvalidArgument,
                "give the folder of originals and folders of restored pictures, or --task");
}

/// Pages and pictures go to files only.
void refuse_standard_output(const EvaluateArguments& a) {
  for (const auto& [option, path] :
       {std::pair{"--html", a.outputs.html}, std::pair{"--diff", a.outputs.differences},
        std::pair{"--save", a.outputs.restored}})
    if (path == "-")
      throw Error(ErrorCode::InvalidArgument,
                  Text(option) + ": only figures go to stdout (./- for one of this name)");
}

/// What another task listens to.
void refuse_of_other_tasks(const CLI::App& app, Task task) {
  const auto refuse = [&app](const Text& option, const Text& name) {
    if (app.get_option(option)->count() > 0)
      throw Error(ErrorCode::InvalidArgument, option + " belongs to --task " + name);
  };
  if (task != Task::Inpaint) refuse("--missing", "inpaint");
  if (task != Task::Demosaic) refuse("--cfa", "demosaic");
}

}  // namespace

void add_evaluate_options(CLI::App& app, EvaluateArguments& a) {
  app.add_option("operands", a.operands,
                 "originals, then folders of restored pictures; with --task originals only")
      ->type_name("PATH")
      ->group("Operands");
  grouped(app, kRestoring, [&] { add_degradation_options(app, a); });
  grouped(app, "Protocol", [&] { add_protocol_options(app, a); });
  grouped(app, "Results", [&] { add_result_options(app, a); });
  grouped(app, "Machine", [&] {
    add_execution_options(app, a.common);
    app.add_flag("--list-models", a.common.list_models, "print name and file of each model found");
  });
  grouped(app, "Messages", [&] {
    app.add_flag("-v,--verbose", a.common.verbosity, "tell what was noticed about each picture");
    add_progress_options(app, a.common);
  });
}

void finish_evaluate_arguments(const CLI::App& app, EvaluateArguments& a) {
  apply_environment(a.common.execution);
  refuse_standard_output(a);
  settle_format(app, a);
  if (!a.task) return refuse_without_task(app, a);
  if (a.operands.empty()) throw Error(ErrorCode::InvalidArgument, "no folder of pictures is given");
  if (a.models.empty() && a.methods.empty())
    throw Error(ErrorCode::InvalidArgument,
                "nothing to restore with (give --model, --method or both)");
  a.degradation.task = *a.task;
  refuse_of_other_tasks(app, *a.task);
  const bool denoises = *a.task == Task::Denoise;
  if (!a.has_sigmas && denoises) a.degradation.sigmas = {15.0, 25.0, 50.0};
  if (!a.noise_shift) return;
  if (!a.has_sigmas && !denoises) a.degradation.sigmas = {0.0, 5.0, 10.0, 20.0};
  if (denoises && !a.degradation.told_sigma) a.degradation.told_sigma = 25.0;
}

}  // namespace tessera::cli
