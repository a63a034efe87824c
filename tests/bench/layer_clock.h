// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "bench/stopwatch.h"
#include "model/trace.h"

namespace tessera::bench {

/// Wall time between the layers that a network enters, in the order in which they ran first.
class LayerClock final : public model::Trace {
 public:
  struct Entry {
    std::string layer;
    double seconds;
  };

  void enter(const std::string& layer) override {
    stop();
    running_ = layer;
    since_ = wall_seconds();
  }
  void filter(const model::FilterEvent& /*event*/) override {}
  void state(const model::StateEvent& /*event*/) override {}
  bool wants_values() const override { return false; }

  /// Ends the layer that runs.
  void stop() {
    if (running_.empty()) return;
    entry(std::exchange(running_, {})).seconds += wall_seconds() - since_;
  }
  const std::vector<Entry>& entries() const { return entries_; }

 private:
  Entry& entry(const std::string& layer) {
    for (Entry& known : entries_)
      if (known.layer == layer) return known;
    return entries_.emplace_back(Entry{layer, 0.0});
  }

  std::string running_;
  double since_ = 0.0;
  std::vector<Entry> entries_;
};

}  // namespace tessera::bench
