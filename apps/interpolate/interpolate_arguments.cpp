// SPDX-License-Identifier: MIT
#include "interpolate/interpolate_arguments.h"

#include <map>

#include "shared/cli.h"
#include "shared/options/number_text.h"
#include "tessera/error.h"

namespace tessera::cli {
namespace {

const std::map<std::string, ClassicalMethod>& methods() {
  static const std::map<std::string, ClassicalMethod> known{{"bilinear", ClassicalMethod::Bilinear},
                                                            {"bicubic", ClassicalMethod::Bicubic},
                                                            {"malvar", ClassicalMethod::Malvar},
                                                            {"menon", ClassicalMethod::Menon},
                                                            {"tv", ClassicalMethod::Tv}};
  return known;
}

void set_scale(const std::string& text, InterpolateArguments& a) {
  if (text != "2" && text != "4")
    throw Error(ErrorCode::InvalidArgument, "expected 2 or 4, found \"" + text + "\"");
  a.options.scale = text == "2" ? 2 : 4;
  a.has_scale = true;
}

void set_method(const std::string& text, InterpolateArguments& a) {
  const auto found = methods().find(text);
  if (found == methods().end())
    throw Error(ErrorCode::InvalidArgument,
                "expected bilinear, bicubic, malvar, menon or tv, found \"" + text + "\"");
  a.options.method = found->second;
}

MissingPixels missing_from_mask(const std::string& text) {
  if (text == "alpha") return MissingPixels::MaskAlpha;
  if (text == "nan") return MissingPixels::NotANumber;
  return MissingPixels::MaskFile;
}

void set_white_balance(const std::string& text, InterpolateArguments& a) {
  a.has_white_balance = true;
  if (text != "as-shot") a.options.raw.white_balance = factors_from_text(text);
}

void add_raw_options(CLI::App& app, InterpolateArguments& a) {
  const std::string group = "Camera raw";
  add_parsed(app, "--white-balance", "as the camera measured it, or factors of the colours",
             "as-shot|R,G,B", [&a](const std::string& text) { set_white_balance(text, a); })
      ->group(group);
  app.add_flag("--linear", a.options.raw.linear, "linear light instead of the sRGB curve")
      ->group(group);
  app.add_flag("--keep-defects", a.options.raw.keep_defects, "leave defective pixels as they are")
      ->group(group);
}

bool is_mosaic(MissingPixels missing) {
  return missing == MissingPixels::Bayer || missing == MissingPixels::CameraRaw;
}

const char* default_model(const InterpolateOptions& options) {
  if (is_mosaic(options.missing))
    return options.sigma.value_or(0.0) > 0.0 ? "demosaic-noisy" : "demosaic";
  return options.missing == MissingPixels::UpscaleGrid ? "upscale2" : "inpaint";
}

/// Errors  InvalidArgument where nobody could use a noise level.
void check_sigma(const InterpolateOptions& options) {
  if (!options.sigma) return;
  if (!is_mosaic(options.missing))
    throw Error(ErrorCode::InvalidArgument,
                "--sigma is for mosaics (take noise out of other pictures with denoise)");
  if (options.method)
    throw Error(ErrorCode::InvalidArgument, "--sigma and --method exclude each other");
}

}  // namespace

void add_interpolate_options(CLI::App& app, InterpolateArguments& a) {
  const auto add = [&app](const std::string& names, const std::string& help, const char* type,
                          const std::function<void(const std::string&)>& set) {
    add_parsed(app, names, help, type, set)->group("What is missing");
  };
  add("--cfa", "two of three colours: a Bayer mosaic, named by its top left 2x2 pixels",
      "RGGB|BGGR|GRBG|GBRG", [&a](const std::string& text) {
        a.options.pattern = bayer_pattern_from_name(text);
        a.cfa = text;
      });
  add("-s,--scale", "the pixels in between: enlarge 2 or 4 times", "2|4",
      [&a](const std::string& text) { set_scale(text, a); });
  add("--mask",
      "where this picture is 0 (or the one of equal name in a folder); where alpha is 0; "
      "where a float sample is NaN",
      "FILE|FOLDER|alpha|nan",
      [&a](const std::string& text) { a.mask_text = file_from_text(text); });
  add("--missing-value", "where all channels equal V, in the file's own units", "V",
      [&a](const std::string& text) {
        a.options.missing_value = number_from_text(text);
        a.has_missing_value = true;
      });
  add("--sigma",
      "noise of a mosaic, which is removed: standard deviation in 8-bit grey levels, at every "
      "depth; default 0",
      "S", [&a](const std::string& text) { a.options.sigma = sigma_from_text(text); });
  add("--method", "a method without training instead of a model",
      "bilinear|bicubic|malvar|menon|tv", [&a](const std::string& text) { set_method(text, a); });
  add_raw_options(app, a);
  add_batch_options(app, a.common);
}

void finish_interpolate_arguments(InterpolateArguments& a) {
  const int kinds = !a.cfa.empty() + a.has_scale + !a.mask_text.empty() + a.has_missing_value;
  if (kinds > 1)
    throw Error(ErrorCode::InvalidArgument,
                "several kinds of missing pixels (give one of --cfa, --scale, --mask and "
                "--missing-value)");
  const RawOptions& raw = a.options.raw;
  if (kinds == 1 && (a.has_white_balance || raw.linear || raw.keep_defects))
    throw Error(ErrorCode::InvalidArgument,
                "--white-balance, --linear and --keep-defects are for camera raw files, of which "
                "no --cfa, --scale, --mask or --missing-value is given");
  if (kinds == 0) a.options.missing = MissingPixels::CameraRaw;
  if (a.options.method) refuse_model(a.common);
  if (a.has_missing_value && a.common.batch.form.depth)
    throw Error(ErrorCode::InvalidArgument,
                "--missing-value and --depth exclude each other: the value is in the file's units");
  if (!a.cfa.empty()) a.options.missing = MissingPixels::Bayer;
  if (a.has_scale) a.options.missing = MissingPixels::UpscaleGrid;
  if (a.has_missing_value) a.options.missing = MissingPixels::Value;
  if (!a.mask_text.empty()) {
    a.options.missing = missing_from_mask(a.mask_text);
    if (a.options.missing == MissingPixels::MaskFile) a.mask.path = a.mask_text;
  }
  check_sigma(a.options);
  a.options.self_ensemble = a.common.self_ensemble;
  a.options.execution = a.common.execution;
}

std::string model_name(const InterpolateArguments& a) {
  if (a.options.method) return {};
  return a.common.model.empty() ? default_model(a.options) : a.common.model;
}

}  // namespace tessera::cli
