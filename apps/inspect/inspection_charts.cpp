// SPDX-License-Identifier: MIT
#include "inspect/inspection_charts.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

namespace tessera::cli {
namespace {

using nlohmann::json;

constexpr double kWidth = 380, kHeight = 220, kLeft = 62, kRight = 100, kTop = 24, kBottom = 34;
/// Names stand to the right of the lines, so many at most.
constexpr double kNames = 94;
constexpr std::size_t kMostNames = 8;
/// Okabe and Ito 2008: eight colours that the colour-blind tell apart.
constexpr const char* kColours[] = {"#0072b2", "#d55e00", "#009e73", "#cc79a7",
                                    "#e69f00", "#56b4e9", "#f0e442", "#808080"};

struct Range {
  double low = INFINITY, high = -INFINITY;
  void include(double value) {
    if (!std::isfinite(value)) return;
    low = std::min(low, value);
    high = std::max(high, value);
  }
  double position(double value) const { return high > low ? (value - low) / (high - low) : 0.5; }
};

std::string polyline(const ChartLine& line, Range x, Range y, const char* colour) {
  std::string points;
  for (std::size_t i = 0; i < line.x.size(); ++i)
    if (std::isfinite(line.y[i]))
      points +=
          fmt::format("{:.1f},{:.1f} ", kLeft + x.position(line.x[i]) * (kWidth - kLeft - kRight),
                      kHeight - kBottom - y.position(line.y[i]) * (kHeight - kTop - kBottom));
  return fmt::format(
      "<polyline points=\"{}\" fill=\"none\" stroke=\"{}\" stroke-width=\"{}\"{}>"
      "<title>{}</title></polyline>\n",
      points, colour, line.dashed ? 1.2 : 1.8, line.dashed ? " stroke-dasharray=\"4 3\"" : "",
      line.label);
}

std::vector<double> numbers(const json& list) {
  std::vector<double> values;
  for (const json& value : list)
    values.push_back(value.is_number() ? value.get<double>() : std::nan(""));
  return values;
}

/// All iterations of one head in a row: those of an unrolled solver follow one another.
ChartLine line_along_iterations(const std::vector<const json*>& runs, const char* key) {
  ChartLine line;
  for (const json* run : runs)
    for (const double value : numbers((*run)[key])) {
      line.x.push_back(static_cast<double>(line.x.size()));
      line.y.push_back(value);
    }
  return line;
}

using Heads = std::map<int, std::vector<const json*>>;

std::string charts_of_layer(const std::string& layer, const Heads& heads) {
  const std::pair<const char*, const char*> kinds[] = {{"residual", "residual |b - Ax| / |b|"},
                                                       {"energy", "energy x'Lx"},
                                                       {"variation", "variation |Cx|"},
                                                       {"objective", "objective 1/2 x'Ax - b'x"}};
  std::string html;
  for (const auto& [key, name] : kinds) {
    std::vector<ChartLine> lines;
    for (const auto& [head, runs] : heads) {
      lines.push_back(line_along_iterations(runs, key));
      lines.back().label = fmt::format("head {}", head);
    }
    html += chart(fmt::format("{}: {}", layer, name), "step", lines);
  }
  std::vector<ChartLine> spectra;
  for (const auto& [head, runs] : heads) {
    const json& last = *runs.back();
    const auto frequency = numbers(last["frequency"]);
    spectra.push_back(
        {fmt::format("head {}", head), frequency, numbers(last["realised_spectrum"]), false});
    spectra.push_back(
        {fmt::format("head {}, exact", head), frequency, numbers(last["ideal_spectrum"]), true});
  }
  return html + chart(layer + ": gain, exact solution dashed", "cycles per pixel", spectra);
}

}  // namespace

std::string chart(const std::string& title,
                  const std::string& x_label,
                  const std::vector<ChartLine>& lines) {
  Range x, y;
  for (const ChartLine& line : lines) {
    for (const double value : line.x) x.include(value);
    for (const double value : line.y) y.include(value);
  }
  if (!(x.low <= x.high) || !(y.low <= y.high)) return {};
  std::string svg = fmt::format(
      "<figure><svg viewBox=\"0 0 {0} {1}\" width=\"{0}\" height=\"{1}\" role=\"img\">\n"
      "<text x=\"0\" y=\"14\">{2}</text>\n"
      "<path d=\"M{3} {4}V{5}H{6}\" fill=\"none\" stroke=\"currentColor\" opacity=\".5\"/>\n",
      kWidth, kHeight, title, kLeft, kTop, kHeight - kBottom, kWidth - kRight);
  const auto label = [&svg](double at_x, double at_y, const char* anchor, const std::string& text) {
    svg += fmt::format("<text x=\"{}\" y=\"{}\" text-anchor=\"{}\">{}</text>\n", at_x, at_y, anchor,
                       text);
  };
  label(kLeft - 4, kTop + 8, "end", fmt::format("{:.3g}", y.high));
  label(kLeft - 4, kHeight - kBottom, "end", fmt::format("{:.3g}", y.low));
  label(kLeft, kHeight - kBottom + 14, "middle", fmt::format("{:.3g}", x.low));
  label(kWidth - kRight, kHeight - kBottom + 14, "end", fmt::format("{:.3g}", x.high));
  label((kLeft + kWidth - kRight) / 2, kHeight - kBottom + 14, "middle", x_label);
  // A dashed line has the colour of the line before it, and no name of its own.
  std::size_t colour = 0;
  for (const ChartLine& line : lines) {
    if (line.dashed && colour > 0) --colour;
    const char* stroke = kColours[colour % std::size(kColours)];
    svg += polyline(line, x, y, stroke);
    if (!line.dashed && colour < kMostNames)
      svg += fmt::format("<text x=\"{}\" y=\"{}\" style=\"fill:{}\">{}</text>\n", kWidth - kNames,
                         kTop + 14.0 * static_cast<double>(colour + 1), stroke, line.label);
    ++colour;
  }
  return svg + "</svg></figure>\n";
}

std::string charts_of(const json& filters) {
  std::map<std::string, Heads> layers;
  std::vector<std::string> order;
  for (const json& filter : filters) {
    const std::string layer = filter["layer"].get<std::string>();
    if (!layers.contains(layer)) order.push_back(layer);
    layers[layer][filter["head"].get<int>()].push_back(&filter);
  }
  std::string html;
  for (const std::string& layer : order) html += charts_of_layer(layer, layers[layer]);
  return html;
}

}  // namespace tessera::cli
