// SPDX-License-Identifier: MIT
#pragma once

#include <vector>

#include "fusion/spaces/channel_spaces.h"

namespace tessera::fusion {

/// Union-find over channel spaces in which a space may also turn out to be a sequence of parts of
/// others: a shuffle makes units of fours, a slice cuts. Unification as of types, with widths.
/// What cannot be laid over one another becomes fixed, which is always right and never moved.
class SpaceUnion {
 public:
  /// A space of its own.  Shapes  widths: one per model.
  int create(const std::string& name, const std::vector<int>& widths);
  /// The same channels, in terms of spaces that stand for themselves.
  Layout resolve(const Layout& layout) const;
  /// Both are the same channels.
  void unify(const Layout& a, const Layout& b);
  /// The units of the layout are equal consecutive parts of the units of space `heads`.
  void group(const Layout& layout, int heads);
  void fix(const Layout& layout);
  /// A space for the sum of two that keep their own maps; where that cannot be told apart they
  /// become the same channels.
  Layout sum(const Layout& stream, const Layout& branch);
  /// Applies `change` to every space of the layout.
  template <typename Change>
  void for_spaces(const Layout& layout, Change change) {
    for (const LayoutPart& part : resolve(layout)) change(spaces_[root(part.space)]);
  }
  /// Renumbers the spaces that stand for themselves.  Result  new number by old; -1: gone.
  std::vector<int> finish(std::vector<ChannelSpace>& spaces);

 private:
  struct Link {
    int same_as = -1;  ///< another space; -1: itself
    Layout parts{};    ///< not empty: a sequence of others
  };

  int root(int space) const;
  std::vector<int> lengths(const LayoutPart& part) const;
  void merge(int a, int b);
  void set_parent(int space, int heads);
  void bind(int space, const Layout& parts);
  void fix_sums();
  void number_sum(ChannelSpace& space, int own, const std::vector<int>& number) const;
  /// Unifies the first parts of both; drops what was dealt with.  Result  false: impossible.
  bool unify_front(Layout& a, Layout& b);
  bool unify_equal(const LayoutPart& a, const LayoutPart& b);

  std::vector<ChannelSpace> spaces_;
  std::vector<Link> links_;
};

}  // namespace tessera::fusion
