// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "tessera/error.h"
#include "tessera/execution.h"
#include "tessera/export.h"

namespace tessera {

/// How networks become one.
enum class FuseMethod {
  Auto,       ///< Linear when they share an ancestor, else Transport; with calibration pictures,
              ///< of Linear, Transport and Transport by soft plans what is best on crops kept out
  Linear,     ///< mean of the weights as they are
  Transport,  ///< aligned by optimal transport, then the mean
  Match,      ///< aligned by iterated weight matching, then the mean
  Task,       ///< base + sum of weighted differences from it
};

/// What units are compared by.
enum class FuseMetric {
  Auto,
  Activations,
  Weights,
  Both,
  Shuffled,  ///< activations on different crops; a negative control
  Random,    ///< nothing: any unit may become any other; a negative control
};

/// What is corrected after the mean. Auto: Refit with calibration pictures, else None; of networks
/// that are not aligned only with FuseMethod::Auto. With such pictures a correction is kept only
/// where it helps on crops that it has not seen.
enum class FuseCorrection { Auto, None, Statistics, Repair, Refit };

/// How units that lie in heads are matched.
enum class FuseHeads {
  TwoLevel,  ///< heads with heads, then units inside a pair
  Rotate,    ///< likewise, and features that enter by their distances or products are rotated
  Flat,      ///< across heads, as if there were none; changes what a network computes
};

/// What map the sum of a residual stream and a branch has. All but the first are for comparison:
/// they change what a network computes.
enum class FuseResidual {
  Shared,  ///< one for the whole stream and all that is added to it
  Mean,    ///< half the branch's, half the stream's
  Scalar,  ///< a the branch's, by its part in the sum's size on the calibration pictures
  Matrix,  ///< likewise, channel by channel
};

/// An exception for the tensors whose names a regular expression (ECMAScript) is found in.
struct FuseRule {
  std::string pattern;
  std::vector<double> weights{};  ///< of the inputs there; with one 1 and zeros: kept
  bool keeps = false;             ///< corrections leave these tensors alone
};

/// Names of inputs in the file written.
enum class FuseProvenance { None, BaseName, Full };

/// Which checkpoints become which one, and how.
struct FuseOptions {
  std::vector<std::string> names{};  ///< of inputs, in the report; missing ones: as name_of_model
  std::vector<double> weights{};     ///< one per input, not negative; empty: equal
  int anchor = -1;                   ///< input whose channels and widths stay; -1: the last, or the
                                     ///< smallest where widths differ
  FuseMethod method = FuseMethod::Auto;
  FuseMetric metric = FuseMetric::Auto;
  FuseCorrection correction = FuseCorrection::Auto;
  std::filesystem::path calibration{};     ///< folder of pictures; empty: weights only
  int calibration_count = 64;              ///< crops
  int calibration_size = 64;               ///< their side in pixels
  std::vector<double> sigmas{15, 25, 50};  ///< noise of calibration, in turn (denoisers)
  std::uint64_t seed = 0;
  FuseHeads heads = FuseHeads::TwoLevel;
  FuseResidual residual = FuseResidual::Shared;
  bool importance = false;                 ///< masses by what units write
  bool rescale = false;                    ///< match the lengths of units' weights
  double perplexity = 1.0;                 ///< above 1: regularised plans
  double epsilon = 0.0;                    ///< above 0: regularisation itself
  int sinkhorn_iterations = 2000;          ///< of a regularised plan, at each strength
  double sinkhorn_tolerance = 1e-9;        ///< by which its masses may be off
  std::vector<FuseRule> rules{};           ///< the first that matches a tensor holds for it
  bool keep_order = false;                 ///< an input with weight 1 is the anchor
  bool force = false;                      ///< go on when alignment changed what an input computes
  int iterate = 0;                         ///< rounds of aligning to the mean instead of the anchor
  std::filesystem::path base{};            ///< Task
  std::string data_type{};                 ///< "F32", "F16", "BF16"; empty: the anchor's
  bool plan_only = false;                  ///< all checks and costs, nothing written
  std::filesystem::path aligned_output{};  ///< folder for aligned parents; empty: none
  std::filesystem::path evaluation{};      ///< folder of pictures; empty: none
  int evaluation_count = 0;                ///< pictures at most; 0: all
  std::vector<double> evaluation_sigmas{15, 25, 50};
  std::optional<double> min_psnr_drop{};  ///< dB the result may lie below the best parent
  FuseProvenance provenance = FuseProvenance::BaseName;
  /// Files that the caller reads or writes in the same run: no result replaces the first, and the
  /// second replace nothing that is read.
  std::vector<std::filesystem::path> also_read{}, also_written{};
  ExecutionOptions execution{};
};

/// A channel space of one aligned input, and how well it was matched.
struct FuseSpace {
  std::string name;
  int width_model = 0, width_anchor = 0;
  bool fixed = false;
  double identity = 0.0;    ///< mean cost of staying; NaN where widths differ
  double optimal = 0.0;     ///< mean cost of the plan; 1 is unrelated
  double cheapest = 0.0;    ///< `optimal` of a plan that permutes; of a soft one the mean cost of
                            ///< each unit's cheapest partner, whoever else has it
  double average = 0.0;     ///< mean cost of any pair
  double best_share = 0.0;  ///< fraction of the anchor's units whose partner is also their cheapest
  double margin = 0.0;      ///< mean gap between the cheapest and the second
  int moved = 0;            ///< units not at their own place, or with another sign
  std::string map_hash;     ///< first 16 digits of the map's SHA-256
};

/// One input and what was found about it.
struct FuseInput {
  std::filesystem::path file;
  std::string title, sha256, tensors_sha256;
  double weight = 0.0;
  bool anchor = false;
  double ancestry = 0.0;  ///< 1 common ancestor with the anchor, 0 none; NaN where widths differ
  std::string method;     ///< "anchor", "linear", "ot" or "match"
  double drift = 0.0;     ///< relative change of its function by alignment; NaN: not measured
  bool drift_allowed = false;  ///< widths differ or plans are soft: it may change
  int sweeps = 0;
  std::vector<FuseSpace> spaces;
};

/// A corrected layer: squared distance from the parents' mean over its variance.
struct FuseLayer {
  std::string name;
  double before = 0.0, after = 0.0;
  bool kept = false;
};

/// PSNR in dB of one network, by noise level (or one value).
struct FuseQuality {
  /// An input's (after its number where two are equal), a candidate's, "ensemble" or "fused".
  std::string name;
  std::vector<double> psnr;
  std::vector<std::vector<double>> pictures{};  ///< the same of each picture, [level][picture]
};

/// A network that might have become the result.
struct FuseCandidate {
  std::string name;     ///< "ot", "ot + refit", "soft ot + refit", "linear"
  double judged = 0.0;  ///< dB on crops of the calibration folder kept out of the fit; NaN: none
  bool chosen = false;
};

/// All that is known about a fusion.
struct FuseReport {
  std::vector<FuseInput> inputs;
  std::string method, metric, correction;  ///< as decided
  std::string heads, residual;             ///< as asked for: "two-level", "shared"
  double perplexity = 1.0, epsilon = 0.0;  ///< of the plans, as decided
  std::string architecture;                ///< JSON
  std::string calibration_sha256;
  int calibration_pictures = 0, judging_pictures = 0;
  std::vector<FuseCandidate> candidates;
  std::int64_t parameters = 0;
  std::vector<FuseLayer> layers;
  double white_probe = 0.0;  ///< mean of the result on a white picture
  std::vector<std::string> warnings;
  std::vector<std::string> quality_columns;   ///< "sigma 15", or "PSNR"
  std::vector<std::string> quality_pictures;  ///< file names
  std::vector<FuseQuality> quality;
  std::vector<std::string> quality_protocol;  ///< how it was measured, in lines
  double psnr_drop = 0.0;                     ///< worst over columns: best parent less fused
  bool threshold_missed = false;
  bool written = false;
  double seconds = 0.0;
};

/// Called once all is known, before any result appears; what it throws is passed on, and nothing is
/// written then.
using FuseObserver = std::function<void(const FuseReport& report)>;

/// Checkpoints that cannot be fused; the text names the first reasons and counts the others.
class TESSERA_EXPORT FusionMismatch : public Error {
 public:
  explicit FusionMismatch(std::vector<std::string> reasons);
  ~FusionMismatch() override;
  /// All of them, each fit for a line.
  const std::vector<std::string>& reasons() const noexcept { return reasons_; }

 private:
  std::vector<std::string> reasons_;
};

/// Fuses checkpoints of one architecture into `output`. Result bytes do not depend on threads.
///
/// Always checked: every aligned input computes what it computed before (where the plan is a
/// permutation), the fused network is finite and keeps white bright.
/// Errors   FusionMismatch (BadCheckpoint) with every mismatch of architecture, task, shape and type
///          at once; BadCheckpoint when the fused network is not finite;
///          InvalidArgument for weights that sum to nothing, a file that is read and would be
///          written, a missing folder, options that do not go together; Refused when a plan did not
///          converge or an input was changed; BadImage, NotFound and the like for pictures to
///          calibrate and evaluate with, as read_image; IoFailure. Nothing is written then, nor
///          when min_psnr_drop is missed.
/// Source   Imfeld et al., Transformer Fusion with Optimal Transport, ICLR 2024.
TESSERA_EXPORT FuseReport fuse_checkpoints(const std::vector<std::filesystem::path>& inputs,
                                           const std::filesystem::path& output,
                                           const FuseOptions& options,
                                           const FuseObserver& observer = {});

}  // namespace tessera
