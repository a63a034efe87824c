// SPDX-License-Identifier: MIT
#include "fuse/fuse_arguments.h"

#include <fmt/format.h>

#include "shared/cli.h"
#include "shared/options/environment.h"
#include "shared/options/json_config.h"
#include "shared/options/number_text.h"
#include "tessera/error.h"
#include "tessera/model.h"

namespace tessera::cli {
namespace {

using Text = std::string;

std::vector<double> numbers_from_text(const Text& text) {
  std::vector<double> numbers;
  for (const Text& word : words_from_text(text)) numbers.push_back(number_from_text(word));
  return numbers;
}

void add_numbers(CLI::App& app, const Text& names, const Text& help, std::vector<double>& target) {
  add_parsed(app, names, help, "N,...",
             [&target](const Text& text) { target = numbers_from_text(text); });
}

/// Noise levels in 8-bit grey levels.
void add_sigmas(CLI::App& app, const Text& names, const Text& help, std::vector<double>& target) {
  add_parsed(app, names, help, "S,...", [&target](const Text& text) {
    std::vector<double> sigmas;
    for (const Text& word : words_from_text(text)) sigmas.push_back(sigma_from_text(word));
    target = std::move(sigmas);
  });
}

void add_number(CLI::App& app, const Text& names, const Text& help, double& target) {
  add_parsed(app, names, help, "X",
             [&target](const Text& text) { target = number_from_text(text); });
}

/// The input that a number from 1 on or a name as given means.
int input_from_text(const Text& option, const Text& text, const FuseArguments& a) {
  for (std::size_t k = 0; k < a.names.size(); ++k)
    if (text == a.names[k] || text == std::to_string(k + 1)) return static_cast<int>(k);
  throw Error(ErrorCode::InvalidArgument,
              option + ": expected the number or name of an input, found \"" + text + "\"");
}

/// REGEX=weight:N,... or keep:MODEL or skip; the last = counts.
FuseRule rule_from_text(const Text& text, const FuseArguments& a) {
  const std::size_t equals = text.rfind('=');
  FuseRule rule;
  rule.pattern = text.substr(0, equals);
  const Text action = equals == Text::npos ? "" : text.substr(equals + 1);
  const Text value = action.substr(std::min(action.find(':'), action.size() - 1) + 1);
  if (action.rfind("weight:", 0) == 0) {
    rule.weights = numbers_from_text(value);
  } else if (action.rfind("keep:", 0) == 0) {
    rule.keeps = true;
    rule.weights.assign(a.names.size(), 0.0);
    rule.weights[static_cast<std::size_t>(input_from_text("--set", value, a))] = 1.0;
  } else if (action == "skip") {
    rule.keeps = true;
  } else {
    throw Error(
        ErrorCode::InvalidArgument,
        "expected REGEX=weight:N,..., REGEX=keep:MODEL or REGEX=skip, found \"" + text + "\"");
  }
  return rule;
}

void add_fusion_options(CLI::App& app, FuseArguments& a) {
  FuseOptions& o = a.options;
  add_numbers(app, "-w,--weights", "weight of each model, in order; 0 is legal; default: equal",
              o.weights);
  app.add_option("--anchor", a.anchor,
                 "number or name of the model whose channels stay; default: the last, or the "
                 "smallest where widths differ")
      ->type_name("N|MODEL");
  add_choice<FuseMethod>(app, "--method",
                         "auto: linear for models of one ancestor, else ot; match: by weights, "
                         "iterated; task: differences from --base",
                         o.method,
                         {{"auto", FuseMethod::Auto},
                          {"linear", FuseMethod::Linear},
                          {"ot", FuseMethod::Transport},
                          {"match", FuseMethod::Match},
                          {"task", FuseMethod::Task}});
  app.add_option("--base", o.base, "common ancestor for task arithmetic")->type_name("MODEL");
  app.add_flag("--keep-order", o.keep_order, "a model with all the weight stays in its own order");
  app.add_option("--set", a.rules,
                 "other weights for the tensors that match: weight:N,..., keep:MODEL, skip")
      ->type_name("REGEX=RULE")
      ->allow_extra_args(false);
  add_whole_number(app, "--iterate", "rounds of aligning all to their mean", o.iterate, 0, 100);
  add_choice<FuseCorrection>(
      app, "--correct", "after the mean; default: refit with --calib after aligning, else none",
      o.correction,
      {{"none", FuseCorrection::None},
       {"stats", FuseCorrection::Statistics},
       {"repair", FuseCorrection::Repair},
       {"refit", FuseCorrection::Refit}});
  add_choice<Text>(app, "--dtype", "of the tensors written; keep: as the anchor's", o.data_type,
                   {{"keep", ""}, {"f32", "F32"}, {"f16", "F16"}, {"bf16", "BF16"}});
}

void add_soft_plan_options(CLI::App& app, FuseOptions& o) {
  add_number(app, "--perplexity", "above 1: soft plans that mix so many units", o.perplexity);
  add_number(app, "--reg", "above 0: regularisation of soft plans itself", o.epsilon);
  add_whole_number(app, "--sinkhorn-iters", "iterations of a soft plan at most",
                   o.sinkhorn_iterations, 1, 100000000);
  add_number(app, "--tol", "by which the masses of a soft plan may be off; default: 1e-9",
             o.sinkhorn_tolerance);
}

void add_alignment_options(CLI::App& app, FuseArguments& a) {
  FuseOptions& o = a.options;
  add_choice<FuseMetric>(app, "--metric",
                         "what units are compared by; default: both with --calib, else weights; "
                         "negative controls: acts on shuffled crops, random",
                         o.metric,
                         {{"acts", FuseMetric::Activations},
                          {"weights", FuseMetric::Weights},
                          {"both", FuseMetric::Both},
                          {"shuffled", FuseMetric::Shuffled},
                          {"random", FuseMetric::Random}});
  app.add_option("--calib", o.calibration,
                 "pictures like those of training, in a folder and below it")
      ->type_name("DIR");
  add_whole_number(app, "--calib-count", "crops taken from them", o.calibration_count, 1, 100000);
  add_whole_number(app, "--calib-size", "side of a crop in pixels", o.calibration_size, 2, 4096);
  add_sigmas(app, "--calib-sigma", "noise levels of the crops of a denoiser, in turn", o.sigmas);
  add_parsed(app, "--seed", fmt::format("of crops and noise; default {}", o.seed), "N",
             [&o](const Text& text) { o.seed = seed_from_text(text); });
  add_choice<FuseHeads>(app, "--heads",
                        "inside matched heads permutations, or rotations; flat: across heads",
                        o.heads,
                        {{"two-level", FuseHeads::TwoLevel},
                         {"rotate", FuseHeads::Rotate},
                         {"flat", FuseHeads::Flat}});
  add_choice<FuseResidual>(app, "--residual",
                           "map of a stream that is added to: one for all, or of what it and the "
                           "branch have half of each, by size, by size of channels",
                           o.residual,
                           {{"shared", FuseResidual::Shared},
                            {"mean", FuseResidual::Mean},
                            {"scalar", FuseResidual::Scalar},
                            {"matrix", FuseResidual::Matrix}});
  add_choice<bool>(app, "--marginals", "mass of each unit", o.importance,
                   {{"uniform", false}, {"importance", true}});
  app.add_flag("--rescale", o.rescale, "match the lengths of units' weights, too");
  add_soft_plan_options(app, o);
}

void add_outcome_options(CLI::App& app, FuseArguments& a) {
  FuseOptions& o = a.options;
  app.add_flag("--plan", o.plan_only, "all checks, costs and figures; nothing is written");
  app.add_option("--eval", o.evaluation, "measure models, mean, result, ensemble on this folder")
      ->type_name("DIR");
  add_whole_number(app, "--eval-count", "pictures of it at most; 0: all", o.evaluation_count, 0,
                   1000000);
  add_sigmas(app, "--eval-sigma", "noise levels to measure a denoiser at", o.evaluation_sigmas);
  add_parsed(app, "--min-psnr-drop", "status 5 when the result is more below the best model", "DB",
             [&o](const Text& text) { o.min_psnr_drop = number_from_text(text); });
  app.add_flag("--force", o.force, "go on when aligning changed what a model computes");
  app.add_option("--aligned-out", o.aligned_output, "write the aligned models into this folder")
      ->type_name("DIR");
  app.add_flag("--no-provenance", a.no_provenance, "leave out how the model was made");
  add_choice<FuseProvenance>(
      app, "--provenance-paths", "how models are named in it", o.provenance,
      {{"basename", FuseProvenance::BaseName}, {"full", FuseProvenance::Full}});
  app.add_option("--report", a.report, "write everything that was found to FILE, as JSON")
      ->type_name("FILE");
  add_parsed(app, "-j,--threads", "threads; default: all processors allowed", "N",
             [&o](const Text& text) { o.execution.threads = threads_from_text(text); });
  add_json_config(app);
  app.add_flag("--print-config", a.print_config, "print the options given as such a file, and end");
  app.add_flag("-v,--verbose", a.verbose, "tell of every space and layer");
  app.add_flag("-q,--quiet", a.quiet, "tell errors only");
}

/// Nobody would listen to options about pictures that are not there.
void refuse_without(const CLI::App& app, const Text& needed, const std::vector<Text>& options) {
  if (app.get_option(needed)->count() > 0) return;
  for (const Text& option : options)
    if (app.get_option(option)->count() > 0)
      throw Error(ErrorCode::InvalidArgument, option + " needs " + needed);
}

/// Models by their names, and the files of this command line that no result may replace.
void find_models(const CLI::App& app, FuseArguments& a) {
  for (const std::string& name : a.names) {
    a.inputs.push_back(find_model(name));
    const std::filesystem::path given = (std::filesystem::path(name) / "").parent_path();
    a.options.names.push_back(name_of_model(given));
  }
  if (!a.options.base.empty()) a.options.base = find_model(a.options.base.string());
  for (const Text& file : app.get_option("--config")->results())
    a.options.also_read.emplace_back(file);
  if (!a.report.empty() && a.report != "-") a.options.also_written.emplace_back(a.report);
}

}  // namespace

void add_fuse_options(CLI::App& app, FuseArguments& arguments) {
  app.add_option("models", arguments.names, "models to be fused, by name or by path")
      ->type_name("MODEL");
  app.add_option("-o,--output", arguments.output, "checkpoint to be written")->type_name("FILE");
  add_fusion_options(app, arguments);
  add_alignment_options(app, arguments);
  add_outcome_options(app, arguments);
}

void finish_fuse_arguments(const CLI::App& app, FuseArguments& a) {
  FuseOptions& o = a.options;
  apply_environment(o.execution);
  refuse_without(app, "--calib", {"--calib-count", "--calib-size", "--calib-sigma"});
  refuse_without(app, "--eval", {"--eval-count", "--eval-sigma"});
  for (const Text& rule : a.rules)
    parse_option("--set", [&] { o.rules.push_back(rule_from_text(rule, a)); });
  if (a.no_provenance) o.provenance = FuseProvenance::None;
  if (o.perplexity < 1.0)
    throw Error(ErrorCode::InvalidArgument, "--perplexity: expected 1 or more");
  if (o.epsilon < 0.0) throw Error(ErrorCode::InvalidArgument, "--reg: expected 0 or more");
  if (!(o.sinkhorn_tolerance > 0.0))
    throw Error(ErrorCode::InvalidArgument, "--tol: expected more than 0");
  if (a.names.empty()) throw Error(ErrorCode::InvalidArgument, "no models (see fuse --help)");
  if (o.aligned_output == "-")
    throw Error(ErrorCode::InvalidArgument,
                "--aligned-out: models go into a folder, not to stdout (./- for one of this name)");
  find_models(app, a);
  if (!a.anchor.empty()) o.anchor = input_from_text("--anchor", a.anchor, a);
}

}  // namespace tessera::cli
