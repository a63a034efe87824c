// SPDX-License-Identifier: MIT
#include "evaluate/evaluation_text.h"

#include "evaluate/evaluation_tables.h"

namespace tessera::cli {
namespace {

/// Tables for people, below what was measured and how.
std::string tables_from(const Evaluation& evaluation, const ReportChoice& choice) {
  const bool markdown = choice.format == ReportFormat::Markdown;
  const auto print = markdown ? markdown_from_table : plain_from_table;
  std::string text = print(method_table(evaluation));
  if (choice.noise_shift) text += "\n" + print(noise_shift_table(evaluation));
  if (!evaluation.differences.empty()) text += "\n" + print(difference_table(evaluation));
  if (choice.per_image) text += "\n" + print(picture_table(evaluation));
  text += "\n" + text_from_protocol(evaluation.protocol) + "\n";
  if (evaluation.degradation)
    text += (markdown ? "\n" : "") + text_from_degradation(*evaluation.degradation) + "\n";
  return text;
}

}  // namespace

std::string text_from_evaluation(const Evaluation& evaluation, const ReportChoice& choice) {
  switch (choice.format) {
    case ReportFormat::Json:
      return json_from_evaluation(evaluation);
    case ReportFormat::Csv:
      return csv_from_table(record_table(evaluation));
    case ReportFormat::Tsv:
      return tsv_from_table(record_table(evaluation));
    case ReportFormat::Text:
    case ReportFormat::Markdown:
      break;
  }
  return tables_from(evaluation, choice);
}

}  // namespace tessera::cli
