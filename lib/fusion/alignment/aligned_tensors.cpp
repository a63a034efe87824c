// SPDX-License-Identifier: MIT
#include "fusion/alignment/aligned_tensors.h"

#include <cmath>
#include <numeric>

#include "base/assertion.h"

namespace tessera::fusion {
namespace {

using Shape64 = std::vector<std::int64_t>;

std::int64_t product(const Shape64& shape, std::size_t first, std::size_t last) {
  return std::accumulate(shape.begin() + static_cast<std::ptrdiff_t>(first),
                         shape.begin() + static_cast<std::ptrdiff_t>(last), std::int64_t{1},
                         std::multiplies<>());
}

/// Values in double while several axes are mapped in turn.
struct Values {
  Shape64 shape;
  std::vector<double> values;
};

Values mapped(const Values& in, std::size_t axis, const AxisMap& map) {
  const std::int64_t outer = product(in.shape, 0, axis), from = in.shape[axis];
  const std::int64_t inner = product(in.shape, axis + 1, in.shape.size()), to = map.to();
  TESSERA_ASSERT(map.gathers || map.dense.rows() == from);
  Values out;
  out.shape = in.shape;
  out.shape[axis] = to;
  out.values.resize(static_cast<std::size_t>(outer * to * inner));
  for (std::int64_t o = 0; o < outer; ++o)
    for (std::int64_t j = 0; j < to; ++j) {
      double* target = out.values.data() + (o * to + j) * inner;
      const auto add = [&](std::int64_t i, double factor) {
        const double* source = in.values.data() + (o * from + i) * inner;
        for (std::int64_t k = 0; k < inner; ++k) target[k] += factor * source[k];
      };
      if (map.gathers) {
        add(map.source[static_cast<std::size_t>(j)], map.factor[static_cast<std::size_t>(j)]);
      } else {
        for (std::int64_t i = 0; i < from; ++i)
          if (map.dense(i, j) != 0.0) add(i, map.dense(i, j));
      }
    }
  return out;
}

/// Copies between a block tensor and its dense form; `to_dense` says which way.
NamedTensor reshaped_blocks(const NamedTensor& tensor, int blocks, bool metric, bool to_dense) {
  // Rows of one block, columns of one block, what follows.
  const std::size_t lead = to_dense && metric ? 1 : 0;
  const std::int64_t rows = metric && to_dense ? tensor.shape[1] : tensor.shape[0] / blocks;
  std::int64_t columns = tensor.shape[1 + lead];
  if (!to_dense) columns /= blocks;
  const std::int64_t inner = product(tensor.shape, 2 + lead, tensor.shape.size());
  NamedTensor out;
  out.name = tensor.name;
  out.data_type = tensor.data_type;
  if (to_dense)
    out.shape = {blocks * rows, blocks * columns};
  else if (metric)
    out.shape = {blocks, rows, columns};
  else
    out.shape = {blocks * rows, columns};
  out.shape.insert(out.shape.end(), tensor.shape.begin() + static_cast<std::ptrdiff_t>(2 + lead),
                   tensor.shape.end());
  out.values.assign(static_cast<std::size_t>(product(out.shape, 0, out.shape.size())), 0.0F);
  for (std::int64_t r = 0; r < blocks * rows; ++r)
    for (std::int64_t c = 0; c < columns; ++c)
      for (std::int64_t k = 0; k < inner; ++k) {
        const auto packed = static_cast<std::size_t>((r * columns + c) * inner + k);
        const auto dense =
            static_cast<std::size_t>((r * blocks * columns + r / rows * columns + c) * inner + k);
        if (to_dense)
          out.values[dense] = tensor.values[packed];
        else
          out.values[packed] = tensor.values[dense];
      }
  return out;
}

}  // namespace

double query_scale(const TensorLayout& layout, const std::vector<SpaceMap>& maps) {
  if (layout.heads.size() != 1) return 1.0;
  const SpaceMap& heads = maps[static_cast<std::size_t>(layout.heads.front().space)];
  const SpaceMap& units = maps[static_cast<std::size_t>(layout.axes.front().layout.front().space)];
  const double from = static_cast<double>(units.from()) / heads.from();
  return std::sqrt(from * heads.to() / units.to());
}

NamedTensor expanded_blocks(const NamedTensor& tensor, int blocks, bool metric) {
  return reshaped_blocks(tensor, blocks, metric, true);
}

NamedTensor collapsed_blocks(const NamedTensor& tensor, int blocks, bool metric) {
  return reshaped_blocks(tensor, blocks, metric, false);
}

NamedTensor aligned_tensor(const NamedTensor& tensor,
                           const TensorLayout& layout,
                           const SpaceTable& table,
                           const std::vector<SpaceMap>& maps,
                           int skip) {
  const bool in_blocks = layout.blocks > 1 || layout.metric;
  Values values{tensor.shape, {tensor.values.begin(), tensor.values.end()}};
  for (std::size_t axis = 0; axis < layout.axes.size(); ++axis)
    if (layout.axes[axis].role != AxisRole::Fixed && static_cast<int>(axis) != skip)
      values = mapped(values, axis, axis_map(layout.axes[axis], table.spaces, maps, in_blocks));
  NamedTensor out{tensor.name, values.shape, {}, tensor.data_type};
  out.values.reserve(values.values.size());
  const double scale = query_scale(layout, maps);
  for (const double value : values.values) out.values.push_back(static_cast<float>(scale * value));
  return out;
}

TensorMap aligned_tensors(const TensorMap& tensors,
                          const SpaceTable& table,
                          const std::vector<SpaceMap>& maps) {
  TensorMap aligned;
  for (std::size_t t = 0; t < table.tensors.size(); ++t) {
    const TensorLayout& layout = table.tensors[t];
    const NamedTensor& tensor = tensors.at(layout.name);
    const bool blocks = layout.blocks > 1 || layout.metric;
    // Groups of model and anchor: the heads' map says how many there are on either side.
    const int from = layout.metric ? static_cast<int>(tensor.shape[0]) : layout.blocks;
    NamedTensor result =
        blocks ? aligned_tensor(expanded_blocks(tensor, from, layout.metric), layout, table, maps)
               : aligned_tensor(tensor, layout, table, maps);
    if (blocks) {
      const ChannelSpace& rows =
          table.spaces[static_cast<std::size_t>(layout.axes[0].layout.front().space)];
      const int to = rows.parent >= 0 ? maps[static_cast<std::size_t>(rows.parent)].to() : from;
      result = collapsed_blocks(result, to, layout.metric);
    }
    aligned.emplace(layout.name, std::move(result));
  }
  return aligned;
}

}  // namespace tessera::fusion
