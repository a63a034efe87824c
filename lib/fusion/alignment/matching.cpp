// SPDX-License-Identifier: MIT
#include "fusion/alignment/matching.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "fusion/alignment/gauge.h"
#include "fusion/alignment/head_rotation.h"

namespace tessera::fusion {
namespace {

/// Finds maps tree by tree; a tree is a space without parent and all below it.
class Matcher {
 public:
  Matcher(const ModelPair& pair, const Correlations& correlations, const MatchOptions& options)
      : pair_(pair), correlations_(correlations), options_(options) {
    const auto& spaces = pair.table.spaces;
    for (std::size_t s = 0; s < spaces.size(); ++s) {
      maps_.push_back(spaces[s].widths[0] == spaces[s].widths[1]
                          ? identity_map(spaces[s].widths[1])
                          : map_of(Matrix::Constant(spaces[s].widths[0], spaces[s].widths[1],
                                                    1.0 / spaces[s].widths[0]),
                                   {}));
      solved_.push_back(spaces[s].fixed ? 1 : 0);
      model_masses_.push_back(masses(pair.model, s, 0));
      anchor_masses_.push_back(masses(pair.anchor, s, 1));
    }
    find_trees();
    join_streams();
  }

  Matching run() {
    solve_in_order();
    int sweeps = 0;
    double distance = aligned_distance(pair_, maps_);
    // Matching by activations alone leaves nothing to sweep, except heads whose features waited
    // for their inputs.
    while (sweeps < options_.sweeps) {
      const std::vector<SpaceMap> before = maps_;
      for (const int root : roots_) solve_tree(root);
      ++sweeps;
      if (maps_ == before) break;
      const double now = aligned_distance(pair_, maps_);
      if (!(now < distance) && sweeps > 1) {
        maps_ = before;
        break;
      }
      distance = now;
    }
    if (options_.rescale) rescale_units(pair_, maps_);
    return {maps_, reports(), sweeps};
  }

 private:
  std::vector<double> masses(const TensorMap& tensors, std::size_t space, std::size_t model) const {
    if (options_.importance)
      return unit_importance(tensors, pair_.table, static_cast<int>(space), model);
    return std::vector<double>(static_cast<std::size_t>(pair_.table.spaces[space].widths[model]),
                               1.0);
  }

  int root_of(int space) const {
    while (pair_.table.spaces[static_cast<std::size_t>(space)].parent >= 0)
      space = pair_.table.spaces[static_cast<std::size_t>(space)].parent;
    return space;
  }

  bool is_sum(int space) const {
    return pair_.table.spaces[static_cast<std::size_t>(space)].stream >= 0;
  }

  /// Maps of sums, from those of their sides.
  void join_streams() {
    for (std::size_t s = 0; s < maps_.size(); ++s) {
      if (!is_sum(static_cast<int>(s))) continue;
      const auto stream = static_cast<std::size_t>(pair_.table.spaces[s].stream);
      const auto branch = static_cast<std::size_t>(pair_.table.spaces[s].branch);
      maps_[s] = joined_map(maps_[stream], maps_[branch], options_.branch_weights[s]);
      solved_[s] = static_cast<char>(solved_[stream] != 0 && solved_[branch] != 0);
    }
  }

  /// Trees in the order in which their spaces are first written.
  void find_trees() {
    for (const TensorLayout& tensor : pair_.table.tensors)
      for (const TensorAxis& axis : tensor.axes)
        for (const LayoutPart& part : axis.layout) {
          const int root = root_of(part.space);
          if (axis.role != AxisRole::Consumed && !is_sum(part.space) &&
              std::find(roots_.begin(), roots_.end(), root) == roots_.end())
            roots_.push_back(root);
        }
  }

  /// Every tree once, then those again of which a part had nothing to be compared by: what it
  /// depends on may be known now. What is matched by guess does not count for others.
  void solve_in_order() {
    for (const int root : roots_) solve_tree(root);
    for (std::size_t round = 0; round < maps_.size(); ++round) {
      const std::vector<char> before = solved_;
      for (const int root : roots_)
        for (std::size_t s = 0; s < solved_.size(); ++s)
          if (solved_[s] == 0 && root_of(static_cast<int>(s)) == root) {
            solve_tree(root);
            break;
          }
      if (solved_ == before) break;
    }
    solved_.assign(solved_.size(), 1);
  }

  void solve_tree(int root) {
    const auto& spaces = pair_.table.spaces;
    std::vector<int> tree;
    for (std::size_t s = 0; s < spaces.size(); ++s)
      if (root_of(static_cast<int>(s)) == root) tree.push_back(static_cast<int>(s));
    costs_.resize(spaces.size());
    for (const int s : tree) {
      UnitCost& cost = costs_[static_cast<std::size_t>(s)];
      cost = unit_cost(pair_, s, maps_, solved_, correlations_, options_.costs);
      if (options_.rotate && rotates(spaces[static_cast<std::size_t>(s)]))
        cost.heads = rotated_head_costs(pair_, s, maps_, solved_);
    }
    std::vector<Matrix> plans(spaces.size());
    TreePlan(pair_.table, costs_, model_masses_, anchor_masses_, options_.plans).solve(root, plans);
    for (const int s : tree) {
      const auto i = static_cast<std::size_t>(s);
      maps_[i] = spaces[i].fixed && spaces[i].widths[0] == spaces[i].widths[1]
                     ? identity_map(spaces[i].widths[1])
                     : map_of(plans[i], costs_[i].signs);
      if (costs_[i].informed) solved_[i] = 1;
    }
    for (const int s : tree)
      if (const int parent = spaces[static_cast<std::size_t>(s)].parent; parent >= 0)
        settle_in_heads(maps_[static_cast<std::size_t>(s)],
                        maps_[static_cast<std::size_t>(parent)]);
    for (const int s : tree)
      if (options_.rotate && rotates(spaces[static_cast<std::size_t>(s)]))
        rotate_heads(pair_, s, maps_, solved_);
    join_streams();
  }

  std::vector<FuseSpace> reports() {
    std::vector<FuseSpace> all;
    for (std::size_t s = 0; s < maps_.size(); ++s) {
      const UnitCost cost =
          unit_cost(pair_, static_cast<int>(s), maps_, solved_, correlations_, options_.costs);
      all.push_back(report(pair_.table.spaces[s], cost.cost, maps_[s]));
    }
    return all;
  }

  static FuseSpace report(const ChannelSpace& space, const Matrix& cost, const SpaceMap& map) {
    FuseSpace r;
    r.name = space.name;
    r.width_model = space.widths[0];
    r.width_anchor = space.widths[1];
    r.fixed = space.fixed;
    r.identity = cost.rows() == cost.cols() ? cost.diagonal().mean()
                                            : std::numeric_limits<double>::quiet_NaN();
    r.average = cost.mean();
    for (Eigen::Index j = 0; j < cost.cols(); ++j) {
      Eigen::VectorXd column = cost.col(j);
      Eigen::Index best = 0, partner = 0;
      const double least = column.minCoeff(&best);
      if (map.permutes) {
        partner = map.source[static_cast<std::size_t>(j)];
        r.optimal += column[partner];
        if (partner != j || map.factor[static_cast<std::size_t>(j)] < 0.0) ++r.moved;
      } else {
        map.plain.col(j).cwiseAbs().maxCoeff(&partner);
        r.optimal += column.dot(map.plain.col(j).cwiseAbs()) / map.plain.col(j).cwiseAbs().sum();
        ++r.moved;
      }
      r.cheapest += map.permutes ? column[partner] : least;
      if (column[partner] <= least) r.best_share += 1.0;
      column[best] = std::numeric_limits<double>::infinity();
      if (column.size() > 1) r.margin += column.minCoeff() - least;
    }
    const auto m = static_cast<double>(cost.cols());
    r.optimal /= m;
    r.cheapest /= m;
    r.best_share /= m;
    r.margin /= m;
    return r;
  }

  ModelPair pair_;
  const Correlations& correlations_;
  MatchOptions options_;
  std::vector<SpaceMap> maps_;
  std::vector<char> solved_;
  std::vector<UnitCost> costs_;
  std::vector<std::vector<double>> model_masses_, anchor_masses_;
  std::vector<int> roots_;
};

}  // namespace

Matching match_networks(const ModelPair& pair,
                        const Correlations& correlations,
                        const MatchOptions& options) {
  if (!options.flat) return Matcher(pair, correlations, options).run();
  SpaceTable table = pair.table;
  for (ChannelSpace& space : table.spaces) space.parent = -1;
  return Matcher({pair.model, pair.anchor, table}, correlations, options).run();
}

double ancestry_score(const std::vector<FuseSpace>& spaces) {
  double identity = 0.0, cheapest = 0.0, average = 0.0;
  int counted = 0;
  for (const FuseSpace& space : spaces) {
    if (space.fixed || std::isnan(space.identity) || space.width_anchor < 2) continue;
    identity += space.width_anchor * space.identity;
    cheapest += space.width_anchor * space.cheapest;
    average += space.width_anchor * space.average;
    ++counted;
  }
  if (counted == 0) return std::numeric_limits<double>::quiet_NaN();
  if (!(average - cheapest > 1e-12)) return 1.0;  // all units alike: nothing to gain
  return std::clamp((average - identity) / (average - cheapest), 0.0, 1.0);
}

double aligned_distance(const ModelPair& pair, const std::vector<SpaceMap>& maps) {
  const TensorMap aligned = aligned_tensors(pair.model, pair.table, maps);
  double sum = 0.0;
  for (const auto& [name, tensor] : aligned) {
    if (tensor.shape.empty()) continue;  // counts steps of training
    const std::vector<float>& anchor = pair.anchor.at(name).values;
    double apart = 0.0, size = 0.0;
    for (std::size_t i = 0; i < anchor.size(); ++i) {
      const double a = tensor.values[i], b = anchor[i];
      apart += (a - b) * (a - b);
      size += a * a + b * b;
    }
    if (size > 0.0) sum += apart / size;
  }
  return sum / static_cast<double>(std::max<std::size_t>(aligned.size(), 1));
}

}  // namespace tessera::fusion
