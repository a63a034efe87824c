// SPDX-License-Identifier: MIT
// fuse: two or more checkpoints in, one checkpoint out. Manual: man/fuse.1
#include "tessera/fuse.h"

#include <fstream>

#include "cli.h"
#include "fuse_arguments.h"
#include "fuse_text.h"
#include "json_config.h"
#include "standard_output.h"

namespace {

constexpr const char* kName = "fuse";

int fuse(tessera::cli::FuseArguments& arguments) {
  namespace cli = tessera::cli;
  cli::finish_fuse_arguments(arguments);
  const std::string output = arguments.output.string();
  const tessera::FuseReport report =
      tessera::fuse_checkpoints(arguments.inputs, arguments.output, arguments.options);
  for (const std::string& warning : report.warnings) cli::tell(kName, "warning: " + warning);
  if (!arguments.report.empty()) {
    std::ofstream file(arguments.report, std::ios::binary | std::ios::trunc);
    file << cli::json_from_fusion(report, output);
    file.close();
    if (!file)
      throw tessera::Error(tessera::ErrorCode::IoFailure,
                           arguments.report + ": cannot write the report");
  }
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
