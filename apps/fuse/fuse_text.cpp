// SPDX-License-Identifier: MIT
#include "fuse/fuse_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "shared/cli.h"
#include "tessera/version.h"

namespace tessera::cli {
namespace {

using nlohmann::json;

std::string number(double value, int digits) {
  return std::isfinite(value) ? fmt::format("{:.{}f}", value, digits) : std::string("-");
}

std::string inputs_text(const FuseReport& report) {
  std::string text;
  for (std::size_t k = 0; k < report.inputs.size(); ++k) {
    const FuseInput& input = report.inputs[k];
    text += fmt::format("{:<9}{} {} ({}), weight {:.4g}, sha256 {}{}\n", k == 0 ? "models" : "",
                        k + 1, printable_name(input.file),
                        input.title.empty() ? "no title" : on_one_line(input.title), input.weight,
                        input.sha256.substr(0, 12), input.anchor ? ", anchor" : "");
  }
  return text;
}

std::string spaces_text(const FuseInput& input, std::size_t index, bool verbose) {
  std::string text = fmt::format("{:<9}{} to the anchor: ancestry {}", "aligned", index + 1,
                                 number(input.ancestry, 2));
  if (input.ancestry == input.ancestry)
    text += input.ancestry > 0.9 ? " (common ancestor)" : " (trained apart)";
  std::vector<const FuseSpace*> solved;
  for (const FuseSpace& space : input.spaces)
    if (!space.fixed) solved.push_back(&space);
  text += fmt::format("; {} spaces solved, {} fixed, {} sweeps\n", solved.size(),
                      input.spaces.size() - solved.size(), input.sweeps);
  if (solved.empty()) return text;
  std::size_t longest = 28;
  for (const FuseSpace* space : solved) longest = std::max(longest, space->name.size());
  text +=
      fmt::format("         {:<{}} {:>9} {:>9} {:>9} {:>9} {:>7} {:>7} {:>9}\n", "space", longest,
                  "width", "identity", "optimal", "average", "match%", "margin", "moved");
  std::stable_sort(solved.begin(), solved.end(),
                   [](const FuseSpace* a, const FuseSpace* b) { return a->optimal > b->optimal; });
  constexpr std::size_t kShown = 5;
  if (!verbose && solved.size() > kShown) solved.resize(kShown);
  for (const FuseSpace* space : solved)
    text += fmt::format("         {:<{}} {:>9} {:>9} {:>9} {:>9} {:>7.0f} {:>7.3f} {:>9}\n",
                        space->name, longest,
                        space->width_model == space->width_anchor
                            ? std::to_string(space->width_anchor)
                            : fmt::format("{}->{}", space->width_model, space->width_anchor),
                        number(space->identity, 3), number(space->optimal, 3),
                        number(space->average, 3), 100.0 * space->best_share, space->margin,
                        fmt::format("{}/{}", space->moved, space->width_anchor));
  if (!verbose) text += "         (the worst matched; all with --verbose)\n";
  return text;
}

std::string correction_text(const FuseReport& report, bool verbose) {
  if (report.layers.empty()) return fmt::format("{:<9}{}\n", "correct", report.correction);
  double before = 0.0, after = 0.0;
  int kept = 0;
  for (const FuseLayer& layer : report.layers) {
    before += layer.before;
    after += layer.kept ? layer.after : layer.before;
    kept += layer.kept ? 1 : 0;
  }
  const auto count = static_cast<double>(report.layers.size());
  std::string text =
      fmt::format("{:<9}{} of {} of {} layers, mean residual {:.3f} -> {:.3f}\n", "correct",
                  report.correction, kept, report.layers.size(), before / count, after / count);
  if (verbose)
    for (const FuseLayer& layer : report.layers)
      text += fmt::format("         {:<28} {:>9.4f} -> {:>9.4f}{}\n", layer.name, layer.before,
                          layer.after, layer.kept ? "" : " (left out)");
  return text;
}

std::string judged_text(const FuseReport& report) {
  if (report.judging_pictures == 0) return {};
  std::string text = fmt::format("{:<9}on {} crops kept out:", "judged", report.judging_pictures);
  for (const FuseCandidate& candidate : report.candidates)
    text += fmt::format("{} {} {:.2f}{}", &candidate == &report.candidates.front() ? "" : ",",
                        candidate.name, candidate.judged, candidate.chosen ? " (taken)" : "");
  return text + " dB\n";
}

std::string quality_text(const FuseReport& report) {
  if (report.quality.empty()) return {};
  std::string text = fmt::format("{:<9}{:<28}", "PSNR", "dB");
  for (const std::string& column : report.quality_columns) text += fmt::format(" {:>9}", column);
  text += "\n";
  for (const FuseQuality& entry : report.quality) {
    text += fmt::format("         {:<28}", printable_name(entry.name));
    for (const double value : entry.psnr) text += fmt::format(" {:>9.2f}", value);
    text += "\n";
  }
  for (const std::string& line : report.quality_protocol) text += "         " + line + "\n";
  return text + fmt::format("         the result lies {:.2f} dB below the best model at worst\n",
                            report.psnr_drop);
}

json known(double value) { return std::isfinite(value) ? json(value) : json(nullptr); }

json json_from_input(const FuseInput& input) {
  json spaces = json::array();
  for (const FuseSpace& s : input.spaces)
    spaces.push_back({{"name", s.name},
                      {"width", s.width_model},
                      {"anchor_width", s.width_anchor},
                      {"fixed", s.fixed},
                      {"identity", known(s.identity)},
                      {"optimal", known(s.optimal)},
                      {"average", known(s.average)},
                      {"best_share", s.best_share},
                      {"margin", s.margin},
                      {"moved", s.moved},
                      {"map_hash", s.map_hash}});
  return {{"file", input.file.string()},
          {"title", input.title},
          {"sha256", input.sha256},
          {"sha256_tensors", input.tensors_sha256},
          {"weight", input.weight},
          {"anchor", input.anchor},
          {"ancestry", known(input.ancestry)},
          {"method", input.method},
          {"drift", known(input.drift)},
          {"sweeps", input.sweeps},
          {"spaces", spaces}};
}

json json_from_candidate(const FuseCandidate& candidate) {
  return {{"name", candidate.name},
          {"judged_psnr", known(candidate.judged)},
          {"taken", candidate.chosen}};
}

json json_from_layer(const FuseLayer& layer) {
  return {{"name", layer.name},
          {"before", known(layer.before)},
          {"after", known(layer.after)},
          {"kept", layer.kept}};
}

/// Adds what --eval measured: a mean for each column, and each picture's own.
void add_quality(json& all, const FuseReport& report) {
  for (const FuseQuality& entry : report.quality)
    for (std::size_t c = 0; c < entry.psnr.size(); ++c) {
      all["psnr"][entry.name][report.quality_columns[c]] = known(entry.psnr[c]);
      json& pictures = all["psnr_of_pictures"][entry.name][report.quality_columns[c]];
      for (std::size_t f = 0; f < entry.pictures[c].size(); ++f)
        pictures[report.quality_pictures[f]] = known(entry.pictures[c][f]);
    }
}

}  // namespace

std::string text_from_fusion(const FuseReport& report, const std::string& output, bool verbose) {
  std::string text = inputs_text(report);
  for (std::size_t k = 0; k < report.inputs.size(); ++k)
    if (!report.inputs[k].spaces.empty()) text += spaces_text(report.inputs[k], k, verbose);
  text += fmt::format("{:<9}{}, compared by {}", "method", report.method, report.metric);
  if (report.perplexity > 1.0) text += fmt::format(", perplexity {:g}", report.perplexity);
  if (report.epsilon > 0.0) text += fmt::format(", reg {:g}", report.epsilon);
  if (report.heads != "two-level") text += ", heads " + report.heads;
  if (report.residual != "shared") text += ", residual " + report.residual;
  if (report.calibration_pictures > 0)
    text += fmt::format(" on {} crops", report.calibration_pictures);
  else if (report.method != "linear" && report.method != "task")
    text += "; --calib DIR would compare by activations and refit the layers";
  text += "\n";
  for (std::size_t k = 0; k < report.inputs.size(); ++k)
    if (std::isfinite(report.inputs[k].drift))
      text += fmt::format(
          "{:<9}aligned {} differs from itself by {:.1e}{}\n", "checks", k + 1,
          report.inputs[k].drift,
          report.inputs[k].drift_allowed ? " (it may: widths, soft plans or --residual)" : ": ok");
  text += fmt::format("{:<9}white comes out as {:.3f}\n", "", report.white_probe);
  text += judged_text(report) + correction_text(report, verbose) + quality_text(report);
  if (report.threshold_missed)
    text += "threshold missed: nothing written\n";
  else if (report.written)
    text += fmt::format("wrote    {}, {} parameters, {:.1f} s\n", output, report.parameters,
                        report.seconds);
  else
    text += fmt::format("plan     nothing written, {} parameters, {:.1f} s\n", report.parameters,
                        report.seconds);
  return text;
}

std::string missed_threshold_text(const FuseReport& report, double allowed) {
  return fmt::format(
      "the result lies {:.4f} dB below the best model, {} is allowed: nothing written",
      report.psnr_drop, allowed);
}

std::string json_from_fusion(const FuseReport& report, const std::string& output) {
  json all{{"program", "fuse"},
           {"version", TESSERA_VERSION},
           {"output", output},
           {"written", report.written},
           {"method", report.method},
           {"metric", report.metric},
           {"correct", report.correction},
           {"heads", report.heads},
           {"residual", report.residual},
           {"perplexity", report.perplexity},
           {"reg", report.epsilon},
           {"parameters", report.parameters},
           {"white_probe", known(report.white_probe)},
           {"calib_pictures", report.calibration_pictures},
           {"calib_sha256", report.calibration_sha256},
           {"warnings", report.warnings},
           {"threshold_missed", report.threshold_missed},
           {"psnr_drop", report.quality.empty() ? json(nullptr) : known(report.psnr_drop)},
           {"seconds", report.seconds},
           {"judging_pictures", report.judging_pictures},
           {"candidates", json::array()},
           {"inputs", json::array()},
           {"layers", json::array()},
           {"psnr", json::object()},
           {"psnr_protocol", report.quality_protocol}};
  for (const FuseInput& input : report.inputs) all["inputs"].push_back(json_from_input(input));
  for (const FuseCandidate& candidate : report.candidates)
    all["candidates"].push_back(json_from_candidate(candidate));
  for (const FuseLayer& layer : report.layers) all["layers"].push_back(json_from_layer(layer));
  add_quality(all, report);
  return all.dump(2, ' ', false, json::error_handler_t::replace) + "\n";
}

}  // namespace tessera::cli
