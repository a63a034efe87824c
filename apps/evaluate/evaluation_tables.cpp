// SPDX-License-Identifier: MIT
#include "evaluate/evaluation_tables.h"

#include <fmt/format.h>

namespace tessera::cli {
namespace {

constexpr double kMebibyte = 1024.0 * 1024.0;
constexpr double kWhite8bit = 255.0;

std::string rounded(const std::optional<double>& value, int digits) {
  return value ? fmt::format("{:.{}f}", *value, digits) : "-";
}

std::string rounded(const MeanScore& score, int digits) {
  return score.count > 0 ? fmt::format("{:.{}f}", score.mean, digits) : "-";
}

std::string interval(const MeanScore& score, int digits) {
  if (!score.interval) return "-";
  return fmt::format("{:.{}f}..{:.{}f}", score.interval->low, digits, score.interval->high, digits);
}

/// The mean PSNR; infinite when every picture is identical to its reference.
std::string psnr_text(const MethodScores& method, int digits) {
  return method.psnr.count == 0 && method.identical > 0 ? "inf" : rounded(method.psnr, digits);
}

int measured(const MethodScores& method) { return method.psnr.count + method.identical; }

std::string memory(const RunCost& cost) {
  return cost.peak_memory > 0
             ? fmt::format("{:.0f}", static_cast<double>(cost.peak_memory) / kMebibyte)
             : "-";
}

bool has_identical(const Evaluation& evaluation) {
  for (const MethodScores& method : evaluation.methods)
    if (method.identical > 0) return true;
  return false;
}

bool has_strengths(const Evaluation& evaluation) {
  return evaluation.degradation && evaluation.degradation->sigmas.size() > 1;
}

std::string joined(const std::vector<std::string>& notes) {
  return fmt::format("{}", fmt::join(notes, "; "));
}

}  // namespace

TextTable method_table(const Evaluation& evaluation) {
  const bool timed = evaluation.degradation.has_value(), strengths = has_strengths(evaluation);
  const bool identical = has_identical(evaluation);
  TextTable table;
  table.column("method", true);
  if (strengths) table.column("sigma");
  for (const char* name : {"images", "PSNR dB", "95 % interval", "SSIM", "MS-SSIM"})
    table.column(name);
  if (identical) table.column("identical, not in the mean of PSNR");
  if (timed)
    for (const char* name : {"seconds", "processor s", "ns/pixel", "peak MiB"}) table.column(name);
  for (const MethodScores& method : evaluation.methods) {
    std::vector<std::string> row{method.method};
    if (strengths) row.push_back(fmt::format("{}", method.sigma));
    row.insert(row.end(),
               {std::to_string(measured(method)), psnr_text(method, 3), interval(method.psnr, 2),
                rounded(method.ssim, 5), rounded(method.ms_ssim, 5)});
    if (identical) row.push_back(std::to_string(method.identical));
    const auto known = [&](double number, int digits) {
      return measured(method) > 0 ? fmt::format("{:.{}f}", number, digits) : "-";
    };
    if (timed)
      row.insert(row.end(), {known(method.cost.seconds, 2), known(method.cost.processor_seconds, 2),
                             known(method.ns_per_pixel, 1), memory(method.cost)});
    table.rows.push_back(std::move(row));
  }
  return table;
}

TextTable difference_table(const Evaluation& evaluation) {
  const bool strengths = has_strengths(evaluation);
  TextTable table{.title = "Paired differences, first less second"};
  table.column("first", true);
  table.column("second", true);
  if (strengths) table.column("sigma");
  for (const char* name : {"PSNR dB", "95 % interval", "SSIM", "95 % interval", "first better"})
    table.column(name);
  for (const PairedDifference& d : evaluation.differences) {
    std::vector<std::string> row{d.first, d.second};
    if (strengths) row.push_back(fmt::format("{}", d.sigma));
    row.insert(row.end(),
               {rounded(d.psnr, 3), interval(d.psnr, 3), rounded(d.ssim, 5), interval(d.ssim, 5),
                fmt::format("{} of {}", d.first_better, d.compared)});
    table.rows.push_back(std::move(row));
  }
  return table;
}

TextTable noise_shift_table(const Evaluation& evaluation) {
  TextTable table{.title = "What noise costs, dB PSNR"};
  if (!evaluation.degradation) return table;
  const std::vector<double>& sigmas = evaluation.degradation->sigmas;
  const std::size_t count = evaluation.methods.size() / sigmas.size();
  table.column("method", true);
  for (const double sigma : sigmas) table.column(fmt::format("sigma {}", sigma));
  for (std::size_t s = 1; s < sigmas.size(); ++s)
    table.column(fmt::format("change at {}", sigmas[s]));
  for (std::size_t m = 0; m < count; ++m) {
    const MethodScores& clean = evaluation.methods[m];
    std::vector<std::string> row{clean.method};
    for (std::size_t s = 0; s < sigmas.size(); ++s)
      row.push_back(psnr_text(evaluation.methods[s * count + m], 2));
    for (std::size_t s = 1; s < sigmas.size(); ++s) {
      const MeanScore& noisy = evaluation.methods[s * count + m].psnr;
      const bool known = noisy.count > 0 && clean.psnr.count > 0;
      row.push_back(known ? fmt::format("{:+.2f}", noisy.mean - clean.psnr.mean) : "-");
    }
    table.rows.push_back(std::move(row));
  }
  return table;
}

TextTable picture_table(const Evaluation& evaluation) {
  TextTable table{.title = "Each picture"};
  table.column("image", true);
  table.column("method", true);
  if (has_strengths(evaluation)) table.column("sigma");
  for (const char* name : {"PSNR dB", "SSIM", "MS-SSIM", "worst of 255"}) table.column(name);
  table.column("at x,y,channel", true);
  if (evaluation.methods.empty()) return table;
  for (std::size_t i = 0; i < evaluation.methods.front().pictures.size(); ++i)
    for (const MethodScores& method : evaluation.methods) {
      const MeasuredPicture& picture = method.pictures[i];
      std::vector<std::string> row{picture.name, method.method};
      if (has_strengths(evaluation)) row.push_back(fmt::format("{}", method.sigma));
      if (picture.scores) {
        const PictureScores& scores = *picture.scores;
        const WorstPixel& worst = scores.worst;
        row.insert(row.end(), {fmt::format("{:.3f}", scores.psnr), rounded(scores.ssim, 5),
                               rounded(scores.ms_ssim, 5),
                               fmt::format("{:.1f}", kWhite8bit * worst.difference()),
                               fmt::format("{},{},{}", worst.x, worst.y, worst.channel)});
      } else {
        row.insert(row.end(), {"-", "-", "-", "-", picture.missing ? "missing" : "failed"});
      }
      table.rows.push_back(std::move(row));
    }
  return table;
}

namespace {

std::string exact(double value) { return fmt::format("{}", value); }
std::string exact(const std::optional<double>& value) { return value ? exact(*value) : ""; }
std::string exact(const MeanScore& score) { return score.count > 0 ? exact(score.mean) : ""; }

/// The last columns of a record: time and memory, empty when nothing was run.
void append_cost(std::vector<std::string>& row, const RunCost& cost, double pixels, bool timed) {
  if (!timed || pixels <= 0.0) {
    row.insert(row.end(), 4, "");
    return;
  }
  row.insert(row.end(), {exact(cost.seconds), exact(cost.processor_seconds),
                         exact(1e9 * cost.seconds / pixels),
                         cost.peak_memory > 0 ? std::to_string(cost.peak_memory) : ""});
}

double pixels_of(const MeasuredPicture& picture) {
  return static_cast<double>(picture.width) * picture.height;
}

std::vector<std::string> record_of(const MethodScores& method,
                                   const MeasuredPicture& picture,
                                   bool timed) {
  std::vector<std::string> row{"image", method.method, exact(method.sigma), picture.name};
  if (picture.scores) {
    const PictureScores& scores = *picture.scores;
    const WorstPixel& worst = scores.worst;
    row.insert(row.end(),
               {exact(scores.psnr), "", "", scores.identical() ? "1" : "0", exact(scores.ssim),
                exact(scores.ms_ssim), std::to_string(worst.x), std::to_string(worst.y),
                std::to_string(worst.channel), exact(worst.difference())});
  } else {
    row.insert(row.end(), 10, "");
  }
  append_cost(row, picture.cost, picture.scores ? pixels_of(picture) : 0.0, timed);
  row.push_back(picture.problem);
  row.push_back(joined(picture.notes));
  return row;
}

std::vector<std::string> mean_record_of(const MethodScores& method, bool timed) {
  const bool known = method.psnr.count > 0;
  const auto& interval = method.psnr.interval;
  double pixels = 0.0;
  for (const MeasuredPicture& picture : method.pictures)
    if (picture.scores) pixels += pixels_of(picture);
  std::vector<std::string> row{"mean", method.method, exact(method.sigma), ""};
  row.insert(row.end(), {!known && method.identical > 0 ? "inf" : exact(method.psnr),
                         interval ? exact(interval->low) : "",
                         interval ? exact(interval->high) : "", std::to_string(method.identical),
                         exact(method.ssim), exact(method.ms_ssim), "", "", "", ""});
  append_cost(row, method.cost, pixels, timed);
  row.push_back("");
  row.push_back(fmt::format("{} images", measured(method)));
  return row;
}

}  // namespace

TextTable record_table(const Evaluation& evaluation) {
  const bool timed = evaluation.degradation.has_value();
  std::string protocol = text_from_protocol(evaluation.protocol);
  if (timed) protocol += "; " + text_from_degradation(*evaluation.degradation);
  TextTable table;
  for (const char* name : {"row",           "method",
                           "sigma",         "image",
                           "psnr_db",       "psnr_low",
                           "psnr_high",     "identical",
                           "ssim",          "ms_ssim",
                           "worst_x",       "worst_y",
                           "worst_channel", "worst_difference",
                           "seconds",       "processor_seconds",
                           "ns_per_pixel",  "peak_memory_bytes",
                           "problem",       "notes",
                           "protocol"})
    table.column(name, true);
  for (const MethodScores& method : evaluation.methods) {
    for (const MeasuredPicture& picture : method.pictures)
      table.rows.push_back(record_of(method, picture, timed));
    table.rows.push_back(mean_record_of(method, timed));
  }
  for (auto& row : table.rows) row.push_back(protocol);
  return table;
}

}  // namespace tessera::cli
