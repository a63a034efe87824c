// SPDX-License-Identifier: MIT
#pragma once

#include <span>
#include <string>
#include <vector>

#include "fusion/spaces/channel_spaces.h"
#include "fusion/spaces/space_union.h"

namespace tessera::fusion {

/// A table of spaces while the rules of the operators write it, all models in step.
class TableDraft {
 public:
  /// Requires  one model or more; they outlive the draft.
  TableDraft(std::span<const OperatorGraph> models, bool shared_streams);

  std::size_t operators() const { return models_.front().operators.size(); }
  /// The operator in the first model.
  const Operator& op(std::size_t i) const { return models_.front().operators[i]; }
  /// Errors  BadCheckpoint when operator i is another one in another model.
  void require_same(std::size_t i) const;
  /// One number of operator i in each model; channels of its result; of its input k.
  template <typename Member>
  std::vector<int> each(std::size_t i, Member member) const {
    std::vector<int> numbers;
    for (const OperatorGraph& model : models_) numbers.push_back(member(model.operators[i]));
    return numbers;
  }
  std::vector<int> channels(std::size_t i) const;
  std::vector<int> input_channels(std::size_t i, std::size_t k) const;

  /// What the channels of input k are.
  const Layout& in(std::size_t i, std::size_t k = 0) const;
  /// Says what the channels of operator i, the next one, are.
  void add_value(const Layout& layout) { table_.values.push_back(layout); }

  /// Adds a tensor of operator i.  Result  the tensor, for `blocks` and the like.
  TensorLayout& tensor(std::size_t i, const std::string& name, std::vector<TensorAxis> axes);
  /// Says that the last tensor has so many groups in each model.
  void set_blocks(const std::vector<int>& counts);

  /// Tensors of operator i write queries for these heads.
  void mark_queries(int i, const Layout& heads);

  Layout new_space(std::size_t i, const std::vector<int>& widths);
  /// A space of heads or groups; they have no sign.
  Layout new_heads(std::size_t i, const std::vector<int>& counts);
  /// Both sides of sum or difference i: one space, or each its own where streams are not shared.
  Layout sum(std::size_t i);
  /// Something not linear acts on each unit.
  void unsign(const Layout& layout, bool keeps_scale);
  /// Something acts on each unit by itself.
  void unmix(const Layout& layout);
  void make_isometric(const Layout& layout);
  SpaceUnion& spaces() { return spaces_; }

  /// The table, spaces numbered from 0; the outputs' channels are fixed.
  SpaceTable finish();

 private:
  std::span<const OperatorGraph> models_;
  bool shared_streams_ = true;
  SpaceUnion spaces_;
  SpaceTable table_;
};

}  // namespace tessera::fusion
