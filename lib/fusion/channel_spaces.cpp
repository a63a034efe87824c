// SPDX-License-Identifier: MIT
#include "fusion/channel_spaces.h"

#include <fmt/format.h>

#include <tuple>

#include "fusion/space_union.h"
#include "tessera/error.h"

namespace tessera::fusion {
namespace {

/// Whether two operators are the same but for channels, heads and groups.
bool differ_in_widths_only(const Operator& a, const Operator& b) {
  const auto rest = [](const Operator& op) {
    return std::tuple(op.kind, op.inputs, op.prefix, op.kernel, op.stride, op.dilation,
                      op.groups > 1, op.border_bias, op.factor,
                      op.kind == OperatorKind::Input ? op.steps : 0, op.packing);
  };
  return rest(a) == rest(b);
}

/// Walks the operators of all models in step and writes down spaces and tensor axes.
class TableBuilder {
 public:
  explicit TableBuilder(std::span<const OperatorGraph> models) : models_(models) {
    table_.models = models.size();
  }

  SpaceTable build() {
    const OperatorGraph& first = models_.front();
    for (std::size_t i = 0; i < first.operators.size(); ++i) {
      require_same(i);
      table_.values.push_back(result_of(i));
    }
    for (const int value : first.outputs) spaces_.fix(table_.values[value]);
    const std::vector<int> number = spaces_.finish(table_.spaces);
    const auto renumber = [&](Layout& layout) {
      layout = spaces_.resolve(layout);
      for (LayoutPart& part : layout) part.space = number[part.space];
    };
    for (Layout& value : table_.values) renumber(value);
    for (TensorLayout& tensor : table_.tensors)
      for (TensorAxis& axis : tensor.axes) renumber(axis.layout);
    return std::move(table_);
  }

 private:
  const Operator& op(std::size_t i) const { return models_.front().operators[i]; }

  void require_same(std::size_t i) const {
    for (const OperatorGraph& model : models_)
      if (model.operators.size() != models_.front().operators.size() ||
          !differ_in_widths_only(model.operators[i], op(i)) || model.skip != models_.front().skip)
        throw Error(ErrorCode::BadCheckpoint,
                    fmt::format("the networks differ in more than widths, first at operator {}{}",
                                i, op(i).prefix.empty() ? "" : " (" + op(i).prefix + ")"));
  }

  /// One number of the operator in each model.
  template <typename Member>
  std::vector<int> each(std::size_t i, Member member) const {
    std::vector<int> numbers;
    for (const OperatorGraph& model : models_) numbers.push_back(member(model.operators[i]));
    return numbers;
  }
  std::vector<int> channels(std::size_t i) const {
    return each(i, [](const Operator& o) { return o.channels; });
  }

  const Layout& in(std::size_t i, std::size_t k = 0) const {
    return table_.values[static_cast<std::size_t>(op(i).inputs[k])];
  }

  void tensor(std::size_t i, const std::string& name, std::vector<TensorAxis> axes) {
    table_.tensors.push_back({op(i).prefix + "." + name, std::move(axes)});
    table_.block_counts.emplace_back(models_.size(), 1);
  }
  static TensorAxis fixed() { return {}; }
  static TensorAxis produced(const Layout& layout) { return {AxisRole::Produced, layout}; }
  static TensorAxis consumed(const Layout& layout) { return {AxisRole::Consumed, layout}; }
  static TensorAxis gain(const Layout& layout) { return {AxisRole::Gain, layout}; }

  Layout new_space(std::size_t i, const std::vector<int>& widths) {
    return {{spaces_.create(op(i).prefix, widths), 1}};
  }
  /// A space of heads or groups; they have no sign.
  Layout new_heads(std::size_t i, const std::vector<int>& counts) {
    const Layout heads = new_space(i, counts);
    spaces_.for_spaces(heads, [&](ChannelSpace& space) {
      space.signed_units = space.scaled_units = false;
      space.name += ".heads";
    });
    return heads;
  }
  void unsign(const Layout& layout, bool keeps_scale) {
    spaces_.for_spaces(layout, [=](ChannelSpace& space) {
      space.signed_units = false;
      space.scaled_units &= keeps_scale;
    });
  }
  void make_isometric(const Layout& layout) {
    spaces_.for_spaces(layout, [](ChannelSpace& space) {
      space.isometric = true;
      space.scaled_units = false;
    });
  }

  Layout convolution(std::size_t i) {
    const Layout out = new_space(i, channels(i));
    tensor(i, "weight", {produced(out), consumed(in(i)), fixed(), fixed()});
    if (op(i).groups > 1) {
      const auto groups = each(i, [](const Operator& o) { return o.groups; });
      const Layout heads = new_heads(i, groups);
      spaces_.group(out, heads.front().space);
      spaces_.group(in(i), heads.front().space);
      table_.tensors.back().blocks = groups.front();
      table_.block_counts.back() = groups;
    }
    tensor(i, "bias", {produced(out)});
    if (op(i).border_bias) tensor(i, "border_bias", {produced(out), fixed(), fixed()});
    return out;
  }

  Layout transposed(std::size_t i) {
    const Layout out = new_space(i, channels(i));
    tensor(i, "weight", {consumed(in(i)), produced(out), fixed(), fixed()});
    tensor(i, "bias", {produced(out)});
    return out;
  }

  Layout per_channel(std::size_t i) {
    const Layout& x = in(i);
    if (op(i).kind == OperatorKind::Depthwise) {
      tensor(i, "weight", {gain(x), fixed(), fixed(), fixed()});
      tensor(i, "bias", {produced(x)});
    } else if (op(i).kind == OperatorKind::BatchNorm) {
      for (const char* name : {"weight", "running_var"}) tensor(i, name, {gain(x)});
      for (const char* name : {"bias", "running_mean"}) tensor(i, name, {produced(x)});
      spaces_.for_spaces(x, [](ChannelSpace& space) { space.scaled_units = false; });
    } else {
      if (op(i).kind == OperatorKind::Prelu) tensor(i, "slope", {gain(x)});
      unsign(x, op(i).kind != OperatorKind::Sigmoid);
    }
    return x;
  }

  Layout combination(std::size_t i) {
    if (op(i).kind == OperatorKind::Concat) {
      Layout joined = in(i, 0);
      joined.insert(joined.end(), in(i, 1).begin(), in(i, 1).end());
      return joined;
    }
    spaces_.unify(in(i, 0), in(i, 1));
    if (op(i).kind == OperatorKind::Multiply) unsign(in(i, 0), false);
    return in(i, 0);
  }

  Layout slice(std::size_t i) {
    const auto first = each(i, [](const Operator& o) { return o.first; });
    std::vector<int> rest;
    for (const OperatorGraph& model : models_) {
      const Operator& o = model.operators[i];
      rest.push_back(model.channels(o.inputs[0]) - o.first - o.channels);
    }
    const Layout part = new_space(i, channels(i));
    Layout whole;
    if (first.front() > 0) whole = new_space(i, first);
    whole.push_back(part.front());
    if (rest.front() > 0) whole.push_back(new_space(i, rest).front());
    spaces_.unify(in(i), whole);
    return part;
  }

  Layout shuffle(std::size_t i) {
    const int square = op(i).factor * op(i).factor;
    if (op(i).kind == OperatorKind::Unshuffle) {
      Layout layout = in(i);
      for (LayoutPart& part : layout) part.repeat *= square;
      return layout;
    }
    const Layout out = new_space(i, channels(i));
    spaces_.unify(in(i), {{out.front().space, square}});
    return out;
  }

  Layout graph(std::size_t i) {
    const Layout heads = new_heads(i, each(i, [](const Operator& o) { return o.heads; }));
    const int space = heads.front().space;
    const bool solves = op(i).kind == OperatorKind::GraphSolve;
    const Layout& nodes = in(i, op(i).kind == OperatorKind::FeatureGraph ? 1 : 0);
    spaces_.group(nodes, space);
    std::vector<TensorAxis> steps{fixed(), gain(heads)};
    if (solves) {
      metric(i, nodes, space);
      steps.insert(steps.begin(), fixed());
    } else {
      make_isometric(nodes);
    }
    tensor(i, "alpha_logit", steps);
    tensor(i, "beta_logit", steps);
    for (const std::string& name : op(i).scalars) tensor(i, name, {fixed()});
    if (op(i).kind == OperatorKind::FeatureGraph) {
      spaces_.group(in(i, 0), space);
      tensor(i, "log_mu", {gain(heads)});
      tensor(i, "mix", {gain(in(i, 0))});
      return in(i, 0);
    }
    // Planes of one logit per head, and the shares of the heads in the result.
    tensor(i, "mix", {consumed(heads)});
    for (std::size_t k = 1; !solves && k < op(i).inputs.size(); ++k) {
      unsign(in(i, k), false);
      spaces_.unify(in(i, k), heads);
    }
    return solves ? in(i, 1) : heads;
  }

  void metric(std::size_t i, const Layout& nodes, int heads) {
    const auto counts = each(i, [](const Operator& o) { return o.heads; });
    const Layout rows =
        new_space(i, each(i, [](const Operator& o) { return o.heads * o.features; }));
    spaces_.for_spaces(rows, [](ChannelSpace& space) { space.name += ".metric"; });
    make_isometric(rows);
    spaces_.group(rows, heads);
    tensor(i, "metric", {produced(rows), consumed(nodes)});
    table_.tensors.back().blocks = counts.front();
    table_.tensors.back().metric = true;
    table_.block_counts.back() = counts;
  }

  Layout result_of(std::size_t i) {
    switch (op(i).kind) {
      case OperatorKind::Input: {
        const Layout layout = new_space(i, channels(i));
        spaces_.fix(layout);
        return layout;
      }
      case OperatorKind::Conv:
        return convolution(i);
      case OperatorKind::Transposed:
        return transposed(i);
      case OperatorKind::Depthwise:
      case OperatorKind::BatchNorm:
      case OperatorKind::Relu:
      case OperatorKind::Prelu:
      case OperatorKind::Sigmoid:
        return per_channel(i);
      case OperatorKind::Add:
      case OperatorKind::Subtract:
      case OperatorKind::Multiply:
      case OperatorKind::Concat:
        return combination(i);
      case OperatorKind::Slice:
        return slice(i);
      case OperatorKind::Shuffle:
      case OperatorKind::Unshuffle:
        return shuffle(i);
      case OperatorKind::FeatureGraph:
      case OperatorKind::GraphMix:
      case OperatorKind::GraphSolve:
        return graph(i);
    }
    return {};
  }

  std::span<const OperatorGraph> models_;
  SpaceUnion spaces_;
  SpaceTable table_;
};

}  // namespace

SpaceTable channel_spaces(std::span<const OperatorGraph> models) {
  return TableBuilder(models).build();
}

}  // namespace tessera::fusion
