// SPDX-License-Identifier: MIT
#include "tessera/fuse.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <numeric>
#include <optional>

#include "base/files/sha256.h"
#include "checkpoint/safetensors.h"
#include "fusion/average.h"
#include "pipeline/fuse/fuse_aligned.h"
#include "pipeline/fuse/fuse_candidates.h"
#include "pipeline/fuse/fuse_outputs.h"
#include "pipeline/fuse/fuse_provenance.h"
#include "pipeline/fuse/fuse_quality.h"
#include "pipeline/fuse/fuse_request.h"
#include "tessera/error.h"

namespace tessera::pipeline {
namespace {

// Above this, units are where the anchor has them already: the mean of the weights is best.
constexpr double kSameAncestor = 0.9;

/// Whether a method brings inputs into the anchor's channels.
bool aligns(FuseMethod method) {
  return method != FuseMethod::Linear && method != FuseMethod::Task;
}

/// One fusion from files to file, step by step.
class Fusion {
 public:
  Fusion(const std::vector<std::filesystem::path>& files, const FuseOptions& options)
      : files_(files), options_(options), pool_(options.execution.threads) {}

  FuseReport run(const std::filesystem::path& output, const FuseObserver& observer) {
    const auto start = std::chrono::steady_clock::now();
    open();
    align();
    combine();
    describe_choice(*candidates_, options_, static_cast<int>(calibration_.judges.size()), report_);
    check();
    measure();
    FilesTogether files;
    report_.written = !options_.plan_only && !report_.threshold_missed;
    if (report_.written) write(output, files);
    report_.seconds =
        std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    if (observer) observer(report_);
    files.commit();
    return std::move(report_);
  }

 private:
  const FusionInput& anchor() const { return inputs_[anchor_]; }

  /// Opens the inputs, decides the anchor and the weights, reads the calibration pictures.
  void open() {
    for (const auto& file : files_) inputs_.push_back(fusion_input(file));
    if (!options_.base.empty()) {
      inputs_.push_back(fusion_input(options_.base));
      require_fusible(inputs_, false);
      base_ = std::move(inputs_.back().tensors);
      inputs_.pop_back();
    }
    require_fusible(inputs_, aligns(options_.method));
    anchor_ = anchor_of(inputs_, options_, report_.warnings);
    rule_tensors_ = tensors_by_rule(anchor().tensors, options_.rules);
    const double sum = options_.weights.empty()
                           ? static_cast<double>(inputs_.size())
                           : std::accumulate(options_.weights.begin(), options_.weights.end(), 0.0);
    for (std::size_t k = 0; k < inputs_.size(); ++k) {
      FuseInput facts;
      facts.file = files_[k];
      facts.title = inputs_[k].checkpoint.metadata("tessera.title");
      facts.sha256 = base::file_digest(files_[k]);
      facts.tensors_sha256 = tensors_digest(inputs_[k].tensors);
      facts.weight = (options_.weights.empty() ? 1.0 : options_.weights[k]) / sum;
      facts.anchor = k == anchor_;
      facts.drift = std::nan("");
      report_.inputs.push_back(std::move(facts));
    }
    report_.architecture = anchor().checkpoint.metadata("tessera.architecture");
    report_.parameters = parameter_count(anchor().tensors);
    if (!options_.calibration.empty()) {
      calibration_ = calibration_pictures(options_, *anchor().network);
      report_.calibration_sha256 = calibration_.sha256;
      report_.calibration_pictures = static_cast<int>(calibration_.pictures.size());
    }
  }

  /// Brings every input into the anchor's channels, or finds that they are there already.
  void align() {
    const AlignmentSettings settings = alignment_settings(options_);
    describe_plans(options_, report_);
    method_ = options_.method;
    aligned_ = aligns(method_) ? aligned_inputs(inputs_, anchor_, calibration_, settings, nullptr,
                                                report_.inputs, pool_)
                               : unaligned_inputs(inputs_);
    if (method_ == FuseMethod::Auto) {
      double least = 1.0;
      for (const FuseInput& input : report_.inputs)
        if (!input.anchor)
          least = std::min(least, std::isnan(input.ancestry) ? 0.0 : input.ancestry);
      method_ = least > kSameAncestor ? FuseMethod::Linear : FuseMethod::Transport;
      if (method_ == FuseMethod::Linear) aligned_ = unaligned_inputs(inputs_);
    }
    report_.method = text_of(method_);
    for (FuseInput& input : report_.inputs) input.method = input.anchor ? "anchor" : report_.method;
    if (!aligns(method_)) return;
    if (const std::string warning = recipe_warning(options_); !warning.empty())
      report_.warnings.push_back(warning);
    measure_drift(aligned_, inputs_, anchor_, options_.force, report_);
    iterate(settings);
  }

  /// Aligns everything, the anchor too, to the mean of what is aligned, so that no input is
  /// special.
  void iterate(const AlignmentSettings& settings) {
    for (int round = 0; round < options_.iterate; ++round) {
      const fusion::TensorMap mean = averaged(aligned_.tensors);
      const fusion::RunnableNetwork target{anchor().graph, mean, anchor().metadata};
      bool moved = false;
      for (fusion::TensorMap& tensors : aligned_.tensors) {
        AlignedNetwork found = aligned_network({anchor().graph, tensors, anchor().metadata}, target,
                                               calibration_, settings, pool_);
        moved |= std::any_of(found.matching.maps.begin(), found.matching.maps.end(),
                             [](const fusion::SpaceMap& map) { return !map.is_identity(); });
        tensors = std::move(found.tensors);
      }
      if (!moved) break;
    }
    // After several rounds no single map leads from an input to what it has become.
    if (options_.iterate > 0)
      for (auto& original : aligned_.originals) original.reset();
  }

  /// The mean of networks in the anchor's channels, by the weights and their exceptions.
  fusion::TensorMap averaged(const std::vector<fusion::TensorMap>& networks) const {
    const std::vector<fusion::OperatorGraph> graph{anchor().graph};
    const fusion::SpaceTable table = fusion::channel_spaces(graph);
    std::vector<double> weights;
    for (const FuseInput& input : report_.inputs) weights.push_back(input.weight);
    fusion::TensorMap mean = weighted_mean(networks, weights, anchor_, table);
    for (std::size_t k = 0; k < options_.rules.size(); ++k) {
      const FuseRule& rule = options_.rules[k];
      if (rule_tensors_[k].empty()) continue;
      std::vector<double> anchor_only(networks.size(), 0.0);
      anchor_only[anchor_] = 1.0;
      const fusion::TensorMap other = weighted_mean(
          networks, rule.weights.empty() ? anchor_only : rule.weights, anchor_, table);
      for (const std::string& name : rule_tensors_[k]) mean[name] = other.at(name);
    }
    return mean;
  }

  /// Makes what the method makes, and the plain mean where that can be compared.
  void combine() {
    std::set<std::string> kept;
    for (std::size_t k = 0; k < options_.rules.size(); ++k)
      if (options_.rules[k].keeps) kept.insert(rule_tensors_[k].begin(), rule_tensors_[k].end());
    candidates_.emplace(anchor(), calibration_, std::move(kept), pool_, options_.data_type);
    if (options_.method == FuseMethod::Task) {
      // Task arithmetic takes the weights as they are given: they need not sum to 1.
      const std::vector<double> equal(inputs_.size(), 1.0 / static_cast<double>(inputs_.size()));
      const auto& weights = options_.weights.empty() ? equal : options_.weights;
      add_candidate(FuseMethod::Task, aligned_, fusion::add_tasks(base_, aligned_.tensors, weights),
                    true);
      return;
    }
    add_candidate(method_, aligned_, averaged(aligned_.tensors), true);
    if (method_ == FuseMethod::Linear) return;
    if (same_shapes(inputs_)) {
      const AlignedInputs plain = unaligned_inputs(inputs_);
      add_candidate(FuseMethod::Linear, plain, averaged(plain.tensors),
                    options_.method == FuseMethod::Auto);
    }
    if (leaves_plans_open(options_)) try_soft_plans();
  }

  /// Soft plans blur what a model computes, but led by a refit they come nearer to all models.
  void try_soft_plans() {
    const FuseOptions options = with_soft_plans(options_);
    FuseReport report = report_;
    describe_plans(options, report);
    AlignedInputs soft;
    try {
      soft = aligned_inputs(inputs_, anchor_, calibration_, alignment_settings(options), &aligned_,
                            report.inputs, pool_);
      measure_drift(soft, inputs_, anchor_, options.force, report);
      candidates_->add_soft(method_, averaged(soft.tensors), parents(soft),
                            fusion::Correction::Refit);
    } catch (const Error& error) {
      if (error.code() != ErrorCode::Refused && error.code() != ErrorCode::BadCheckpoint) throw;
      report_.warnings.push_back(fmt::format("soft plans were left out: {}", error.what()));
      return;
    }
    if (!candidates_->best().soft) return;
    aligned_ = std::move(soft);
    report_ = std::move(report);
  }

  std::vector<fusion::WeightedNetwork> parents(const AlignedInputs& networks) const {
    std::vector<fusion::WeightedNetwork> all;
    for (std::size_t k = 0; k < inputs_.size(); ++k)
      if (report_.inputs[k].weight > 0.0)
        all.push_back({networks.tensors[k], report_.inputs[k].weight, networks.originals[k].get()});
    return all;
  }

  void add_candidate(FuseMethod method,
                     const AlignedInputs& networks,
                     fusion::TensorMap mean,
                     bool eligible) {
    const bool corrects = aligns(method_) || options_.method == FuseMethod::Auto;
    candidates_->add(method, std::move(mean), parents(networks),
                     eligible ? correction_of(options_, corrects) : fusion::Correction::None,
                     eligible);
  }

  /// The fused network is finite, and white comes out bright.
  void check() {
    report_.white_probe = white_probe(*candidates_->best().network);
    if (!std::isfinite(report_.white_probe)) throw results_not_finite();
    if (report_.white_probe < 0.5)
      report_.warnings.push_back(
          fmt::format("a white picture comes out dark ({:.3f} of white)", report_.white_probe));
  }

  void measure() {
    if (options_.evaluation.empty()) return;
    std::vector<MeasuredNetwork> networks;
    const std::vector<std::string> names = distinct_names(files_, options_.names);
    for (std::size_t k = 0; k < inputs_.size(); ++k)
      networks.push_back({names[k], inputs_[k].network.get(), report_.inputs[k].weight});
    std::size_t chosen = 0;
    for (const FusionCandidate& candidate : candidates_->all()) {
      if (&candidate == &candidates_->best()) chosen = networks.size();
      networks.push_back({candidate.name(), candidate.network.get(), 0.0});
    }
    report_.quality = measured_quality(networks, options_, report_);
    report_.quality.push_back(report_.quality[chosen]);
    report_.quality.back().name = "fused";
    judge(report_, options_);
  }

  /// Everything but the names: the result is the last to get its own.
  void write(const std::filesystem::path& output, FilesTogether& files) {
    if (!options_.aligned_output.empty()) files.make_folder(options_.aligned_output);
    const auto aligned = aligned_files(files_, options_);
    for (std::size_t k = 0; k < aligned.size(); ++k) {
      std::vector<NamedTensor> list;
      for (const auto& [name, tensor] : aligned_.tensors[k]) list.push_back(tensor);
      files.add(aligned[k], checkpoint::safetensors_bytes(list, anchor().metadata));
    }
    std::vector<NamedTensor> tensors;
    for (const auto& [name, tensor] : candidates_->best().tensors) tensors.push_back(tensor);
    files.add(output,
              checkpoint::safetensors_bytes(tensors, fused_metadata(inputs_, options_, report_)));
  }

  std::vector<std::filesystem::path> files_;
  const FuseOptions& options_;
  base::ThreadPool pool_;
  std::vector<FusionInput> inputs_;
  std::size_t anchor_ = 0;
  FuseMethod method_ = FuseMethod::Auto;  ///< chosen by align()
  Calibration calibration_;
  AlignedInputs aligned_;
  fusion::TensorMap base_;
  std::vector<std::set<std::string>> rule_tensors_;  ///< for which each rule holds
  std::optional<FusionCandidates> candidates_;
  FuseReport report_;
};

}  // namespace
}  // namespace tessera::pipeline

namespace tessera {

FuseReport fuse_checkpoints(const std::vector<std::filesystem::path>& inputs,
                            const std::filesystem::path& output,
                            const FuseOptions& options,
                            const FuseObserver& observer) {
  pipeline::check_request(inputs, output, options);
  pipeline::check_outputs(inputs, output, options);
  return pipeline::Fusion(inputs, options).run(output, observer);
}

}  // namespace tessera
