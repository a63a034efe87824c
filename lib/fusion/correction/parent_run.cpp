// SPDX-License-Identifier: MIT
#include "fusion/correction/parent_run.h"

#include "fusion/alignment/aligned_tensors.h"

namespace tessera::fusion {
namespace {

/// How the values of each operator are brought into the anchor's channels: as what is written.
std::vector<AxisMap> value_maps(const OriginalNetwork& original) {
  const SpaceTable& table = original.table;
  std::map<std::string, double> scales;
  for (const TensorLayout& tensor : table.tensors)
    if (!tensor.heads.empty()) scales[tensor.name] = query_scale(tensor, original.maps);
  std::vector<AxisMap> maps;
  for (std::size_t i = 0; i < table.values.size(); ++i) {
    AxisMap map =
        axis_map({AxisRole::Produced, table.values[i]}, table.spaces, original.maps, false);
    const auto scale = scales.find(original.network.graph.operators[i].prefix + ".weight");
    if (scale != scales.end()) {
      for (double& factor : map.factor) factor *= scale->second;
      map.dense *= scale->second;
    }
    maps.push_back(std::move(map));
  }
  return maps;
}

void add_plane(const Tensor& value, int from, double factor, Tensor& sum, int to) {
  const float* source = value.view().channels(from, 1).flat().data();
  float* target = sum.view().channels(to, 1).flat().data();
  for (std::size_t n = 0; n < sum.shape().plane(); ++n)
    target[n] += static_cast<float>(factor) * source[n];
}

}  // namespace

ParentRun::ParentRun(const OperatorGraph& graph,
                     const std::map<std::string, std::string>& metadata,
                     const WeightedNetwork& parent,
                     const std::vector<CalibrationSample>& pictures)
    : run_(parent.original ? parent.original->network.graph : graph,
           parent.original ? parent.original->network.tensors : parent.tensors,
           parent.original ? parent.original->network.metadata : metadata,
           pictures) {
  if (parent.original) maps_ = value_maps(*parent.original);
}

Shape ParentRun::shape(int index, std::size_t picture) const {
  Shape shape = run_.value(index, picture).shape();
  if (!maps_.empty()) shape.channels = maps_[static_cast<std::size_t>(index)].to();
  return shape;
}

void ParentRun::add_to(Tensor& sum, int index, std::size_t picture, double weight) const {
  const Tensor& value = run_.value(index, picture);
  if (maps_.empty()) {
    for (int c = 0; c < value.channels(); ++c) add_plane(value, c, weight, sum, c);
    return;
  }
  const AxisMap& map = maps_[static_cast<std::size_t>(index)];
  for (int j = 0; j < map.to(); ++j)
    if (map.gathers) {
      const auto unit = static_cast<std::size_t>(j);
      add_plane(value, map.source[unit], weight * map.factor[unit], sum, j);
    } else {
      for (int i = 0; i < value.channels(); ++i)
        if (map.dense(i, j) != 0.0) add_plane(value, i, weight * map.dense(i, j), sum, j);
    }
}

}  // namespace tessera::fusion
