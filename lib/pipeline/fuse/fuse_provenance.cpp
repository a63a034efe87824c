// SPDX-License-Identifier: MIT
#include "pipeline/fuse/fuse_provenance.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <span>

#include "base/files/sha256.h"
#include "checkpoint/safetensors.h"
#include "pipeline/fuse/fuse_outputs.h"
#include "tessera/model.h"
#include "tessera/version.h"

namespace tessera::pipeline {
namespace {

using nlohmann::json;

constexpr std::size_t kLargestRecipe = 64 * 1024;

/// Numbers as text: the same digits whoever prints them.
std::string digits(double value) {
  return std::isfinite(value) ? fmt::format("{:.6g}", value) : std::string("none");
}

std::string name_in_recipe(const std::filesystem::path& file, FuseProvenance provenance) {
  return provenance == FuseProvenance::Full ? file.string() : name_of_model(file);
}

json recipe_of_input(const FuseInput& input,
                     const FusionInput& source,
                     FuseProvenance provenance,
                     bool with_parents) {
  json spaces = json::array();
  for (const FuseSpace& space : input.spaces)
    if (!space.fixed)
      spaces.push_back({space.name, digits(space.identity), digits(space.optimal), space.map_hash});
  json recipe{{"name", name_in_recipe(input.file, provenance)},
              {"title", input.title},
              {"sha256_file", input.sha256},
              {"sha256_tensors", input.tensors_sha256},
              {"weight", digits(input.weight)},
              {"method", input.method}};
  if (!input.anchor) recipe["ancestry"] = digits(input.ancestry);
  if (!input.anchor && !spaces.empty()) recipe["spaces"] = spaces;
  const std::string parents = source.checkpoint.metadata("tessera.fuse");
  if (with_parents && !parents.empty()) {
    const json nested = json::parse(parents, nullptr, false);
    if (!nested.is_discarded()) recipe["recipe"] = nested;
  }
  return recipe;
}

std::string recipe(const std::vector<FusionInput>& inputs,
                   const FuseOptions& options,
                   const FuseReport& report,
                   bool with_parents) {
  json all{{"version", 1},
           {"tool", TESSERA_VERSION},
           {"method", report.method},
           {"metric", report.metric},
           {"correct", report.correction},
           {"heads", report.heads},
           {"residual", report.residual},
           {"perplexity", digits(report.perplexity)},
           {"reg", digits(report.epsilon)},
           {"iterate", options.iterate},
           {"seed", options.seed}};
  if (!report.calibration_sha256.empty()) {
    json sigmas = json::array();
    for (const double sigma : options.sigmas) sigmas.push_back(digits(sigma));
    all["calib"] = {{"n", report.calibration_pictures},
                    {"sha256", report.calibration_sha256},
                    {"sigma", sigmas}};
  }
  for (std::size_t k = 0; k < report.inputs.size(); ++k) {
    if (report.inputs[k].anchor) all["anchor"] = k + 1;
    all["inputs"].push_back(
        recipe_of_input(report.inputs[k], inputs[k], options.provenance, with_parents));
  }
  for (const FuseQuality& entry : report.quality)
    for (std::size_t c = 0; c < entry.psnr.size(); ++c)
      all["eval"][entry.name][report.quality_columns[c]] = digits(entry.psnr[c]);
  return all.dump(-1, ' ', false, json::error_handler_t::replace);
}

/// What a network is by the anchor's metadata; the range of noise and what a published file says
/// of itself only where all inputs say the same.
std::map<std::string, std::string> shared_metadata(const std::vector<FusionInput>& inputs,
                                                   std::size_t anchor) {
  std::map<std::string, std::string> kept;
  for (const auto& [key, value] : inputs[anchor].metadata) {
    const bool ours = key.rfind("tessera.", 0) == 0;
    bool keep = key == "tessera.architecture" || key == "tessera.task" || key == "tessera.license";
    if (!ours || key == "tessera.sigma_range")
      keep = std::all_of(inputs.begin(), inputs.end(),
                         [&, &key = key, &value = value](const auto& input) {
                           return input.checkpoint.metadata(key) == value;
                         });
    if (keep && !value.empty()) kept[key] = value;
  }
  return kept;
}

}  // namespace

std::map<std::string, std::string> fused_metadata(const std::vector<FusionInput>& inputs,
                                                  const FuseOptions& options,
                                                  FuseReport& report) {
  std::size_t anchor = 0;
  std::string title;
  for (std::size_t k = 0; k < report.inputs.size(); ++k) {
    if (report.inputs[k].anchor) anchor = k;
    const std::string& part = report.inputs[k].title;
    title += (k > 0 ? " + " : "") + (part.empty() ? stem_of_model(report.inputs[k].file) : part);
  }
  std::map<std::string, std::string> metadata = shared_metadata(inputs, anchor);
  if (options.provenance == FuseProvenance::None) return metadata;
  metadata["tessera.title"] = "fusion of " + title;
  std::string text = recipe(inputs, options, report, true);
  const bool deep = checkpoint::levels_of_json(text) > checkpoint::kDeepestMetadata;
  if (deep || text.size() > kLargestRecipe) {
    report.warnings.push_back(
        std::string("the parents' own recipes were left out of the metadata: ") +
        (deep ? "nested too deep" : "over 64 kB"));
    text = recipe(inputs, options, report, false);
  }
  metadata["tessera.fuse"] = text;
  return metadata;
}

std::string tensors_digest(const fusion::TensorMap& tensors) {
  base::Sha256 hash;
  for (const auto& [name, tensor] : tensors) {
    hash.add(name + "\n" + tensor.data_type + "\n");
    for (const std::int64_t extent : tensor.shape) hash.add(std::to_string(extent) + ",");
    hash.add(std::as_bytes(std::span(tensor.values)));
  }
  return hash.digest();
}

}  // namespace tessera::pipeline
