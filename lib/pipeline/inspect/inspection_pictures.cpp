// SPDX-License-Identifier: MIT
#include "pipeline/inspect/inspection_pictures.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "image/convert.h"

namespace tessera::pipeline {
namespace {

/// Pixels of the graph drawn on each side of a point, and screen pixels for a third of one.
constexpr int kEdgeRadius = 16;
constexpr int kEdgeZoom = 4;
constexpr int kInfluenceZoom = 24;

struct Colour {
  float red, green, blue;
};

/// Black, violet, red, yellow, white for 0 ... 1: lighter is more, also printed in grey.
Colour heat(double value) {
  constexpr std::array<Colour, 5> kStops{{{0.0F, 0.0F, 0.02F},
                                          {0.34F, 0.06F, 0.43F},
                                          {0.73F, 0.21F, 0.33F},
                                          {0.98F, 0.61F, 0.04F},
                                          {0.99F, 1.0F, 0.75F}}};
  // What is no number is black.
  const double place = (value > 0.0 ? std::min(value, 1.0) : 0.0) * (kStops.size() - 1);
  const std::size_t first = std::min(static_cast<std::size_t>(place), kStops.size() - 2);
  const float part = static_cast<float>(place - static_cast<double>(first));
  const Colour &a = kStops[first], &b = kStops[first + 1];
  return {a.red + part * (b.red - a.red), a.green + part * (b.green - a.green),
          a.blue + part * (b.blue - a.blue)};
}

void set_colour(Tensor& picture, int y, int x, Colour colour) {
  picture(0, y, x) = colour.red;
  picture(1, y, x) = colour.green;
  picture(2, y, x) = colour.blue;
}

Image image_of(TensorView<const float> planes) {
  Image image(planes.width(), planes.height(), planes.channels(), SampleType::U8);
  image::image_from_tensor(planes, image, 0, 0);
  return image;
}

/// One plane as heat between two values; every pixel `zoom` times as large.
Image heat_map(TensorView<const float> plane, double low, double high, int zoom) {
  Tensor picture(3, zoom * plane.height(), zoom * plane.width());
  const double range = high > low ? high - low : 1.0;
  for (int y = 0; y < picture.height(); ++y)
    for (int x = 0; x < picture.width(); ++x)
      set_colour(picture, y, x, heat((plane(0, y / zoom, x / zoom) - low) / range));
  return image_of(picture);
}

/// The graph around a point: every pixel is 3 x 3 cells, its own colour in the middle, around it
/// the edges to its eight neighbours, black where one is cut and white where it is the strongest.
Image edge_picture(const analysis::GraphRecord& graph,
                   TensorView<const float> picture,
                   int middle_y,
                   int middle_x) {
  const Tensor rows = analysis::graph_rows(graph.weights);
  const int height = rows.height(), width = rows.width();
  const int top = std::clamp(middle_y - kEdgeRadius, 0, std::max(0, height - 2 * kEdgeRadius - 1));
  const int left = std::clamp(middle_x - kEdgeRadius, 0, std::max(0, width - 2 * kEdgeRadius - 1));
  const int down = std::min(2 * kEdgeRadius + 1, height - top);
  const int across = std::min(2 * kEdgeRadius + 1, width - left);
  Tensor drawn(3, 3 * kEdgeZoom * down, 3 * kEdgeZoom * across);
  for (int y = 0; y < drawn.height(); ++y)
    for (int x = 0; x < drawn.width(); ++x) {
      const int row = top + y / (3 * kEdgeZoom), column = left + x / (3 * kEdgeZoom);
      const int dy = y / kEdgeZoom % 3 - 1, dx = x / kEdgeZoom % 3 - 1;
      if (dy == 0 && dx == 0) {
        const int last = picture.channels() - 1;
        set_colour(drawn, y, x,
                   {picture(0, row, column), picture(std::min(1, last), row, column),
                    picture(last, row, column)});
        continue;
      }
      for (int k = 0; k < analysis::kNeighbours; ++k)
        if (const auto offset = analysis::neighbour_offset(k); offset.dy == dy && offset.dx == dx)
          // Twice the weight that equal neighbours would have is drawn as the brightest.
          set_colour(drawn, y, x, heat(rows(k, row, column) * 0.5 * analysis::kNeighbours));
    }
  return image_of(drawn);
}

void add_graph(const analysis::GraphRecord& graph,
               const analysis::Inspection& inspection,
               std::pair<int, int> corner,
               std::vector<NamedPicture>& pictures) {
  const std::string name = fmt::format("{}-head{}", graph.layer, graph.head);
  const std::string title = fmt::format("{}, head {}", graph.layer, graph.head);
  const Tensor degrees = analysis::graph_degrees(graph.weights);
  pictures.push_back({name + "-degree",
                      fmt::format("{}: degrees, {:.2f} (dark) to {:.2f} (light)", title,
                                  graph.degree.low, graph.degree.high),
                      heat_map(degrees, graph.degree.low, graph.degree.high, graph.scale)});
  const Tensor entropy = analysis::row_entropy(analysis::graph_rows(graph.weights));
  const double all_alike = std::log(static_cast<double>(analysis::kNeighbours));
  pictures.push_back({name + "-entropy",
                      fmt::format("{}: row entropy, {:.3f} (dark: few neighbours count) to log 8 = "
                                  "{:.3f} (light: all alike)",
                                  title, graph.entropy.low, all_alike),
                      heat_map(entropy, graph.entropy.low, all_alike, graph.scale)});
  const Tensor colours = analysis::reduced(inspection.result, graph.scale);
  for (const analysis::Influence& influence : inspection.influences)
    pictures.push_back({fmt::format("{}-edges-{}", name, influence.point.name),
                        fmt::format("{}: edges around the point \"{}\" at row {}, column {}", title,
                                    influence.point.name, influence.point.y + corner.first,
                                    influence.point.x + corner.second),
                        edge_picture(graph, colours, influence.point.y / graph.scale,
                                     influence.point.x / graph.scale)});
}

}  // namespace

std::vector<NamedPicture> inspection_pictures(const analysis::Inspection& inspection,
                                              int top,
                                              int left) {
  std::vector<NamedPicture> pictures;
  pictures.push_back({"estimate", "the first estimate", image_of(inspection.estimate)});
  pictures.push_back({"result", "the network's result", image_of(inspection.result)});
  for (const analysis::Influence& influence : inspection.influences) {
    const auto values = influence.window.view().flat();
    const float most = *std::max_element(values.begin(), values.end());
    // Roots, so that the weak surroundings are seen beside the pixel itself.
    Tensor roots(influence.window.shape());
    std::transform(values.begin(), values.end(), roots.data(),
                   [](float value) { return std::sqrt(value); });
    pictures.push_back(
        {"influence-" + influence.point.name,
         fmt::format("inputs that move the output at \"{}\": root of 0 (dark) to {:.3f} (light)",
                     influence.point.name, most),
         heat_map(roots, 0.0, std::sqrt(most), kInfluenceZoom)});
  }
  for (const analysis::GraphRecord& graph : inspection.graphs)
    add_graph(graph, inspection, {top, left}, pictures);
  return pictures;
}

}  // namespace tessera::pipeline
