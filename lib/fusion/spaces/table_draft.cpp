// SPDX-License-Identifier: MIT
#include "fusion/spaces/table_draft.h"

#include <fmt/format.h>

#include "tessera/error.h"

namespace tessera::fusion {

TableDraft::TableDraft(std::span<const OperatorGraph> models, bool shared_streams)
    : models_(models), shared_streams_(shared_streams) {
  table_.models = models.size();
}

void TableDraft::require_same(std::size_t i) const {
  for (const OperatorGraph& model : models_)
    if (model.operators.size() != operators() ||
        !differ_in_widths_only(model.operators[i], op(i)) || model.skip != models_.front().skip)
      throw Error(ErrorCode::BadCheckpoint,
                  fmt::format("the networks differ in more than widths, first at operator {}{}", i,
                              op(i).prefix.empty() ? "" : " (" + op(i).prefix + ")"));
}

std::vector<int> TableDraft::channels(std::size_t i) const {
  return each(i, [](const Operator& o) { return o.channels; });
}

std::vector<int> TableDraft::input_channels(std::size_t i, std::size_t k) const {
  return channels(static_cast<std::size_t>(op(i).inputs[k]));
}

const Layout& TableDraft::in(std::size_t i, std::size_t k) const {
  return table_.values[static_cast<std::size_t>(op(i).inputs[k])];
}

TensorLayout& TableDraft::tensor(std::size_t i,
                                 const std::string& name,
                                 std::vector<TensorAxis> axes) {
  table_.tensors.push_back({op(i).prefix + "." + name, std::move(axes)});
  table_.block_counts.emplace_back(models_.size(), 1);
  return table_.tensors.back();
}

void TableDraft::set_blocks(const std::vector<int>& counts) {
  table_.tensors.back().blocks = counts.front();
  table_.block_counts.back() = counts;
}

void TableDraft::mark_queries(int i, const Layout& heads) {
  const std::string& prefix = op(static_cast<std::size_t>(i)).prefix;
  for (TensorLayout& tensor : table_.tensors)
    if (tensor.name.substr(0, tensor.name.rfind('.')) == prefix) tensor.heads = heads;
}

Layout TableDraft::new_space(std::size_t i, const std::vector<int>& widths) {
  return {{spaces_.create(op(i).prefix, widths), 1}};
}

Layout TableDraft::new_heads(std::size_t i, const std::vector<int>& counts) {
  const Layout heads = new_space(i, counts);
  unsign(heads, false);
  spaces_.for_spaces(heads, [](ChannelSpace& space) { space.name += ".heads"; });
  return heads;
}

Layout TableDraft::sum(std::size_t i) {
  const std::vector<int>& inputs = op(i).inputs;
  const std::size_t later = inputs[1] > inputs[0] ? 1 : 0;
  const Layout &stream = in(i, 1 - later), &branch = in(i, later);
  if (shared_streams_) {
    spaces_.unify(in(i, 0), in(i, 1));
    return in(i, 0);
  }
  // Signs and factors of the two sides need not agree.
  unsign(stream, false);
  unsign(branch, false);
  return spaces_.sum(stream, branch);
}

void TableDraft::unsign(const Layout& layout, bool keeps_scale) {
  unmix(layout);
  spaces_.for_spaces(layout, [=](ChannelSpace& space) {
    space.signed_units = false;
    space.scaled_units &= keeps_scale;
  });
}

void TableDraft::unmix(const Layout& layout) {
  spaces_.for_spaces(layout, [](ChannelSpace& space) { space.mixed_units = false; });
}

void TableDraft::make_isometric(const Layout& layout) {
  spaces_.for_spaces(layout, [](ChannelSpace& space) {
    space.isometric = true;
    space.scaled_units = false;
  });
}

SpaceTable TableDraft::finish() {
  for (const int value : models_.front().outputs)
    spaces_.fix(table_.values[static_cast<std::size_t>(value)]);
  const std::vector<int> number = spaces_.finish(table_.spaces);
  const auto renumber = [&](Layout& layout) {
    layout = spaces_.resolve(layout);
    for (LayoutPart& part : layout) part.space = number[static_cast<std::size_t>(part.space)];
  };
  for (Layout& value : table_.values) renumber(value);
  for (TensorLayout& tensor : table_.tensors) {
    renumber(tensor.heads);
    for (TensorAxis& axis : tensor.axes) renumber(axis.layout);
  }
  return std::move(table_);
}

}  // namespace tessera::fusion
