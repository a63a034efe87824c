// SPDX-License-Identifier: MIT
#include "reparam/reparam_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

namespace tessera::cli {
namespace {

constexpr const char* kRow = "{:<{}} {:<9} {:>8} {:>5} {:>19} {:>19} {:>9} {:>9}{}\n";
constexpr std::size_t kNarrowestName = 22;

std::string change(std::int64_t before, std::int64_t after) {
  return fmt::format("{} > {}", before, after);
}

/// The rows of all blocks together.
FoldedBlock sum_of(const std::vector<FoldedBlock>& blocks) {
  FoldedBlock sum;
  for (const FoldedBlock& block : blocks) {
    sum.branches += block.branches;
    sum.gates += block.gates;
    sum.parameters_before += block.parameters_before;
    sum.parameters_after += block.parameters_after;
    sum.macs_before += block.macs_before;
    sum.macs_after += block.macs_after;
    sum.border = std::max(sum.border, block.border);
    sum.interior = std::max(sum.interior, block.interior);
  }
  return sum;
}

std::string row(const FoldedBlock& block, std::size_t name_width) {
  return fmt::format(kRow, block.name, name_width, block.kind, block.branches, block.gates,
                     change(block.parameters_before, block.parameters_after),
                     change(block.macs_before, block.macs_after),
                     fmt::format("{:.1e}", block.border), fmt::format("{:.1e}", block.interior),
                     block.passed ? "" : "  FAILED");
}

}  // namespace

std::string text_from_report(const ReparamReport& report) {
  if (report.nothing_to_fold) return {};
  std::size_t width = kNarrowestName;
  for (const FoldedBlock& block : report.blocks) width = std::max(width, block.name.size());
  std::string text = fmt::format(kRow, "block", width, "kind", "branches", "gates", "parameters",
                                 "MAC per pixel", "border", "interior", "");
  for (const FoldedBlock& block : report.blocks) text += row(block, width);
  FoldedBlock sum = sum_of(report.blocks);
  sum.name = "all";
  text += row(sum, width);
  if (report.network_error)
    text +=
        fmt::format("whole network: max |d| / max(1, max |y|) = {:.1e}\n", *report.network_error);
  for (const FrozenGate& gate : report.frozen)
    text +=
        fmt::format("frozen {} {}: {} channels, stripe score {:.4f}, relative error {:.2e}\n",
                    gate.block, gate.kind, gate.channels, gate.stripe_score, gate.relative_error);
  if (!report.frozen.empty())
    text += fmt::format("PSNR on {} pictures: {:.4f} dB live, {:.4f} dB frozen, {:+.4f} dB\n",
                        report.pictures, report.psnr_live, report.psnr_frozen,
                        report.psnr_frozen - report.psnr_live);
  return text;
}

std::string json_from_report(const ReparamReport& report) {
  using nlohmann::json;
  json blocks = json::array(), frozen = json::array();
  for (const FoldedBlock& block : report.blocks)
    blocks.push_back({{"name", block.name},
                      {"kind", block.kind},
                      {"branches", block.branches},
                      {"gates", block.gates},
                      {"parameters", {block.parameters_before, block.parameters_after}},
                      {"macs_per_pixel", {block.macs_before, block.macs_after}},
                      {"border", block.border},
                      {"interior", block.interior},
                      {"relative_double", block.relative_double},
                      {"relative_single", block.relative_single},
                      {"passed", block.passed}});
  for (const FrozenGate& gate : report.frozen)
    frozen.push_back({{"block", gate.block},
                      {"kind", gate.kind},
                      {"channels", gate.channels},
                      {"stripe_score", gate.stripe_score},
                      {"relative_error", gate.relative_error}});
  json all{{"nothing_to_fold", report.nothing_to_fold},
           {"passed", report.passed},
           {"written", report.written},
           {"live_gates", report.live_gates},
           {"blocks", blocks},
           {"network_error", nullptr},
           {"frozen", frozen}};
  if (report.network_error) all["network_error"] = *report.network_error;
  if (!report.frozen.empty())
    all.update({{"pictures", report.pictures},
                {"psnr_live", report.psnr_live},
                {"psnr_frozen", report.psnr_frozen}});
  return all.dump(2) + "\n";
}

std::vector<std::string> notes_from_report(const ReparamReport& report, const std::string& output) {
  std::vector<std::string> notes;
  if (report.nothing_to_fold)
    notes.push_back(report.written ? "nothing to fold; copied to " + output : "nothing to fold");
  if (!report.passed)
    notes.push_back(
        "the folded network does not compute what the training form does; nothing was "
        "written");
  if (report.live_gates > 0)
    notes.push_back(
        fmt::format("warning: {} live gates stay, so the result still is a training "
                    "form (--freeze-gates makes them constants)",
                    report.live_gates));
  if (!report.frozen.empty())
    notes.push_back("warning: gates were frozen; the result is not what was trained");
  return notes;
}

}  // namespace tessera::cli
