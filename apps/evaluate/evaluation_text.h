// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include "tessera/evaluate.h"

namespace tessera::cli {

/// How figures are printed.
enum class ReportFormat { Text, Tsv, Csv, Json, Markdown };

/// What of an evaluation is printed.
struct ReportChoice {
  ReportFormat format = ReportFormat::Text;
  bool per_image = false;    ///< each picture in Text and Markdown, too
  bool noise_shift = false;  ///< the table of what noise costs
};

/// The figures of an evaluation with the protocol. Text and Markdown: tables for people; Tsv and
/// Csv (RFC 4180): one table with a heading, a row for each picture and one for each mean; Json:
/// everything.
std::string text_from_evaluation(const Evaluation& evaluation, const ReportChoice& choice);

}  // namespace tessera::cli
