// SPDX-License-Identifier: MIT
#include "inspect/inspection_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace tessera::cli {
namespace {

using nlohmann::json;

/// A number with so many digits that it can be read; "-" for what is none.
std::string number(const json& value) {
  if (!value.is_number()) return "-";
  const double x = value.get<double>();
  if (x == 0.0) return "0";
  if (std::abs(x) >= 1e5 || std::abs(x) < 1e-4) return fmt::format("{:.2e}", x);
  return fmt::format("{:.{}f}", x, std::abs(x) >= 100.0 ? 1 : std::abs(x) >= 10.0 ? 2 : 4);
}

/// A similarity with its null value beside it.
std::string with_null(const json& pair) {
  if (!pair.is_object()) return "-";
  return fmt::format("{} ({})", number(pair["value"]), number(pair["null"]));
}

/// First and last of a list.
std::string fall(const json& list) {
  if (list.empty()) return "-";
  return fmt::format("{} > {}", number(list.front()), number(list.back()));
}

std::string text(const json& value) {
  return value.is_string() ? value.get<std::string>() : value.dump();
}

/// Size of a layer's map beside the picture's.
std::string size_of(const json& layer) { return fmt::format("1/{}", text(layer["scale"])); }

/// Mean entropy of rows over its limit.
std::string relative_entropy(const json& rows) {
  const double limit = rows["entropy_limit"].get<double>();
  return number(limit > 0.0 ? rows["entropy"]["mean"].get<double>() / limit : 0.0);
}

/// The last four cells: how like rows are to the colour kernel.
void append_likeness(const json& kernel, std::vector<std::string>& cells) {
  const auto told = [&kernel](const char* key) {
    return kernel.contains(key) ? kernel[key] : json();
  };
  for (const char* key : {"cosine", "centred_cosine"}) cells.push_back(with_null(told(key)));
  cells.push_back(number(told("kl_to_uniform")));
  cells.push_back(with_null(told("kl_to_kernel")));
}

InspectionTable graph_table(const json& graphs) {
  InspectionTable table{
      "Graphs",
      "entropy / limit: 1 where all neighbours count alike, 0 where one does; colour kernel: how "
      "like the weights are to colour similarity alone, null value of other pixels in brackets",
      {"layer", "head", "size", "degree", "entropy/limit", "neighbours", "cosine (null)",
       "centred (null)", "KL gain", "KL left (null)"},
      {}};
  for (const json& g : graphs) {
    table.rows.push_back({text(g["layer"]), text(g["head"]), size_of(g),
                          number(g["degree"]["mean"]), relative_entropy(g),
                          number(g["effective_neighbours"])});
    append_likeness(g["similarity_kernel"], table.rows.back());
  }
  return table;
}

InspectionTable filter_table(const json& filters) {
  InspectionTable table{"Filters",
                        "realised steps against the exact solution: gain for a constant (DC) and "
                        "for the checkerboard (Nyquist); df: trace per pixel; residual, energy "
                        "x'Lx and |Cx|: before the first step > after the last",
                        {"layer", "head", "it", "kind", "DC", "exact", "Nyquist", "exact", "df",
                         "residual", "energy", "|Cx|", "defect"},
                        {}};
  for (const json& f : filters)
    table.rows.push_back({text(f["layer"]), text(f["head"]), text(f["iteration"]), text(f["kind"]),
                          number(f["realised"]["dc"]), number(f["ideal"]["dc"]),
                          number(f["realised"]["nyquist"]), number(f["ideal"]["nyquist"]),
                          number(f["degrees_of_freedom"]), fall(f["residual"]), fall(f["energy"]),
                          fall(f["variation"]), number(f["symmetry_defect"])});
  return table;
}

InspectionTable attention_table(const json& attention) {
  InspectionTable table{
      "Attention",
      "entropy / limit: 1 where all keys of a window count alike; keys: exp of the entropy; own: "
      "weight of a pixel on itself, that of equal weights in brackets; colour kernel: as for "
      "graphs",
      {"layer", "head", "size", "entropy/limit", "keys", "own (equal)", "cosine (null)",
       "centred (null)", "KL gain", "KL left (null)"},
      {}};
  for (const json& a : attention) {
    table.rows.push_back({text(a["layer"]), text(a["head"]), size_of(a), relative_entropy(a),
                          number(a["effective_keys"]), with_null(a["own_weight"])});
    append_likeness(a["similarity_kernel"], table.rows.back());
  }
  return table;
}

InspectionTable diffusion_table(const json& filters) {
  InspectionTable table{
      "Diffusion",
      "how far the realised filter spreads an observed pixel, in the layer's own pixels squared; "
      "along: first axis against the edge, 1 along, -1 across",
      {"layer", "head", "it", "mass", "negative", "D major", "D minor", "anisotropy", "flat",
       "edges", "along", "impulses"},
      {}};
  for (const json& f : filters) {
    const json& d = f["diffusion"];
    table.rows.push_back({text(f["layer"]), text(f["head"]), text(f["iteration"]),
                          number(d["mass"]), number(d["negative"]), number(d["major"]),
                          number(d["minor"]), number(d["anisotropy"]), number(d["flat"]),
                          number(d["edge"]), number(d["alignment"]), text(d["impulses"])});
  }
  return table;
}

InspectionTable step_table(const json& steps) {
  InspectionTable table{
      "Steps",
      "increment |v-u|/|u|; roughness: gradient energy over variance, before > "
      "after; amplification of weak noise; channels: participation ratio",
      {"stream", "layer", "size", "increment", "roughness", "amplification", "channels"},
      {}};
  for (const json& s : steps)
    table.rows.push_back(
        {text(s["stream"]), text(s["layer"]), size_of(s), number(s["increment"]),
         fmt::format("{} > {}", number(s["roughness_before"]), number(s["roughness_after"])),
         number(s["amplification"]), number(s["participation"])});
  return table;
}

/// "diffusion 0.12 +- 0.01 (VIF 1.3), ..."
std::string terms_text(const json& pde) {
  std::string all;
  for (const json& term : pde["terms"])
    all += fmt::format("{}{} {} +- {} (VIF {})", all.empty() ? "" : ", ", text(term["name"]),
                       number(term["coefficient"]), number(term["error"]), number(term["vif"]));
  for (const json& merged : pde["merged"]) all += "; merged: " + text(merged);
  return all;
}

InspectionTable pde_table(const json& steps) {
  InspectionTable table{
      "Equation",
      "centred increments on D lap x + a (Px - x) + pull + reaction; white: R2 of an oracle that "
      "removes white noise and follows no equation; shift: R2 with increments from elsewhere",
      {"stream", "layer", "R2", "white", "shift", "held-out r", "above nulls", "diffusion alone",
       "terms"},
      {}};
  for (const json& s : steps) {
    if (!s.contains("pde")) continue;
    const json& pde = s["pde"];
    std::vector<std::string> row{text(s["stream"]), text(s["layer"])};
    if (!pde["fitted"].get<bool>())
      row.insert(row.end(), {"-", "-", "-", "-", "-", "-", text(pde["reason"])});
    else
      row.insert(row.end(), {number(pde["r2"]["value"]), number(pde["r2"]["null_white"]),
                             number(pde["r2"]["null_shift"]), number(pde["held_out_residual"]),
                             pde["beats_null"].get<bool>() ? "yes" : "no",
                             with_null(pde["diffusion_alone_r2"]), terms_text(pde)});
    table.rows.push_back(std::move(row));
  }
  return table;
}

InspectionTable information_table(const json& states) {
  InspectionTable table{
      "Noise information",
      "lower bounds, limited by a linear probe of k x k pixels; not mutual information, and no "
      "order between layers follows from them",
      {"stream", "layer", "noise, nats at least", "R2", "k", "clean, R2", "n"},
      {}};
  for (const json& s : states) {
    const auto told = [](const json& bound, const char* key) {
      return bound.is_object() && bound.contains(key) ? bound[key] : json();
    };
    table.rows.push_back(
        {text(s["stream"]), text(s["layer"]), number(told(s["noise"], "bound_nats")),
         number(told(s["noise"], "r2")), number(told(s["noise"], "patch")),
         number(told(s["clean_decodability"], "r2")), number(told(s["noise"], "n"))});
  }
  return table;
}

std::string text_from_table(const InspectionTable& table) {
  std::vector<std::size_t> widths;
  for (const std::string& cell : table.header) widths.push_back(cell.size());
  for (const auto& row : table.rows)
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  const auto line = [&widths](const std::vector<std::string>& cells) {
    std::string joined;
    for (std::size_t i = 0; i < cells.size(); ++i)
      joined += i + 1 == cells.size() ? cells[i] : fmt::format("{:<{}}  ", cells[i], widths[i]);
    return joined + "\n";
  };
  std::string all = fmt::format("{} ({})\n{}", table.title, table.reading, line(table.header));
  for (const auto& row : table.rows) all += line(row);
  return all;
}

}  // namespace

std::vector<InspectionTable> tables_of(const json& inspection) {
  std::vector<InspectionTable> tables{graph_table(inspection["graphs"]),
                                      attention_table(inspection["attention"]),
                                      filter_table(inspection["filters"]),
                                      diffusion_table(inspection["filters"]),
                                      step_table(inspection["steps"]),
                                      pde_table(inspection["steps"]),
                                      information_table(inspection["information"])};
  std::erase_if(tables, [](const InspectionTable& table) { return table.rows.empty(); });
  return tables;
}

/// An estimate of the error may be negative by chance, and is for a noise level told too high.
std::string sentence_of_sure(const json& sure) {
  const std::string expected = sure["psnr"].is_number()
                                   ? "expected PSNR " + number(sure["psnr"]) + " dB"
                                   : "no PSNR to expect: the error is estimated below 0, by few "
                                     "pixels or too high a noise level";
  const std::string text = expected + " (SURE, no reference used)";
  const json& averaged = sure["averaged_pixels"];
  if (!averaged.is_number() || averaged.get<double>() < 0.0) return text;
  return text + ", each result averages about " + number(averaged) + " pixels";
}

std::vector<std::string> sentences_of(const json& inspection) {
  const json& network = inspection["network"];
  std::vector<std::string> lines;
  for (const json& note : inspection["notes"]) lines.push_back(text(note));
  lines.push_back(fmt::format("all inputs brighter by 1: the result brighter by {}",
                              number(network["constant_gain"])));
  lines.push_back(fmt::format("weak white noise is passed on {} times as strong",
                              number(network["noise_gain"])));
  if (network["reference_psnr"].is_number())
    lines.push_back(fmt::format("PSNR against the reference {:.2f} dB, this part, not rounded",
                                network["reference_psnr"].get<double>()));
  if (network.contains("sure") && network["sure"].is_object())
    lines.push_back(sentence_of_sure(network["sure"]));
  for (const json& influence : inspection["influences"])
    lines.push_back(
        fmt::format("the output at {} (row {}, column {}) looks {} pixels far on average",
                    text(influence["point"]), text(influence["y"]), text(influence["x"]),
                    number(influence["effective_radius"])));
  return lines;
}

std::string text_from_inspection(const json& inspection) {
  std::string all;
  for (const InspectionTable& table : tables_of(inspection)) all += text_from_table(table) + "\n";
  for (const std::string& line : sentences_of(inspection)) all += line + "\n";
  return all;
}

}  // namespace tessera::cli
