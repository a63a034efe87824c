// SPDX-License-Identifier: MIT
#include "fusion/average.h"

#include <algorithm>

#include "fusion/alignment/gauge.h"

namespace tessera::fusion {
namespace {

std::vector<const NamedTensor*> named(const std::vector<TensorMap>& models,
                                      const std::string& name) {
  std::vector<const NamedTensor*> tensors;
  for (const TensorMap& model : models) tensors.push_back(&model.at(name));
  return tensors;
}

NamedTensor moved(const NamedTensor& anchor,
                  const std::vector<const NamedTensor*>& models,
                  const std::vector<double>& weights) {
  NamedTensor result = anchor;
  if (anchor.shape.empty()) return result;  // counts steps of training
  for (std::size_t i = 0; i < result.values.size(); ++i) {
    const double start = anchor.values[i];
    double step = 0.0;
    for (std::size_t k = 0; k < models.size(); ++k)
      step += weights[k] * (models[k]->values[i] - start);
    // Adding nothing must not turn -0 into +0.
    if (step != 0.0) result.values[i] = static_cast<float>(start + step);
  }
  return result;
}

}  // namespace

TensorMap average_tensors(const TensorMap& anchor,
                          const std::vector<TensorMap>& models,
                          const std::vector<double>& weights,
                          const SpaceTable& table) {
  for (std::size_t k = 0; k < models.size(); ++k) {
    const auto others = std::count(weights.begin(), weights.end(), 0.0);
    if (weights[k] == 1.0 && others + 1 == std::ssize(weights)) return models[k];
  }
  TensorMap result;
  for (const TensorLayout& layout : table.tensors) {
    const NamedTensor& start = anchor.at(layout.name);
    const auto tensors = named(models, layout.name);
    result.emplace(layout.name, layout.metric ? average_metric(start, tensors, weights)
                                              : moved(start, tensors, weights));
  }
  return result;
}

TensorMap add_tasks(const TensorMap& base,
                    const std::vector<TensorMap>& models,
                    const std::vector<double>& weights) {
  TensorMap result;
  for (const auto& [name, start] : base)
    result.emplace(name, moved(start, named(models, name), weights));
  return result;
}

}  // namespace tessera::fusion
