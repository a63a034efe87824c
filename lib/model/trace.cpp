// SPDX-License-Identifier: MIT
#include "model/trace.h"

namespace tessera::model {

void trace_state(Trace* trace, std::string_view stream, int scale, TensorView<const float> value) {
  if (trace != nullptr) trace->state({stream, scale, value});
}

void trace_state(Trace* trace,
                 std::string_view stream,
                 int scale,
                 const nn::FeatureMap& value,
                 Workspace& scratch) {
  if (trace == nullptr) return;
  const WorkspaceScope scope(scratch);
  const auto planes = scratch.take(value.shape());
  value.copy_to(planes);
  trace->state({stream, scale, planes});
}

}  // namespace tessera::model
