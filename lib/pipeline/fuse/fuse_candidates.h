// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <set>
#include <string>
#include <vector>

#include "fusion/correction/correction.h"
#include "pipeline/fuse/fuse_inputs.h"
#include "pipeline/fuse/fuse_pictures.h"
#include "tessera/error.h"

namespace tessera::pipeline {

/// The correction that is asked for; `by_default` says whether Auto corrects.
fusion::Correction correction_of(const FuseOptions& options, bool by_default);

/// One way to make a network of several, and what came of it.
struct FusionCandidate {
  FuseMethod method = FuseMethod::Linear;  ///< any but Auto
  fusion::Correction correction = fusion::Correction::None;
  fusion::TensorMap tensors;
  std::vector<fusion::CorrectedLayer> layers;
  std::unique_ptr<model::Network> network;
  double judged = 0.0;   ///< dB on the pictures kept out; NaN without such
  bool eligible = true;  ///< false: measured for comparison only
  bool soft = false;     ///< by soft plans that nobody asked for

  /// "ot", "ot + refit", or "soft ot + refit".
  std::string name() const;
};

/// The weighted mean of networks in the anchor's channels, by differences from the anchor.
/// Shapes  weights: one per network; they are divided by their sum.
fusion::TensorMap weighted_mean(const std::vector<fusion::TensorMap>& networks,
                                const std::vector<double>& weights,
                                std::size_t anchor,
                                const fusion::SpaceTable& table);

/// Makes candidates and chooses among them.
class FusionCandidates {
 public:
  /// Corrections leave the tensors named in `kept` alone. Candidates are what a file holds: rounded
  /// to `data_type`, or where that is empty to the anchor's types.
  /// Requires that the others outlive this.
  FusionCandidates(const FusionInput& anchor,
                   const Calibration& calibration,
                   std::set<std::string> kept,
                   base::ThreadPool& pool,
                   std::string data_type = {})
      : anchor_(anchor),
        calibration_(calibration),
        kept_(std::move(kept)),
        pool_(pool),
        data_type_(std::move(data_type)) {}

  /// Adds `mean` as it is, and corrected, unless that is not wanted or the mean is what all
  /// `parents` are.  Errors  results_not_finite().
  void add(FuseMethod method,
           fusion::TensorMap mean,
           const std::vector<fusion::WeightedNetwork>& parents,
           fusion::Correction correction,
           bool eligible);
  /// Adds a mean by soft plans, eligible and only as corrected; nothing where the mean is what all
  /// `parents` are.  Errors  as add().
  void add_soft(FuseMethod method,
                fusion::TensorMap mean,
                const std::vector<fusion::WeightedNetwork>& parents,
                fusion::Correction correction);
  /// The eligible one that is best on the pictures kept out. A later one must be better by more
  /// than chance; without such pictures it is the first.
  const FusionCandidate& best() const;
  const std::vector<FusionCandidate>& all() const { return candidates_; }

 private:
  void correct(FusionCandidate& candidate,
               const std::vector<fusion::WeightedNetwork>& parents,
               fusion::Correction correction);
  void judge(FusionCandidate candidate);

  const FusionInput& anchor_;
  const Calibration& calibration_;
  std::set<std::string> kept_;
  base::ThreadPool& pool_;
  std::string data_type_;
  std::vector<FusionCandidate> candidates_;
};

/// What the report says about the choice. What was asked for and left out is a warning, and what
/// was better than what was asked for.
void describe_choice(const FusionCandidates& candidates,
                     const FuseOptions& options,
                     int judging_pictures,
                     FuseReport& report);

/// To be thrown where the fused network gives such results.
Error results_not_finite();

/// Mean PSNR in dB over pictures that neither alignment nor correction has seen, with the error of
/// rounding to 8 bits; NaN without pictures.
/// Errors  results_not_finite().
double judged_psnr(const model::Network& network, const std::vector<JudgingPicture>& pictures);

}  // namespace tessera::pipeline
