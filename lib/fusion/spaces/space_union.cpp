// SPDX-License-Identifier: MIT
#include "fusion/spaces/space_union.h"

#include <algorithm>

namespace tessera::fusion {
namespace {

bool all_multiples(const std::vector<int>& many, const std::vector<int>& few) {
  for (std::size_t k = 0; k < many.size(); ++k)
    if (few[k] < 1 || many[k] % few[k] != 0) return false;
  return true;
}

bool all_greater(const std::vector<int>& a, const std::vector<int>& b) {
  for (std::size_t k = 0; k < a.size(); ++k)
    if (a[k] <= b[k]) return false;
  return true;
}

}  // namespace

int SpaceUnion::create(const std::string& name, const std::vector<int>& widths) {
  ChannelSpace space;
  space.name = name;
  space.widths = widths;
  spaces_.push_back(space);
  links_.emplace_back();
  return static_cast<int>(spaces_.size()) - 1;
}

int SpaceUnion::root(int space) const {
  while (links_[space].same_as >= 0) space = links_[space].same_as;
  return space;
}

Layout SpaceUnion::resolve(const Layout& layout) const {
  Layout resolved;
  for (const LayoutPart& part : layout) {
    const int space = root(part.space);
    if (links_[space].parts.empty()) {
      resolved.push_back({space, part.repeat});
      continue;
    }
    for (LayoutPart inner : resolve(links_[space].parts))
      resolved.push_back({inner.space, inner.repeat * part.repeat});
  }
  return resolved;
}

std::vector<int> SpaceUnion::lengths(const LayoutPart& part) const {
  std::vector<int> lengths = spaces_[root(part.space)].widths;
  for (int& length : lengths) length *= part.repeat;
  return lengths;
}

void SpaceUnion::fix(const Layout& layout) {
  for_spaces(layout, [](ChannelSpace& space) { space.fixed = true; });
}

void SpaceUnion::merge(int a, int b) {
  a = root(a);
  b = root(b);
  if (a == b) return;
  if (b < a) std::swap(a, b);
  ChannelSpace& kept = spaces_[a];
  const ChannelSpace gone = spaces_[b];
  links_[b].same_as = a;
  kept.fixed |= gone.fixed;
  kept.signed_units &= gone.signed_units;
  kept.scaled_units &= gone.scaled_units;
  kept.isometric |= gone.isometric;
  kept.mixed_units &= gone.mixed_units;
  kept.attended |= gone.attended;
  if (kept.name.empty()) kept.name = gone.name;
  if (gone.parent >= 0) set_parent(a, gone.parent);
}

void SpaceUnion::set_parent(int space, int heads) {
  space = root(space);
  heads = root(heads);
  if (space == heads) return;
  // What is added up lies in the same heads.
  for (const int side : {spaces_[space].stream, spaces_[space].branch})
    if (side >= 0) group({{side, 1}}, heads);
  if (!all_multiples(spaces_[space].widths, spaces_[heads].widths)) {
    spaces_[space].fixed = spaces_[heads].fixed = true;
    return;
  }
  if (spaces_[space].parent < 0) {
    spaces_[space].parent = heads;
    return;
  }
  // Two groupings of one space: the coarser holds the finer, or nothing of it moves.
  const int other = root(spaces_[space].parent);
  if (other == heads) return;
  if (spaces_[other].widths == spaces_[heads].widths) {
    merge(other, heads);
  } else if (all_multiples(spaces_[other].widths, spaces_[heads].widths)) {
    set_parent(other, heads);
  } else if (all_multiples(spaces_[heads].widths, spaces_[other].widths)) {
    spaces_[space].parent = heads;
    set_parent(heads, other);
  } else {
    spaces_[space].fixed = spaces_[heads].fixed = spaces_[other].fixed = true;
  }
}

void SpaceUnion::group(const Layout& layout, int heads) {
  const Layout parts = resolve(layout);
  if (parts.size() == 1) {
    set_parent(parts.front().space, heads);
    return;
  }
  fix(parts);
  spaces_[root(heads)].fixed = true;
}

Layout SpaceUnion::sum(const Layout& stream, const Layout& branch) {
  const Layout a = resolve(stream), b = resolve(branch);
  const auto plain = [&](const Layout& side) {
    return side.size() == 1 && side.front().repeat == 1 && !spaces_[side.front().space].fixed;
  };
  if (!plain(a) || !plain(b) || a.front().space == b.front().space) {
    unify(stream, branch);
    return stream;
  }
  const ChannelSpace& last = spaces_[b.front().space];
  const int whole = create(last.name + ".sum", last.widths);
  ChannelSpace& space = spaces_[whole];
  space.stream = a.front().space;
  space.branch = b.front().space;
  space.signed_units = space.scaled_units = space.mixed_units = false;
  const int heads = spaces_[space.stream].parent;
  if (heads >= 0) set_parent(whole, heads);
  return {{whole, 1}};
}

/// A sum with a meaning, or of something with a meaning, has it in all three.
void SpaceUnion::fix_sums() {
  for (std::size_t round = 0; round < spaces_.size(); ++round)
    for (std::size_t s = spaces_.size(); s-- > 0;) {
      if (spaces_[s].stream < 0 || links_[s].same_as >= 0) continue;
      const Layout all{{static_cast<int>(s), 1}, {spaces_[s].stream, 1}, {spaces_[s].branch, 1}};
      bool any = false;
      for_spaces(all, [&](const ChannelSpace& space) { any |= space.fixed; });
      if (any) fix(all);
    }
}

void SpaceUnion::number_sum(ChannelSpace& space, int own, const std::vector<int>& number) const {
  if (space.stream < 0) return;
  for (int* side : {&space.stream, &space.branch}) {
    const Layout layout = resolve({{*side, 1}});
    const bool whole = layout.size() == 1 && layout.front().repeat == 1;
    *side = whole ? number[layout.front().space] : own;
  }
  // What became part of itself, or came apart, has a map of its own.
  if (space.stream >= own || space.branch >= own || space.fixed)
    space.stream = space.branch = -1;
  else
    space.parent = -1;
}

void SpaceUnion::bind(int space, const Layout& parts) {
  const ChannelSpace whole = spaces_[space];
  links_[space].parts = parts;
  for_spaces(parts, [&](ChannelSpace& part) {
    part.fixed |= whole.fixed;
    part.signed_units &= whole.signed_units;
    part.scaled_units &= whole.scaled_units;
    part.isometric |= whole.isometric;
    part.mixed_units &= whole.mixed_units;
    part.attended |= whole.attended;
    if (part.name.empty()) part.name = whole.name;
  });
  if (whole.parent >= 0) group(parts, whole.parent);
}

bool SpaceUnion::unify_equal(const LayoutPart& a, const LayoutPart& b) {
  if (a.space == b.space) return a.repeat == b.repeat;
  if (a.repeat == b.repeat)
    merge(a.space, b.space);
  else if (a.repeat % b.repeat == 0)
    bind(b.space, {{a.space, a.repeat / b.repeat}});
  else if (b.repeat % a.repeat == 0)
    bind(a.space, {{b.space, b.repeat / a.repeat}});
  else
    return false;
  return true;
}

bool SpaceUnion::unify_front(Layout& a, Layout& b) {
  const LayoutPart first_a = a.front(), first_b = b.front();
  const auto length_a = lengths(first_a), length_b = lengths(first_b);
  if (length_a == length_b) {
    a.erase(a.begin());
    b.erase(b.begin());
    return unify_equal(first_a, first_b);
  }
  if (all_greater(length_b, length_a)) return unify_front(b, a);
  // Cut the longer part where the shorter ends.
  if (!all_greater(length_a, length_b) || first_b.repeat % first_a.repeat != 0) return false;
  const int times = first_b.repeat / first_a.repeat;
  std::vector<int> rest = spaces_[first_a.space].widths;
  for (std::size_t k = 0; k < rest.size(); ++k) rest[k] -= spaces_[first_b.space].widths[k] * times;
  const int tail = create(spaces_[first_a.space].name, rest);
  bind(first_a.space, {{first_b.space, times}, {tail, 1}});
  return true;
}

void SpaceUnion::unify(const Layout& first, const Layout& second) {
  Layout a = resolve(first), b = resolve(second);
  while (!a.empty() && !b.empty()) {
    if (!unify_front(a, b)) {
      fix(a);
      fix(b);
      fix(first);
      fix(second);
      return;
    }
    a = resolve(a);
    b = resolve(b);
  }
}

std::vector<int> SpaceUnion::finish(std::vector<ChannelSpace>& spaces) {
  fix_sums();
  std::vector<int> number(spaces_.size(), -1);
  spaces.clear();
  for (std::size_t s = 0; s < spaces_.size(); ++s)
    if (links_[s].same_as < 0 && links_[s].parts.empty()) {
      number[s] = static_cast<int>(spaces.size());
      spaces.push_back(spaces_[s]);
    }
  for (ChannelSpace& space : spaces) {
    if (space.parent >= 0) {
      const Layout parent = resolve({{space.parent, 1}});
      // Heads that were themselves cut apart: nothing that hangs on them moves.
      if (parent.size() != 1 || parent.front().repeat != 1) space.fixed = true;
      space.parent =
          parent.size() == 1 && parent.front().repeat == 1 ? number[parent.front().space] : -1;
    }
    if (space.fixed) space.signed_units = space.scaled_units = false;
    number_sum(space, static_cast<int>(&space - spaces.data()), number);
  }
  // What is fixed fixes the heads it is a part of.
  for (std::size_t round = 0; round < spaces.size(); ++round)
    for (const ChannelSpace& space : spaces)
      if (space.fixed && space.parent >= 0)
        spaces[static_cast<std::size_t>(space.parent)].fixed = true;
  return number;
}

}  // namespace tessera::fusion
