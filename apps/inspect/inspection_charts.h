// SPDX-License-Identifier: MIT
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace tessera::cli {

/// One line of a chart; `dashed` for what the exact solution would give.
struct ChartLine {
  std::string label;
  std::vector<double> x, y;
  bool dashed = false;
};

/// A chart as an SVG figure with axes from the least to the largest value.
std::string chart(const std::string& title,
                  const std::string& x_label,
                  const std::vector<ChartLine>& lines);

/// For each layer: residuals, energies and objectives along its iterations, and realised spectra
/// beside the exact ones, a line for each head; HTML figures.
std::string charts_of(const nlohmann::json& filters);

}  // namespace tessera::cli
