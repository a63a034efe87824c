// SPDX-License-Identifier: MIT
#include "fusion/spaces/channel_spaces.h"

#include "fusion/spaces/table_draft.h"

namespace tessera::fusion {
namespace {

TensorAxis fixed() { return {}; }
TensorAxis produced(const Layout& layout) { return {AxisRole::Produced, layout}; }
TensorAxis consumed(const Layout& layout) { return {AxisRole::Consumed, layout}; }
TensorAxis gain(const Layout& layout) { return {AxisRole::Gain, layout}; }

Layout convolution(TableDraft& t, std::size_t i) {
  const Layout out = t.new_space(i, t.channels(i));
  t.tensor(i, "weight", {produced(out), consumed(t.in(i)), fixed(), fixed()});
  if (t.op(i).groups > 1) {
    const auto groups = t.each(i, [](const Operator& o) { return o.groups; });
    const Layout heads = t.new_heads(i, groups);
    t.spaces().group(out, heads.front().space);
    t.spaces().group(t.in(i), heads.front().space);
    t.set_blocks(groups);
  }
  if (t.op(i).bias) t.tensor(i, "bias", {produced(out)});
  if (t.op(i).border_bias) t.tensor(i, "border_bias", {produced(out), fixed(), fixed()});
  return out;
}

Layout linear(TableDraft& t, std::size_t i) {
  const Layout out = t.new_space(i, t.channels(i));
  t.tensor(i, "weight", {produced(out), consumed(t.in(i))});
  t.tensor(i, "bias", {produced(out)});
  return out;
}

Layout transposed(TableDraft& t, std::size_t i) {
  const Layout out = t.new_space(i, t.channels(i));
  t.tensor(i, "weight", {consumed(t.in(i)), produced(out), fixed(), fixed()});
  t.tensor(i, "bias", {produced(out)});
  return out;
}

/// Mean and deviation over all channels: their order does not matter, signs and scales do.
Layout layer_norm(TableDraft& t, std::size_t i) {
  const Layout& x = t.in(i);
  t.tensor(i, "weight", {gain(x)});
  t.tensor(i, "bias", {produced(x)});
  t.unsign(x, false);
  return x;
}

Layout per_channel(TableDraft& t, std::size_t i) {
  const Layout& x = t.in(i);
  t.unmix(x);
  if (t.op(i).kind == OperatorKind::Depthwise) {
    t.tensor(i, "weight", {gain(x), fixed(), fixed(), fixed()});
    t.tensor(i, "bias", {produced(x)});
  } else if (t.op(i).kind == OperatorKind::BatchNorm) {
    for (const char* name : {"weight", "running_var"}) t.tensor(i, name, {gain(x)});
    for (const char* name : {"bias", "running_mean"}) t.tensor(i, name, {produced(x)});
    if (t.op(i).counted) t.tensor(i, "num_batches_tracked", {});
    t.spaces().for_spaces(x, [](ChannelSpace& space) { space.scaled_units = false; });
  } else {
    if (t.op(i).kind == OperatorKind::Prelu) t.tensor(i, "slope", {gain(x)});
    t.unsign(x, t.op(i).kind != OperatorKind::Sigmoid);
  }
  return x;
}

Layout combination(TableDraft& t, std::size_t i) {
  if (t.op(i).kind == OperatorKind::Concat) {
    Layout joined = t.in(i, 0);
    joined.insert(joined.end(), t.in(i, 1).begin(), t.in(i, 1).end());
    return joined;
  }
  if (t.op(i).kind != OperatorKind::Multiply) return t.sum(i);
  t.spaces().unify(t.in(i, 0), t.in(i, 1));
  t.unsign(t.in(i, 0), false);
  return t.in(i, 0);
}

Layout slice(TableDraft& t, std::size_t i) {
  const auto first = t.each(i, [](const Operator& o) { return o.first; });
  std::vector<int> rest = t.input_channels(i, 0);
  for (std::size_t k = 0; k < rest.size(); ++k) rest[k] -= first[k] + t.channels(i)[k];
  const Layout part = t.new_space(i, t.channels(i));
  Layout whole;
  if (first.front() > 0) whole = t.new_space(i, first);
  whole.push_back(part.front());
  if (rest.front() > 0) whole.push_back(t.new_space(i, rest).front());
  t.spaces().unify(t.in(i), whole);
  return part;
}

Layout shuffle(TableDraft& t, std::size_t i) {
  const int square = t.op(i).factor * t.op(i).factor;
  if (t.op(i).kind == OperatorKind::Unshuffle) {
    Layout layout = t.in(i);
    for (LayoutPart& part : layout) part.repeat *= square;
    return layout;
  }
  const Layout out = t.new_space(i, t.channels(i));
  t.spaces().unify(t.in(i), {{out.front().space, square}});
  return out;
}

/// Queries and keys meet in products inside heads and share a map; the result is values' channels.
Layout attention(TableDraft& t, std::size_t i) {
  const Layout heads = t.new_heads(i, t.each(i, [](const Operator& o) { return o.heads; }));
  t.spaces().unify(t.in(i, 0), t.in(i, 1));
  for (const std::size_t k : {0, 2}) {
    t.spaces().group(t.in(i, k), heads.front().space);
    t.spaces().for_spaces(t.in(i, k), [=](ChannelSpace& space) {
      space.attended = true;
      space.scaled_units &= k == 2;
    });
  }
  t.mark_queries(t.op(i).inputs[0], heads);
  t.tensor(i, "position_bias", {gain(heads), fixed()});
  return t.in(i, 2);
}

void metric(TableDraft& t, std::size_t i, const Layout& nodes, int heads) {
  const auto counts = t.each(i, [](const Operator& o) { return o.heads; });
  const Layout rows =
      t.new_space(i, t.each(i, [](const Operator& o) { return o.heads * o.features; }));
  t.spaces().for_spaces(rows, [](ChannelSpace& space) { space.name += ".metric"; });
  t.make_isometric(rows);
  t.spaces().group(rows, heads);
  t.tensor(i, "metric", {produced(rows), consumed(nodes)}).metric = true;
  t.set_blocks(counts);
}

Layout graph(TableDraft& t, std::size_t i) {
  const Layout heads = t.new_heads(i, t.each(i, [](const Operator& o) { return o.heads; }));
  const int space = heads.front().space;
  const bool solves = t.op(i).kind == OperatorKind::GraphSolve;
  const Layout& nodes = t.in(i, t.op(i).kind == OperatorKind::FeatureGraph ? 1 : 0);
  t.spaces().group(nodes, space);
  std::vector<TensorAxis> steps{fixed(), gain(heads)};
  if (solves) {
    metric(t, i, nodes, space);
    steps.insert(steps.begin(), fixed());
  } else {
    t.make_isometric(nodes);
  }
  t.tensor(i, "alpha_logit", steps);
  t.tensor(i, "beta_logit", steps);
  for (const std::string& name : t.op(i).scalars) t.tensor(i, name, {fixed()});
  if (t.op(i).kind == OperatorKind::FeatureGraph) {
    t.spaces().group(t.in(i, 0), space);
    t.tensor(i, "log_mu", {gain(heads)});
    t.tensor(i, "mix", {gain(t.in(i, 0))});
    t.unmix(t.in(i, 0));
    return t.in(i, 0);
  }
  // Planes of one logit per head, and the weights of the heads in the result.
  t.tensor(i, "mix", {consumed(heads)});
  for (std::size_t k = 1; !solves && k < t.op(i).inputs.size(); ++k) {
    t.unsign(t.in(i, k), false);
    t.spaces().unify(t.in(i, k), heads);
  }
  return solves ? t.in(i, 1) : heads;
}

Layout result_of(TableDraft& t, std::size_t i) {
  switch (t.op(i).kind) {
    case OperatorKind::Input: {
      const Layout layout = t.new_space(i, t.channels(i));
      t.spaces().fix(layout);
      return layout;
    }
    case OperatorKind::Conv:
      return convolution(t, i);
    case OperatorKind::Linear:
      return linear(t, i);
    case OperatorKind::Transposed:
      return transposed(t, i);
    case OperatorKind::LayerNorm:
      return layer_norm(t, i);
    case OperatorKind::Attention:
      return attention(t, i);
    case OperatorKind::Depthwise:
    case OperatorKind::BatchNorm:
    case OperatorKind::Relu:
    case OperatorKind::Prelu:
    case OperatorKind::Sigmoid:
      return per_channel(t, i);
    case OperatorKind::Add:
    case OperatorKind::Subtract:
    case OperatorKind::Multiply:
    case OperatorKind::Concat:
      return combination(t, i);
    case OperatorKind::Slice:
      return slice(t, i);
    case OperatorKind::Shuffle:
    case OperatorKind::Unshuffle:
      return shuffle(t, i);
    case OperatorKind::FeatureGraph:
    case OperatorKind::GraphMix:
    case OperatorKind::GraphSolve:
      return graph(t, i);
  }
  return {};
}

}  // namespace

SpaceTable channel_spaces(std::span<const OperatorGraph> models, bool shared_streams) {
  TableDraft draft(models, shared_streams);
  for (std::size_t i = 0; i < draft.operators(); ++i) {
    draft.require_same(i);
    draft.add_value(result_of(draft, i));
  }
  return draft.finish();
}

}  // namespace tessera::fusion
