// SPDX-License-Identifier: MIT
// fuse: two or more checkpoints in, one checkpoint out. Manual: man/fuse.1
#include "tessera/fuse.h"

#include "fuse/fuse_arguments.h"
#include "fuse/fuse_text.h"
#include "shared/cli.h"
#include "shared/json_config.h"
#include "shared/standard_output.h"
#include "tessera/image_io.h"

namespace {

constexpr const char* kName = "fuse";

int fuse(tessera::cli::FuseArguments& arguments) {
  namespace cli = tessera::cli;
  cli::finish_fuse_arguments(arguments);
  const std::string output = arguments.output.string();
  cli::check_writable(output);
  if (arguments.report == "-") arguments.report = "/dev/stdout";
  cli::check_text_file(arguments.report);
  cli::check_apart(arguments.report, output);
  const tessera::FuseReport report =
      tessera::fuse_checkpoints(arguments.inputs, arguments.output, arguments.options);
  for (const std::string& warning : report.warnings) cli::tell(kName, "warning: " + warning);
  if (!arguments.report.empty())
    tessera::write_text_file(arguments.report, cli::json_from_fusion(report, output));
  const int printed =
      arguments.quiet
          ? 0
          : cli::print_and_close(cli::text_from_fusion(report, output, arguments.verbose));
  return report.threshold_missed ? cli::kThresholdMissed : printed;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"Makes one model of two or more, aligned by optimal transport.", kName};
  tessera::cli::FuseArguments arguments;
  tessera::cli::add_fuse_options(app, arguments);
  return tessera::cli::run(app, argc, argv, [&] {
    if (!arguments.print_config) return fuse(arguments);
    return tessera::cli::print_and_close(tessera::cli::json_from_options(app, "print-config"));
  });
}
