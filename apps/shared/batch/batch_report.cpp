// SPDX-License-Identifier: MIT
#include "shared/batch/batch_report.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "shared/cli.h"
#include "shared/models.h"
#include "shared/output/standard_output.h"
#include "tessera/error.h"
#include "tessera/image_io.h"
#include "tessera/version.h"

namespace tessera::cli {
namespace {

nlohmann::json json_from_sigma(const std::optional<double>& sigma_8bit) {
  return sigma_8bit ? nlohmann::json(*sigma_8bit) : nlohmann::json();
}

nlohmann::json json_from_model(const std::filesystem::path& model) {
  return model.empty() ? nlohmann::json() : nlohmann::json(model.string());
}

nlohmann::json json_from_file(const FileOutcome& file) {
  return {{"input", file.input.string()},
          {"output", file.output.string()},
          {"state", name_of(file.state)},
          {"message", file.message},
          {"warnings", file.warnings},
          {"notes", file.notes},
          {"seconds", file.seconds},
          {"width", file.width},
          {"height", file.height},
          {"noise_sigma", json_from_sigma(file.noise_sigma)},
          {"model", json_from_model(file.model)}};
}

/// Models, with the precision in which they run.
nlohmann::json json_from_models(const std::vector<const Model*>& models) {
  nlohmann::json list = nlohmann::json::array();
  for (const Model* model : models)
    list.push_back({{"file", model->file().string()},
                    {"title", model->title()},
                    {"task", tessera::name_of(model->task())},
                    {"precision", name_of_precision(model->precision())}});
  return list;
}

void write_report(const std::string& program,
                  const BatchArguments& arguments,
                  const std::vector<const Model*>& models,
                  const BatchSummary& summary) {
  if (arguments.report.empty()) return;
  nlohmann::json report{{"program", program},
                        {"version", TESSERA_VERSION},
                        {"models", json_from_models(models)},
                        {"instruction_set", instruction_set()},
                        {"done", summary.done},
                        {"skipped", summary.skipped},
                        {"failed", summary.failed},
                        {"files", nlohmann::json::array()}};
  for (const FileOutcome& file : summary.files) report["files"].push_back(json_from_file(file));
  write_text_file(arguments.report,
                  report.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + '\n');
}

std::string text_from_plan(const BatchSummary& summary) {
  std::string text;
  for (const FileOutcome& file : summary.files) {
    if (file.state == FileOutcome::State::Skipped)
      text += fmt::format("{} skipped: {}\n", printable_name(file.input), file.message);
    if (file.state != FileOutcome::State::Planned) continue;
    text += fmt::format("{} -> {}", printable_name(file.input), printable_name(file.output));
    if (file.width > 0) text += fmt::format(" {}x{}", file.width, file.height);
    for (const std::string& note : file.notes) text += ", " + note;
    text += '\n';
  }
  return text;
}

/// The text of a report, when that goes to stdout, is the plan itself.
int print_plan(const BatchArguments& arguments, const BatchSummary& summary) {
  if (arguments.report == "/dev/stdout") return kDone;
  return print_and_close(text_from_plan(summary));
}

}  // namespace

const char* instruction_set() {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx512bf16")) return "avx512_bf16";
  if (__builtin_cpu_supports("avx512f")) return "avx512";
  if (__builtin_cpu_supports("avx2")) return "avx2";
  return "sse2";
#else
  return "generic";
#endif
}

int end_batch(BatchMessages& messages,
              const std::string& program,
              const BatchArguments& arguments,
              const std::vector<const Model*>& models,
              const BatchSummary& summary) {
  const int status = messages.finish(summary);
  const bool is_plan = arguments.batch.dry_run;
  if (!is_plan || is_open_or_special(arguments.report))
    write_report(program, arguments, models, summary);
  else if (!arguments.report.empty() && !arguments.quiet)
    tell(program, printable_name(arguments.report) +
                      ": not written by a --dry-run (--report - prints the report)");
  if (!is_plan) return status;
  const int printed = print_plan(arguments, summary);
  return status == kDone ? printed : status;
}

}  // namespace tessera::cli
