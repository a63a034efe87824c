// SPDX-License-Identifier: MIT
#pragma once

#include <span>
#include <string>
#include <vector>

#include "fusion/operators/operator_graph.h"

namespace tessera::fusion {

/// A set of tensor axes that index the same channels; it gets one map.
struct ChannelSpace {
  std::string name;         ///< prefix of the first operator that writes it, "blocks.0.conv1"
  std::vector<int> widths;  ///< units in each model
  bool fixed = false;       ///< units have a meaning (image channels): the map is the identity
  bool signed_units =
      true;  ///< nothing but linear operators touches it: a unit may change its sign
  bool scaled_units = true;  ///< positive factors pass through every operator
  bool isometric = false;    ///< enters as |q_i - q_j|^2 only: the gauge is a rotation
  bool mixed_units = true;   ///< only matrices touch it: a rotation of units passes through
  bool attended = false;     ///< queries with keys, or values: rotations stay inside heads
  int parent = -1;  ///< space of heads or groups: units are these groups' consecutive parts
  int stream = -1, branch = -1;  ///< its map is made of the maps of these two; -1: it has its own
};

/// `repeat` consecutive channels for each unit of a space (PixelShuffle: 4).
struct LayoutPart {
  int space = 0;
  int repeat = 1;
};
/// What the channels of one axis are, part after part (concatenation).
using Layout = std::vector<LayoutPart>;

/// How a tensor's axis meets the map of its channels.
enum class AxisRole {
  Fixed,     ///< taps, steps, layers
  Produced,  ///< writes channels: rows are averaged (pull)
  Consumed,  ///< reads channels: what a unit sends is shared out (push)
  Gain,      ///< one factor per channel, without sign: pull
};

struct TensorAxis {
  AxisRole role = AxisRole::Fixed;
  Layout layout{};
};

/// What the axes of a tensor are.
struct TensorLayout {
  std::string name;
  std::vector<TensorAxis> axes;  ///< none: a counter, which is the anchor's
  int blocks =
      1;  ///< group g of axis 0 meets only group g of axis 1 (grouped convolutions, metrics)
  Layout
      heads{};  ///< of queries: their products grow with the units of a head, and are scaled back
  bool metric = false;  ///< (G, D, D) factors R of metrics R'R; axes are (G D), (G D) in `blocks`
};

/// The spaces of models of one architecture, whose widths may differ.
struct SpaceTable {
  std::vector<ChannelSpace> spaces;
  std::vector<TensorLayout> tensors;           ///< [i] of the first model, in order of computation
  std::vector<std::vector<int>> block_counts;  ///< [tensor][model]
  std::vector<Layout> values;                  ///< by operator
  std::size_t models = 0;
};

/// Joins the channel axes that operators tie together: both sides of a sum, what a shuffle
/// rearranges, the parts of a concatenation, heads and their parameters.
/// Without `shared_streams` the two sides of a sum keep maps of their own, and the sum has a space
/// with `stream` and `branch`; aligned networks then compute something else.
/// Requires one graph or more.
/// Errors   BadCheckpoint when the graphs do not have the same operators, naming the first that
///          differ.
SpaceTable channel_spaces(std::span<const OperatorGraph> models, bool shared_streams = true);

}  // namespace tessera::fusion
