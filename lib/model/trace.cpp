// SPDX-License-Identifier: MIT
#include "model/trace.h"

namespace tessera::model {

void run_filter(const FilterEvent& event, TensorView<float> x, Trace* trace, Workspace& scratch) {
  if (trace != nullptr) {
    FilterEvent told = event;
    told.start = x;
    trace->filter(told);
  }
  graph::filter_by_learned_cg(event.matrix, event.b, x, event.steps, scratch);
}

void trace_state(Trace* trace, std::string_view stream, int scale, TensorView<const float> value) {
  if (trace != nullptr && trace->wants_values()) trace->state({stream, scale, value});
}

void trace_state(Trace* trace,
                 std::string_view stream,
                 int scale,
                 const nn::FeatureMap& value,
                 Workspace& scratch) {
  if (trace == nullptr || !trace->wants_values()) return;
  const WorkspaceScope scope(scratch);
  const auto planes = scratch.take(value.shape());
  value.copy_to(planes);
  trace->state({stream, scale, planes});
}

void trace_pixels(Trace* trace,
                  std::string_view stream,
                  int scale,
                  TensorView<const float> pixels,
                  Workspace& scratch) {
  if (trace == nullptr || !trace->wants_values()) return;
  const WorkspaceScope scope(scratch);
  const auto planes = scratch.take({pixels.width(), pixels.channels(), pixels.height()});
  for (int y = 0; y < planes.height(); ++y)
    for (int x = 0; x < planes.width(); ++x)
      for (int c = 0; c < planes.channels(); ++c) planes(c, y, x) = pixels(y, x, c);
  trace->state({stream, scale, planes});
}

}  // namespace tessera::model
