// SPDX-License-Identifier: MIT
#include "model/blocks/image_graph_problem.h"

#include <algorithm>

namespace tessera::model {
RowPairs::RowPairs(int planes, int widest, Workspace& scratch)
    // An odd number of cache lines from plane to plane.
    : rows_(scratch.take({4, planes, graph::padded_row(widest) + graph::kNodePad})) {}

void RowPairs::clear() const { std::fill_n(rows_.data(), rows_.shape().count(), 0.0F); }

nn::RowPair RowPairs::pair(int pair) const {
  return {at(2 * pair, 0), at(2 * pair + 1, 0), static_cast<std::ptrdiff_t>(stride())};
}

ImageGraphProblem::ImageGraphProblem(const ImageGraphPicture& picture,
                                     const ImageGraphHead& head,
                                     int widest,
                                     Workspace& scratch)
    : picture_(picture),
      head_(head),
      nodes_(head.nodes.planes(), widest, scratch),
      mean_(picture.mean.planes(), widest, scratch),
      cells_(scratch.take({1, 1, static_cast<int>(head.nodes.scratch_for(widest / 2))})) {}

void ImageGraphProblem::start(const graph::Strip& strip) {
  strip_ = strip;
  pairs_ = 0;
  nodes_.clear();
}

const float* ImageGraphProblem::row(int row) {
  if (row >= 2 * pairs_) {
    head_.nodes.make(pairs_, strip_.begin / 2, strip_.end / 2, nodes_.pair(pairs_), cells_.data());
    ++pairs_;
  }
  return nodes_.at(row, 0);
}

void ImageGraphProblem::load(int row, const graph::ProblemRow& target) {
  if (row % 2 == 0)
    picture_.mean.copy(row / 2, strip_.begin / 2, strip_.end / 2, mean_.pair(row / 2));
  if (is_first_head())
    for (int c = 0; c < picture_.out.channels(); ++c)
      std::copy_n(mean(row, c) + strip_.first - strip_.begin, strip_.last - strip_.first,
                  picture_.out.row(c, row) + strip_.first);
  fill(row, target);
}

std::span<const float* const> ImageGraphProblem::sources(int row) {
  sources_.clear();
  for (const TensorView<const float> planes :
       {picture_.observed.samples, picture_.observed.mask, TensorView<const float>(picture_.out)})
    for (int c = 0; c < planes.channels(); ++c)
      sources_.push_back(planes.row(c, row) + strip_.begin);
  return sources_;
}

void ImageGraphProblem::store(int row, const float* x, std::size_t stride) {
  const int width = strip_.last - strip_.first;
  for (int c = 0; c < picture_.out.channels(); ++c, x += stride) {
    float* __restrict out = picture_.out.row(c, row) + strip_.first;
    for (int i = 0; i < width; ++i) out[i] += head_.mix * x[i];
  }
}

}  // namespace tessera::model
