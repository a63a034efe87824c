// SPDX-License-Identifier: MIT
#pragma once

#include <compare>
#include <dnnl.hpp>

#include "nn/engine.h"
#include "nn/feature_map.h"

namespace tessera::nn {

/// Planar: (C, H, W). Blocked: (C / B, H, W, B) with B = channel_block(), C padded with zeros to
/// whole blocks; what the convolutions read and write.
enum class Layout { Planar, Blocked };

/// How the numbers of a map lie in memory.
struct MapFormat {
  Layout layout = Layout::Planar;
  dnnl::memory::data_type type = dnnl::memory::data_type::f32;
  auto operator<=>(const MapFormat&) const = default;
};
inline constexpr MapFormat kBlockedF32{Layout::Blocked, dnnl::memory::data_type::f32};

/// The format of a map of so many channels that is assigned. Fewer than a block stay planar: the
/// first convolution reads them as they are, four times faster than among zeros.
MapFormat assigned_format(int channels);
/// oneDNN's description of a map; in a blocked one the zero channels count as channels.
dnnl::memory::desc description(Shape shape, MapFormat format);
/// The same bytes with the channels that have a meaning only, so that a reorder into it writes the
/// zeros and a reorder out of it leaves them behind.
dnnl::memory::desc meaningful_description(Shape shape, MapFormat format);

struct FeatureMap::Impl {
  Shape shape;
  MapFormat format;
  AlignedBuffer buffer;

  /// Makes room; the content is forgotten when shape or format change.
  void reset(Shape new_shape, MapFormat new_format);
  /// The map as oneDNN sees it.
  dnnl::memory memory() const;
  /// Copies `source` in, in this map's format.  Requires equal shapes.
  void take(const Impl& source);
};

/// The same numbers in kBlockedF32.
FeatureMap blocked_copy(const FeatureMap::Impl& map);

}  // namespace tessera::nn
