// SPDX-License-Identifier: MIT
#pragma once

#include <map>
#include <string>
#include <vector>

#include "model/architecture/architecture.h"
#include "model/training_form/training_block.h"
#include "tessera/checkpoint.h"

namespace tessera::model {

/// The convolutions of a network where training blocks may stand.
/// `standard`: those that one description for all stands for: both convolutions of each residual
/// block of graph_mixture_net; every 3x3 of conv_net.
struct NamedPlaces {
  std::vector<Place> all, standard;
};
NamedPlaces places_of(const Architecture& target);

/// One convolution of the target network in training form.
struct PlacedBlock {
  Place place;
  TrainingBlock block;
};

/// What folding gives.
struct FoldedForm {
  std::vector<AffineConv> convs;  ///< in the order of TrainingForm::blocks(), groups 1, full size
  std::vector<NamedTensor> tensors;
  std::map<std::string, std::string> metadata;
  int live_gates = 0;  ///< gates that stay; then the checkpoint still is a training form
};

/// A checkpoint in training form: the architecture of a deploy network with the key
/// "training_blocks", which is one description (see block_spec_from_json) for the standard places,
/// or {"places": {PLACE: description, ...}}. In place of PLACE.weight and PLACE.bias stand the
/// tensors of the block; all others are those of the deploy network.
class TrainingForm {
 public:
  /// Whether the checkpoint is one.
  static bool describes(const Checkpoint& checkpoint);
  /// Errors  BadCheckpoint listing everything wrong at once: tensors, descriptions, statistics.
  explicit TrainingForm(const Checkpoint& checkpoint);

  const Architecture& target() const { return target_; }
  const std::string& name() const { return name_; }
  std::vector<PlacedBlock>& blocks() { return blocks_; }
  const std::vector<PlacedBlock>& blocks() const { return blocks_; }
  /// True when nothing but live gates is left to fold.
  bool folded_already() const;
  /// The deploy network.  Errors  BadCheckpoint naming every block that cannot be folded.
  FoldedForm folded() const;
  /// Values of a tensor outside the blocks; empty when there is none.
  std::vector<float> tensor(const std::string& name) const;

 private:
  void read_blocks(const Checkpoint& checkpoint, std::vector<std::string>& faults);
  void check_the_rest(std::vector<std::string> faults) const;
  void add_folded(const PlacedBlock& entry,
                  FoldedForm& form,
                  std::vector<std::string>& faults) const;

  std::string name_, target_json_, blocks_json_;
  std::map<std::string, std::string> metadata_;
  Architecture target_;
  std::vector<PlacedBlock> blocks_;
  std::vector<NamedTensor> rest_;
};

}  // namespace tessera::model
