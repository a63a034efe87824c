// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "tessera/export.h"

namespace tessera {

/// How to fold a training checkpoint.
struct ReparamOptions {
  bool check_only = false;  ///< fold and verify, write nothing
  /// Pictures (files, or folders of them) on which live channel gates are replaced by constants
  /// before folding. That changes what the network computes. Empty: gates stay.
  std::vector<std::filesystem::path> freeze_on{};
  double freeze_sigma_8bit = 25.0;  ///< noise added to those pictures, in 8-bit grey levels
};

/// What became of one block, and how well both forms agree over the probes.
struct FoldedBlock {
  std::string name, kind;
  int branches = 0, gates = 0;  ///< gates: learned and live, everywhere in the block
  std::int64_t parameters_before = 0, parameters_after = 0;
  std::int64_t macs_before = 0, macs_after = 0;  ///< per pixel
  double border = 0.0, interior = 0.0;  ///< max |d| of fp32 against the training form in double
  double relative_double = 0.0;         ///< max |d| / max |y|, both in double
  double relative_single = 0.0;         ///< max |d| / max(1, max |y|) in fp32
  bool passed = true;
};

/// How constant a live gate was over the pictures given.
struct FrozenGate {
  std::string block, kind;
  int channels = 0;
  double stripe_score = 0.0;    ///< 1 - variance within channels / total variance; 1: constant
  double relative_error = 0.0;  ///< of the gated features, root of energies
};

/// What folding did.
struct ReparamReport {
  bool nothing_to_fold = false;  ///< the checkpoint is a deploy network already
  bool passed = true, written = false;
  int live_gates = 0;  ///< gates that stay: the result still is a training form
  std::vector<FoldedBlock> blocks{};
  /// max |d| / max(1, max |y|) of the whole deployed network; conv_net for noise without live gates
  /// only.
  std::optional<double> network_error{};
  std::vector<FrozenGate> frozen{};
  int pictures = 0;                           ///< that gates were frozen on
  double psnr_live = 0.0, psnr_frozen = 0.0;  ///< dB, mean over those pictures
};

/// Called once all is known, before the result appears; what it throws is passed on, and nothing is
/// written then.
using ReparamObserver = std::function<void(const ReparamReport& report)>;

/// Folds the branches, batch normalisations and gates of `training` into plain convolutions,
/// verifies that both forms compute the same, and writes `deploy`, all or nothing. A checkpoint
/// with nothing to fold is copied byte for byte. Same input, same bytes.
/// Result  with passed false nothing was written, and the report says why.
/// Errors  BadCheckpoint listing everything wrong at once, blocks that cannot be folded by name;
///         InvalidArgument when deploy is training or a picture that is read; IoFailure; BadImage,
///         naming the file; NothingToDo for a folder without pictures.
TESSERA_EXPORT ReparamReport reparam(const std::filesystem::path& training,
                                     const std::filesystem::path& deploy,
                                     const ReparamOptions& options = {},
                                     const ReparamObserver& observer = {});

}  // namespace tessera
