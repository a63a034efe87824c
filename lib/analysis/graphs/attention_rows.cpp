// SPDX-License-Identifier: MIT
#include "analysis/graphs/attention_rows.h"

#include <algorithm>
#include <cmath>

namespace tessera::analysis {
namespace {

/// Rows that are compared with colours at most, about.
constexpr std::size_t kMostRows = 4096;

/// A pixel of a window inside the map.
struct Place {
  int index, y, x;
};

std::vector<Place> places_inside(Region window, int height, int width) {
  std::vector<Place> places;
  for (int k = 0; k < window.height * window.width; ++k) {
    const int y = window.top + k / window.width, x = window.left + k % window.width;
    if (y >= 0 && x >= 0 && y < height && x < width) places.push_back({k, y, x});
  }
  return places;
}

/// Adds `factor` times the mean by head `head` of a window to the planes [first, last) of `result`.
void add_mean(const WindowRows& window,
              int head,
              int first,
              int last,
              float factor,
              TensorView<const float> u,
              Tensor& result) {
  const auto places = places_inside(window.window, u.height(), u.width());
  for (const Place& query : places) {
    const float* row = window.rows.view().row(head, query.index);
    for (int c = first; c < last; ++c) {
      double sum = 0.0;
      for (const Place& key : places)
        sum += static_cast<double>(row[key.index]) * u(c, key.y, key.x);
      result(c, query.y, query.x) += factor * static_cast<float>(sum);
    }
  }
}

/// The rows of one head in windows that lie inside the map: all of them, or every n-th.
WeightRows whole_rows(const AttentionRecord& attention, int head, TensorView<const float> picture) {
  const auto whole = [&](const WindowRows& window) {
    return static_cast<int>(
               places_inside(window.window, picture.height(), picture.width()).size()) ==
           window.window.height * window.window.width;
  };
  const auto windows = std::count_if(attention.windows.begin(), attention.windows.end(), whole);
  WeightRows rows;
  if (windows == 0) return rows;
  const Region first = attention.windows.front().window;
  rows.keys = static_cast<std::size_t>(first.height) * first.width;
  const std::size_t step = static_cast<std::size_t>(windows) * rows.keys / kMostRows + 1;
  std::size_t next = 0;
  for (const WindowRows& window : attention.windows) {
    if (!whole(window)) continue;
    const auto places = places_inside(window.window, picture.height(), picture.width());
    for (const Place& query : places) {
      if (next++ % step != 0) continue;
      rows.places.push_back(query.index);
      for (const Place& key : places) {
        rows.weights.push_back(window.rows.view().row(head, query.index)[key.index]);
        rows.distances.push_back(colour_distance(picture, query.y, query.x, key.y, key.x));
      }
    }
  }
  return rows;
}

}  // namespace

Tensor mean_over_attention(const AttentionRecord& attention, TensorView<const float> u) {
  Tensor result(u.shape());
  for (const WindowRows& window : attention.windows) {
    const int heads = window.rows.channels(), planes = u.channels();
    const bool own_planes = planes % heads == 0;
    for (int g = 0; g < heads; ++g)
      add_mean(window, g, own_planes ? g * planes / heads : 0,
               own_planes ? (g + 1) * planes / heads : planes,
               own_planes ? 1.0F : 1.0F / static_cast<float>(heads), u, result);
  }
  return result;
}

std::vector<AttentionHead> attention_heads(const AttentionRecord& attention,
                                           TensorView<const float> picture,
                                           std::uint64_t seed) {
  const int height = picture.height(), width = picture.width();
  std::vector<AttentionHead> heads;
  const int count = attention.windows.empty() ? 0 : attention.windows.front().rows.channels();
  for (int g = 0; g < count; ++g) {
    AttentionHead head;
    Tensor entropies(1, height, width);
    for (const WindowRows& window : attention.windows) {
      const auto places = places_inside(window.window, height, width);
      for (const Place& query : places) {
        const float* row = window.rows.view().row(g, query.index);
        double entropy = 0.0;
        for (const Place& key : places)
          if (row[key.index] > 0.0F) entropy -= row[key.index] * std::log(row[key.index]);
        entropies(0, query.y, query.x) = static_cast<float>(entropy);
        head.entropy_limit += std::log(static_cast<double>(places.size()));
        head.own += row[query.index];
        head.own_null += 1.0 / static_cast<double>(places.size());
      }
    }
    const double pixels = static_cast<double>(height) * width;
    head.entropy_limit /= pixels, head.own /= pixels, head.own_null /= pixels;
    head.entropy = spread_of(entropies);
    head.similarity = similarity_kernel(whole_rows(attention, g, picture), seed);
    heads.push_back(head);
  }
  return heads;
}

}  // namespace tessera::analysis
