// SPDX-License-Identifier: MIT
#include "denoise/denoise_arguments.h"

#include <functional>

#include "shared/cli.h"
#include "shared/options/number_text.h"
#include "tessera/error.h"

namespace tessera::cli {
namespace {

void set_sigma(const std::string& text, DenoiseArguments& a) {
  a.has_sigma = true;
  if (text == "auto") {
    a.options.sigma.reset();
    return;
  }
  a.options.sigma = sigma_from_text(text, "auto, or 0 to 255 (8-bit grey levels)");
}

void set_method(const std::string& text, DenoiseArguments& a) {
  if (text != "nlm")
    throw Error(ErrorCode::InvalidArgument, "expected nlm, found \"" + text + "\"");
  a.options.method = DenoiseMethod::NonlocalMeans;
}

}  // namespace

void add_denoise_options(CLI::App& app, DenoiseArguments& a) {
  const auto add = [&app](const std::string& name, const std::string& help, const char* type,
                          const std::function<void(const std::string&)>& set) {
    add_parsed(app, name, help, type, set)->group("Noise");
  };
  add("--sigma",
      "strength: standard deviation in 8-bit grey levels, at every depth; auto: estimated from "
      "each picture",
      "S|auto", [&a](const std::string& text) { set_sigma(text, a); });
  add("--sigma-map",
      "strength at each pixel, as this picture says (or the one of equal name in a folder)",
      "FILE|FOLDER", [&a](const std::string& text) { a.sigma_map.path = file_from_text(text); });
  add("--method", "a method without training instead of a model: non-local means", "nlm",
      [&a](const std::string& text) { set_method(text, a); });
  add_batch_options(app, a.common);
}

void finish_denoise_arguments(DenoiseArguments& a) {
  if (a.has_sigma && !a.sigma_map.path.empty())
    throw Error(ErrorCode::InvalidArgument, "--sigma and --sigma-map exclude each other");
  if (a.options.method) refuse_model(a.common);
  a.options.self_ensemble = a.common.self_ensemble;
  a.options.execution = a.common.execution;
}

void settle_sigma(DenoiseArguments& a, const Model* model) {
  if (a.has_sigma || !a.sigma_map.path.empty()) return;
  const auto range = model != nullptr ? model->sigma_range() : std::nullopt;
  if (!range || range->low != range->high)
    throw Error(
        ErrorCode::InvalidArgument,
        "how strong the noise is is not said (give --sigma S, --sigma auto or --sigma-map)");
  a.options.sigma = range->high;
}

}  // namespace tessera::cli
