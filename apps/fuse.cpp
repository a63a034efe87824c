// SPDX-License-Identifier: MIT
// fuse: two or more checkpoints in, one checkpoint out. Manual: man/fuse.1
#include "tessera/fuse.h"

#include "fuse/fuse_arguments.h"
#include "fuse/fuse_text.h"
#include "shared/cli.h"
#include "shared/options/json_config.h"
#include "shared/output/standard_output.h"
#include "tessera/image_io.h"

namespace {

constexpr const char* kName = "fuse";

/// Tells and writes what was found, before the result appears.  Result  the exit status.
int tell_report(const tessera::cli::FuseArguments& a, const tessera::FuseReport& report) {
  namespace cli = tessera::cli;
  const std::string output = a.output.string();
  if (!a.quiet)
    for (const std::string& warning : report.warnings) cli::tell(kName, "warning: " + warning);
  if (report.threshold_missed)
    cli::tell(kName, cli::missed_threshold_text(report, a.options.min_psnr_drop.value_or(0.0)));
  const bool only_report = a.report == "-" || a.report == "/dev/stdout";
  int printed = cli::kDone;
  if (only_report)
    printed = cli::print_and_close(cli::json_from_fusion(report, output));
  else if (!a.quiet)
    printed = cli::print_and_close(cli::text_from_fusion(report, output, a.verbose));
  if (!only_report && !a.report.empty())
    tessera::write_text_file(a.report, cli::json_from_fusion(report, output));
  return report.threshold_missed ? cli::kThresholdMissed : printed;
}

int fuse(const CLI::App& app, tessera::cli::FuseArguments& arguments) {
  namespace cli = tessera::cli;
  cli::finish_fuse_arguments(app, arguments);
  cli::check_writable(arguments.output.string());
  cli::refuse_misleading_name(arguments.output.string(), "a checkpoint", ".safetensors");
  cli::refuse_misleading_name(arguments.options.aligned_output.string(), "a folder", "/");
  if (arguments.report != "-") cli::check_text_file(arguments.report);
  int status = cli::kDone;
  try {
    tessera::fuse_checkpoints(
        arguments.inputs, arguments.output, arguments.options,
        [&](const tessera::FuseReport& report) { status = tell_report(arguments, report); });
  } catch (const tessera::FusionMismatch& mismatch) {
    if (arguments.verbose)
      for (const std::string& reason : mismatch.reasons()) cli::tell(kName, reason);
    throw;
  }
  return status;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"Makes one model of two or more, aligned by optimal transport.", kName};
  tessera::cli::FuseArguments arguments;
  tessera::cli::add_fuse_options(app, arguments);
  return tessera::cli::run(app, argc, argv, [&] {
    if (!arguments.print_config) return fuse(app, arguments);
    return tessera::cli::print_and_close(tessera::cli::json_from_options(app, "print-config"));
  });
}
