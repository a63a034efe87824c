// SPDX-License-Identifier: MIT
#include "tessera/fuse.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <memory>
#include <numeric>
#include <optional>

#include "base/sha256.h"
#include "fusion/average.h"
#include "pipeline/fuse/fuse_alignment.h"
#include "pipeline/fuse/fuse_candidates.h"
#include "pipeline/fuse/fuse_provenance.h"
#include "pipeline/fuse/fuse_quality.h"
#include "tessera/error.h"

namespace tessera::pipeline {
namespace {

// Above this, units are where the anchor has them already: the mean of the weights is best.
constexpr double kSameAncestor = 0.9;
// Aligned by permutations a network may differ in the rounding of its sums, not more.
constexpr double kLargestDrift = 1e-4;

/// One fusion from files to file, step by step.
class Fusion {
 public:
  Fusion(const std::vector<std::filesystem::path>& files, const FuseOptions& options)
      : files_(files), options_(options), pool_(options.execution.threads) {}

  FuseReport run(const std::filesystem::path& output) {
    open();
    align();
    combine();
    describe_choice(*candidates_, options_, static_cast<int>(calibration_.judges.size()), report_);
    check();
    measure();
    if (!options_.plan_only && !report_.threshold_missed) write(output);
    return std::move(report_);
  }

 private:
  const FusionInput& anchor() const { return inputs_[anchor_]; }

  /// Opens the inputs, decides the anchor and the weights, reads the calibration pictures.
  void open() {
    for (const auto& file : files_) inputs_.push_back(fusion_input(file));
    originals_.resize(inputs_.size());
    const bool aligned =
        options_.method != FuseMethod::Linear && options_.method != FuseMethod::Task;
    if (!options_.base.empty()) {
      inputs_.push_back(fusion_input(options_.base));
      require_fusible(inputs_, false);
      base_ = std::move(inputs_.back().tensors);
      inputs_.pop_back();
    }
    require_fusible(inputs_, aligned);
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
    FuseMethod method = options_.method;
    const AlignmentSettings settings = alignment_settings(options_);
    report_.metric = text_of(settings.metric);
    report_.heads = text_of(options_.heads);
    report_.residual = text_of(options_.residual);
    std::vector<AlignedNetwork>& found = alignments_;
    found.resize(inputs_.size());
    double least = 1.0;
    if (method != FuseMethod::Linear && method != FuseMethod::Task)
      for (std::size_t k = 0; k < inputs_.size(); ++k) {
        if (k == anchor_) continue;
        found[k] = aligned_network(inputs_[k].runnable(), anchor().runnable(), calibration_,
                                   settings, pool_);
        describe_alignment(found[k], report_.inputs[k]);
        const double score = report_.inputs[k].ancestry;
        least = std::min(least, std::isnan(score) ? 0.0 : score);
      }
    if (method == FuseMethod::Auto)
      method = least > kSameAncestor ? FuseMethod::Linear : FuseMethod::Transport;
    report_.method = text_of(method);
    const bool aligns = method != FuseMethod::Linear && method != FuseMethod::Task;
    if (const std::string warning = recipe_warning(options_); aligns && !warning.empty())
      report_.warnings.push_back(warning);
    for (std::size_t k = 0; k < inputs_.size(); ++k) {
      FuseInput& facts = report_.inputs[k];
      const bool stays = k == anchor_ || !aligns;
      facts.method = k == anchor_ ? "anchor" : text_of(method);
      aligned_.push_back(stays ? inputs_[k].tensors : std::move(found[k].tensors));
      if (!stays) check_drift(k);
    }
    if (!aligns) return;
    iterate(settings);
    // After several rounds no single map leads from an input to what it has become.
    if (options_.iterate > 0) return;
    for (std::size_t k = 0; k < inputs_.size(); ++k)
      if (k != anchor_ && !found[k].same_function)
        originals_[k] = std::make_unique<fusion::OriginalNetwork>(
            fusion::OriginalNetwork{inputs_[k].runnable(), found[k].table, found[k].matching.maps});
  }

  void check_drift(std::size_t k) {
    FuseInput& facts = report_.inputs[k];
    const auto network =
        network_of(aligned_[k], anchor().metadata, "aligned " + files_[k].string());
    facts.drift = relative_drift(*inputs_[k].network, *network);
    if (facts.drift_allowed || facts.drift <= kLargestDrift) return;
    const std::string problem = fmt::format(
        "{}: aligned, it no longer computes what it computed: its result changes by "
        "{:.2g} of its largest value, {:.0e} is allowed",
        files_[k].string(), facts.drift, kLargestDrift);
    if (!options_.force) throw Error(ErrorCode::Refused, problem + " (--force goes on)");
    report_.warnings.push_back(problem);
  }

  /// Aligns everything, the anchor too, to the mean of what is aligned, so that no input is
  /// special.
  void iterate(const AlignmentSettings& settings) {
    for (int round = 0; round < options_.iterate; ++round) {
      const fusion::TensorMap mean = averaged(aligned_);
      const fusion::RunnableNetwork target{anchor().graph, mean, anchor().metadata};
      bool moved = false;
      for (fusion::TensorMap& tensors : aligned_) {
        AlignedNetwork found = aligned_network({anchor().graph, tensors, anchor().metadata}, target,
                                               calibration_, settings, pool_);
        moved |= std::any_of(found.matching.maps.begin(), found.matching.maps.end(),
                             [](const fusion::SpaceMap& map) { return !map.is_identity(); });
        tensors = std::move(found.tensors);
      }
      if (!moved) break;
    }
  }

  /// The mean of networks in the anchor's channels, by the weights and their exceptions.
  fusion::TensorMap averaged(const std::vector<fusion::TensorMap>& networks) const {
    const std::vector<fusion::OperatorGraph> graph{anchor().graph};
    const fusion::SpaceTable table = fusion::channel_spaces(graph);
    std::vector<double> weights;
    for (const FuseInput& input : report_.inputs) weights.push_back(input.weight);
    fusion::TensorMap mean = weighted_mean(networks, weights, anchor_, table);
    for (const FuseRule& rule : options_.rules) {
      if (rule_tensors_.at(rule.pattern).empty()) continue;
      std::vector<double> shares(networks.size(), 0.0);
      shares[anchor_] = 1.0;
      const fusion::TensorMap other =
          weighted_mean(networks, rule.weights.empty() ? shares : rule.weights, anchor_, table);
      for (const std::string& name : rule_tensors_.at(rule.pattern)) mean[name] = other.at(name);
    }
    return mean;
  }

  /// Makes what the method makes, and the plain mean where that can be compared.
  void combine() {
    std::set<std::string> kept;
    for (const FuseRule& rule : options_.rules)
      if (rule.keeps)
        kept.insert(rule_tensors_[rule.pattern].begin(), rule_tensors_[rule.pattern].end());
    candidates_.emplace(anchor(), calibration_, std::move(kept), pool_);
    if (options_.method == FuseMethod::Task) {
      // Task arithmetic takes the weights as they are given: they need not sum to 1.
      const std::vector<double> equal(aligned_.size(), 1.0 / static_cast<double>(aligned_.size()));
      add_candidate(
          "task", aligned_,
          fusion::add_tasks(base_, aligned_, options_.weights.empty() ? equal : options_.weights),
          true);
      return;
    }
    add_candidate(report_.method, aligned_, averaged(aligned_), true);
    if (report_.method == "linear" || !same_shapes(inputs_)) return;
    std::vector<fusion::TensorMap> plain;
    for (const FusionInput& input : inputs_) plain.push_back(input.tensors);
    add_candidate("linear", plain, averaged(plain), options_.method == FuseMethod::Auto);
  }

  void add_candidate(const std::string& method,
                     const std::vector<fusion::TensorMap>& networks,
                     fusion::TensorMap mean,
                     bool eligible) {
    std::vector<fusion::WeightedNetwork> parents;
    for (std::size_t k = 0; k < networks.size(); ++k)
      if (report_.inputs[k].weight > 0.0)
        parents.push_back({networks[k], report_.inputs[k].weight,
                           method == report_.method ? originals_[k].get() : nullptr});
    const bool aligned = report_.method != "linear" && report_.method != "task";
    const bool corrects = aligned || options_.method == FuseMethod::Auto;
    candidates_->add(method, std::move(mean), parents,
                     eligible ? correction_of(options_, corrects) : fusion::Correction::None,
                     eligible);
  }

  /// The fused network is finite, and white comes out bright.
  void check() {
    report_.white_probe = white_probe(*candidates_->best().network);
    if (!std::isfinite(report_.white_probe))
      throw Error(ErrorCode::Refused, "the fused network gives results that are not finite");
    if (report_.white_probe < 0.5)
      report_.warnings.push_back(
          fmt::format("a white picture comes out dark ({:.3f} of white)", report_.white_probe));
  }

  void measure() {
    if (options_.evaluation.empty()) return;
    std::vector<MeasuredNetwork> networks;
    for (std::size_t k = 0; k < inputs_.size(); ++k)
      networks.push_back(
          {files_[k].filename().string(), inputs_[k].network.get(), report_.inputs[k].weight});
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

  void write(const std::filesystem::path& output) {
    std::vector<NamedTensor> tensors;
    for (const auto& [name, tensor] : candidates_->best().tensors) {
      tensors.push_back(tensor);
      if (!options_.data_type.empty() && !tensor.shape.empty())
        tensors.back().data_type = options_.data_type;
    }
    write_checkpoint(output, tensors, fused_metadata(inputs_, options_, report_));
    report_.written = true;
    if (options_.aligned_output.empty()) return;
    std::filesystem::create_directories(options_.aligned_output);
    for (std::size_t k = 0; k < aligned_.size(); ++k) {
      std::vector<NamedTensor> list;
      for (const auto& [name, tensor] : aligned_[k]) list.push_back(tensor);
      write_checkpoint(options_.aligned_output /
                           fmt::format("{}-{}.safetensors", k + 1, files_[k].stem().string()),
                       list, anchor().metadata);
    }
  }

  std::vector<std::filesystem::path> files_;
  const FuseOptions& options_;
  base::ThreadPool pool_;
  std::vector<FusionInput> inputs_;
  std::size_t anchor_ = 0;
  Calibration calibration_;
  std::vector<fusion::TensorMap> aligned_;
  std::vector<AlignedNetwork> alignments_;
  /// Of inputs that alignment made compute something else; null for the others.
  std::vector<std::unique_ptr<fusion::OriginalNetwork>> originals_;
  fusion::TensorMap base_;
  std::map<std::string, std::set<std::string>> rule_tensors_;
  std::optional<FusionCandidates> candidates_;
  FuseReport report_;
};

}  // namespace
}  // namespace tessera::pipeline

namespace tessera {

FuseReport fuse_checkpoints(const std::vector<std::filesystem::path>& inputs,
                            const std::filesystem::path& output,
                            const FuseOptions& options) {
  pipeline::check_request(inputs, output, options);
  const auto start = std::chrono::steady_clock::now();
  FuseReport report = pipeline::Fusion(inputs, options).run(output);
  report.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return report;
}

}  // namespace tessera
