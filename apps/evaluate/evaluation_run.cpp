// SPDX-License-Identifier: MIT
#include "evaluate/evaluation_run.h"

#include "shared/models.h"
#include "tessera/model.h"

namespace tessera::cli {
namespace {

/// The models go to `read` as well.
std::vector<Restorer> restorers(const EvaluateArguments& a,
                                std::vector<std::filesystem::path>& read) {
  const bool ensemble = a.common.self_ensemble;
  std::vector<Restorer> all;
  for (const std::string& name : a.models) {
    read.push_back(find_model(name));
    const Model model = load_model("evaluate", read.back(), a.common);
    all.push_back(restorer_from_model(name, model, a.degradation, ensemble));
  }
  for (const std::string& name : a.methods)
    all.push_back(restorer_from_method(name, a.degradation, ensemble));
  return all;
}

}  // namespace

Evaluation run_evaluation(const EvaluateArguments& a, const BatchObserver& observer) {
  const std::vector<std::filesystem::path> paths(a.operands.begin(), a.operands.end());
  EvaluationOutputs outputs = a.outputs;
  outputs.also_written.emplace_back(a.output);
  if (a.task) {
    const std::vector<Restorer> all = restorers(a, outputs.also_read);
    return evaluate_methods({.inputs = paths,
                             .degradation = a.degradation,
                             .protocol = a.protocol,
                             .read = a.common.batch.read,
                             .execution = a.common.execution,
                             .outputs = outputs},
                            all, observer);
  }
  return evaluate_files({.reference = paths.front(),
                         .restored = {paths.begin() + 1, paths.end()},
                         .protocol = a.protocol,
                         .read = a.common.batch.read,
                         .outputs = outputs,
                         .threads = a.common.execution.threads},
                        observer);
}

}  // namespace tessera::cli
