// SPDX-License-Identifier: MIT
// reparam: folds a training checkpoint into a deploy checkpoint. Manual: man/reparam.1
#include "tessera/reparam.h"

#include <CLI/CLI.hpp>
#include <string>

#include "reparam/reparam_text.h"
#include "shared/cli.h"
#include "shared/options/number_text.h"
#include "shared/output/standard_output.h"
#include "tessera/error.h"
#include "tessera/model.h"

namespace {

constexpr const char* kName = "reparam";

struct Arguments {
  std::string training, output;
  bool json = false;
  tessera::ReparamOptions options;
};

int reparam(const CLI::App& app, const Arguments& arguments) {
  using namespace tessera;
  if (arguments.training.empty())
    throw Error(ErrorCode::InvalidArgument, "no checkpoint is named (see reparam --help)");
  if (arguments.output.empty() != arguments.options.check_only)
    throw Error(ErrorCode::InvalidArgument,
                "give either an output (-o DEPLOY) or --check-only (see reparam --help)");
  if (app.get_option("--sigma")->count() > 0 && arguments.options.freeze_on.empty())
    throw Error(ErrorCode::InvalidArgument, "--sigma needs --freeze-gates");
  cli::check_writable(arguments.output);
  cli::refuse_misleading_name(arguments.output, "a checkpoint", ".safetensors");
  int status = cli::kDone;
  const auto tell_report = [&](const ReparamReport& report) {
    for (const std::string& line : cli::notes_from_report(report, arguments.output))
      cli::tell(kName, line);
    status = cli::print_and_close(arguments.json ? cli::json_from_report(report)
                                                 : cli::text_from_report(report));
    if (status == cli::kDone && !report.passed) status = cli::kThresholdMissed;
  };
  tessera::reparam(find_model(arguments.training), arguments.output, arguments.options,
                   tell_report);
  return status;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"Folds branches, batch normalisations and gates into plain convolutions.", kName};
  Arguments arguments;
  app.add_option("training", arguments.training, "training checkpoint, by path or by name")
      ->type_name("TRAIN");
  app.add_option("-o,--output", arguments.output, "deploy checkpoint to write")
      ->type_name("DEPLOY");
  app.add_flag("--check-only", arguments.options.check_only, "fold and verify, write nothing");
  app.add_option("--freeze-gates", arguments.options.freeze_on,
                 "replace live gates by constants found on these pictures; changes the result")
      ->type_name("INPUT")
      ->allow_extra_args(false);
  tessera::cli::add_parsed(
      app, "--sigma", "noise on those pictures, in 8-bit grey levels; default 25", "S",
      [&](const std::string& text) {
        arguments.options.freeze_sigma_8bit = tessera::cli::sigma_from_text(text);
      });
  app.add_flag("--json", arguments.json, "print JSON instead of a table");
  return tessera::cli::run(app, argc, argv, [&] { return reparam(app, arguments); });
}
