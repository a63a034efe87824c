// SPDX-License-Identifier: MIT
#include "tessera/reparam.h"

#include <fmt/format.h>

#include <array>
#include <fstream>
#include <nlohmann/json.hpp>
#include <optional>
#include <string_view>

#include "base/files/atomic_file.h"
#include "base/files/sha256.h"
#include "checkpoint/safetensors.h"
#include "model/network.h"
#include "model/training_form/fold_check.h"
#include "model/training_form/training_form.h"
#include "model/training_form/training_form_evaluate.h"
#include "pipeline/batch/output_checks.h"
#include "pipeline/reparam/gate_freezing.h"
#include "tessera/checkpoint.h"
#include "tessera/error.h"

namespace tessera {
namespace fs = std::filesystem;
namespace {

void require_distinct(const fs::path& training, const fs::path& deploy) {
  std::error_code ignored;
  if (fs::equivalent(training, deploy, ignored))
    throw Error(
        ErrorCode::InvalidArgument,
        printable_name(deploy) + ": the output is the input; reparam never changes its input");
}

void copy_bytes(const fs::path& from, base::AtomicFile& file) {
  std::ifstream stream(from, std::ios::binary);
  std::array<char, 1 << 16> buffer{};
  while (stream.read(buffer.data(), buffer.size()) || stream.gcount() > 0)
    file.write(std::string_view(buffer.data(), static_cast<std::size_t>(stream.gcount())));
  // A stream that failed did not come to its end: what was read of it is no copy.
  if (!stream.eof()) throw Error(ErrorCode::IoFailure, printable_name(from) + ": cannot be read");
}

/// What was folded, and from which file.
std::string manifest(const model::FoldedForm& folded, const fs::path& training) {
  auto facts = nlohmann::json::parse(folded.metadata.at("tessera.reparam"));
  facts["source_sha256"] = base::file_digest(training);
  return facts.dump();
}

FoldedBlock block_report(const model::PlacedBlock& entry, const model::AffineConv& conv) {
  const model::BlockSpec& spec = entry.block.spec();
  const model::FoldCheck check = model::check_fold(entry.block, conv);
  std::size_t after = conv.weights.size() + conv.bias.size() + conv.border_bias.size();
  for (const model::ChannelGate* gate : entry.block.trailing_gates()) after += gate->parameters();
  FoldedBlock report;
  report.name = entry.place.name;
  report.kind = spec.kind;
  report.branches = static_cast<int>(spec.branches.size());
  report.gates = entry.block.gate_count();
  report.parameters_before = static_cast<std::int64_t>(entry.block.parameters());
  report.parameters_after = static_cast<std::int64_t>(after);
  report.macs_before = static_cast<std::int64_t>(entry.block.macs());
  report.macs_after = static_cast<std::int64_t>(conv.macs());
  report.border = check.border;
  report.interior = check.interior;
  report.relative_double = check.relative_double;
  report.relative_single = check.relative_single;
  report.passed = check.passed;
  return report;
}

/// Verifies every block, and the whole network where it can be evaluated plainly.
void verify(const model::TrainingForm& form,
            const model::FoldedForm& folded,
            ReparamReport& report) {
  for (std::size_t k = 0; k < form.blocks().size(); ++k) {
    report.blocks.push_back(block_report(form.blocks()[k], folded.convs[k]));
    report.passed = report.passed && report.blocks.back().passed;
  }
  if (folded.live_gates > 0) return;
  const Checkpoint deploy = Checkpoint::from_bytes(
      checkpoint::safetensors_bytes(folded.tensors, folded.metadata), form.name());
  const auto network = model::make_network(deploy, Precision::F32);
  if (!model::can_evaluate(form)) return;
  report.network_error = model::network_error(form, *network);
  report.passed = report.passed && *report.network_error <= model::kNetworkTolerance;
}

/// Gives the file its name when all else has gone well.
ReparamReport finished(const ReparamReport& report,
                       std::optional<base::AtomicFile>& file,
                       const ReparamObserver& observer) {
  if (observer) observer(report);
  if (file) file->commit();
  return report;
}

}  // namespace

ReparamReport reparam(const fs::path& training,
                      const fs::path& deploy,
                      const ReparamOptions& options,
                      const ReparamObserver& observer) {
  const Checkpoint checkpoint = Checkpoint::open(training);
  if (!options.check_only) require_distinct(training, deploy);
  if (!options.freeze_on.empty())
    pipeline::require_files_apart({deploy}, pipeline::pictures_to_freeze_on(options));
  ReparamReport report;
  std::optional<base::AtomicFile> file;
  const bool has_blocks = model::TrainingForm::describes(checkpoint);
  if (!has_blocks) model::make_network(checkpoint, Precision::F32);
  std::optional<model::TrainingForm> form;
  if (has_blocks) form.emplace(checkpoint);
  report.nothing_to_fold = !form || (form->folded_already() && options.freeze_on.empty());
  if (report.nothing_to_fold) {
    if (form)
      for (const model::PlacedBlock& entry : form->blocks())
        report.live_gates += static_cast<int>(entry.block.trailing_gates().size());
    report.written = !options.check_only;
    if (report.written) copy_bytes(training, file.emplace(deploy));
    return finished(report, file, observer);
  }

  if (!options.freeze_on.empty()) pipeline::freeze_gates(*form, options, report);
  model::FoldedForm folded = form->folded();
  folded.metadata["tessera.reparam"] = manifest(folded, training);
  report.live_gates = folded.live_gates;
  verify(*form, folded, report);
  report.written = report.passed && !options.check_only;
  if (report.written)
    file.emplace(deploy).write(checkpoint::safetensors_bytes(folded.tensors, folded.metadata));
  return finished(report, file, observer);
}

}  // namespace tessera
