// SPDX-License-Identifier: MIT
#include "pipeline/inspect/inspection_json.h"

#include <cmath>
#include <nlohmann/json.hpp>

namespace tessera::pipeline {
namespace {

using nlohmann::json;

json json_from(const analysis::Spread& spread) {
  return {{"mean", spread.mean}, {"p5", spread.low}, {"p95", spread.high}};
}

/// A similarity and its null value never stand alone.
json with_null(double value, double null) { return {{"value", value}, {"null", null}}; }

json json_from(const analysis::SimilarityKernel& kernel) {
  if (kernel.pixels == 0) return {{"reason", "no pixel has all neighbours or keys"}};
  if (kernel.uniform) return {{"reason", "all weights are equal"}, {"n", kernel.pixels}};
  return {{"h", kernel.h},
          {"n", kernel.pixels},
          {"cosine", with_null(kernel.cosine, kernel.cosine_null)},
          {"centred_cosine", with_null(kernel.centred, kernel.centred_null)},
          {"kl_to_uniform", kernel.gain},
          {"kl_to_kernel", with_null(kernel.left, kernel.left_null)},
          {"explained", kernel.explained()}};
}

json json_from(const analysis::GraphRecord& graph) {
  return {{"layer", graph.layer},
          {"head", graph.head},
          {"scale", graph.scale},
          {"degree", json_from(graph.degree)},
          {"entropy", json_from(graph.entropy)},
          {"entropy_limit", graph.entropy_limit},
          {"effective_neighbours", std::exp(graph.entropy.mean)},
          {"similarity_kernel", json_from(graph.similarity)}};
}

json json_from(const analysis::AttentionSummary& attention) {
  return {{"layer", attention.layer},
          {"head", attention.head},
          {"scale", attention.scale},
          {"entropy", json_from(attention.rows.entropy)},
          {"entropy_limit", attention.rows.entropy_limit},
          {"effective_keys", std::exp(attention.rows.entropy.mean)},
          {"own_weight", with_null(attention.rows.own, attention.rows.own_null)},
          {"similarity_kernel", json_from(attention.rows.similarity)}};
}

json json_from(const analysis::DiffusionSummary& diffusion) {
  return {{"impulses", diffusion.count},     {"mass", diffusion.mass},
          {"negative", diffusion.negative},  {"major", diffusion.major},
          {"minor", diffusion.minor},        {"anisotropy", diffusion.anisotropy},
          {"flat", diffusion.flat},          {"edge", diffusion.edge},
          {"alignment", diffusion.alignment}};
}

json json_from(const analysis::FilterRecord& filter) {
  const auto gains = [](const analysis::Gains& g) {
    return json{{"dc", g.dc}, {"nyquist", g.nyquist}};
  };
  return {{"layer", filter.layer},
          {"head", filter.head},
          {"iteration", filter.iteration},
          {"scale", filter.scale},
          {"prior", filter.prior == model::GraphPrior::Gtv ? "gtv" : "glr"},
          {"kind", filter.extends ? "extension" : "smoothing"},
          {"share", filter.mix},
          {"energy", filter.iterations.energy},
          {"variation", filter.iterations.variation},
          {"objective", filter.iterations.objective},
          {"residual", filter.iterations.residual},
          {"realised", gains(filter.realised)},
          {"ideal", gains(filter.ideal)},
          {"frequency", filter.realised_spectrum.frequency},
          {"realised_spectrum", filter.realised_spectrum.gain},
          {"ideal_spectrum", filter.ideal_spectrum.gain},
          {"eigenvalues", filter.eigenvalues},
          {"polynomial", filter.polynomial},
          {"exact", filter.exact},
          {"symmetry_defect", filter.symmetry_defect},
          {"degrees_of_freedom", filter.degrees_of_freedom},
          {"diffusion", json_from(filter.diffusion)}};
}

json json_from(const analysis::PdeFit& pde) {
  json object{{"increment", pde.increment}, {"fitted", pde.fitted}};
  if (!pde.fitted) {
    object["reason"] = "the step changes less than a thousandth";
    return object;
  }
  object["r2"] = {{"value", pde.fit.r2},
                  {"adjusted", pde.fit.adjusted_r2},
                  {"null_white", pde.null_white},
                  {"null_shift", pde.null_shift}};
  object["beats_null"] = pde.beats_null();
  object["diffusion_alone_r2"] = with_null(pde.diffusion_alone, pde.diffusion_alone_null);
  object["held_out_residual"] = pde.fit.held_out_residual;
  object["condition"] = pde.fit.condition;
  object["singular"] = pde.fit.singular;
  object["n"] = pde.fit.samples;
  object["merged"] = pde.merged;
  for (std::size_t k = 0; k < pde.terms.size(); ++k)
    object["terms"].push_back({{"name", pde.terms[k]},
                               {"coefficient", pde.fit.coefficients[k]},
                               {"error", pde.fit.errors[k]},
                               {"unique_r2", pde.fit.unique_r2[k]},
                               {"vif", pde.fit.inflation[k]}});
  return object;
}

json json_from(const analysis::StepRecord& step) {
  json object{{"stream", step.stream},
              {"layer", step.layer},
              {"scale", step.scale},
              {"increment", step.increment},
              {"roughness_before", step.roughness_before},
              {"roughness_after", step.roughness_after},
              {"amplification", step.amplification},
              {"participation", step.participation}};
  if (step.pde) object["pde"] = json_from(*step.pde);
  return object;
}

json json_from(const analysis::InformationBound& bound) {
  if (bound.patch == 0) return {{"reason", "too few pixels for a probe"}};
  return {{"bound_nats", bound.nats},
          {"r2", bound.r2},
          {"patch", bound.patch},
          {"coefficients", bound.coefficients},
          {"n", bound.samples}};
}

json json_from(const analysis::StateInformation& state) {
  return {{"stream", state.stream},
          {"layer", state.layer},
          {"scale", state.scale},
          {"noise", json_from(state.noise)},
          {"clean_decodability", state.clean ? json_from(*state.clean) : json()}};
}

json json_from(const analysis::Influence& influence) {
  return {{"point", influence.point.name},
          {"y", influence.point.y},
          {"x", influence.point.x},
          {"total", influence.total},
          {"effective_radius", influence.effective_radius}};
}

json json_from(const analysis::Sure& sure) {
  return {{"mse", sure.mse},
          {"psnr", std::isfinite(sure.psnr) ? json(sure.psnr) : json()},
          {"degrees_of_freedom", sure.df},
          {"averaged_pixels", sure.averaged}};
}

json json_from(const analysis::NetworkRecord& network) {
  return {{"constant_gain", network.constant_gain},
          {"noise_gain", network.noise_gain},
          {"largest_value", network.spread},
          {"finite", network.finite},
          {"sure", network.sure ? json_from(*network.sure) : json()},
          {"reference_psnr", network.reference_psnr ? json(*network.reference_psnr) : json()}};
}

template <typename Record>
json list_of(const std::vector<Record>& records) {
  json list = json::array();
  for (const Record& record : records) list.push_back(json_from(record));
  return list;
}

}  // namespace

json json_from_inspection(const analysis::Inspection& inspection) {
  return {{"graphs", list_of(inspection.graphs)},
          {"filters", list_of(inspection.filters)},
          {"attention", list_of(inspection.attention)},
          {"steps", list_of(inspection.steps)},
          {"information", list_of(inspection.information)},
          {"influences", list_of(inspection.influences)},
          {"network", json_from(inspection.network)}};
}

}  // namespace tessera::pipeline
