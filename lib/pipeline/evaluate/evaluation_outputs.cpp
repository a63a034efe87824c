// SPDX-License-Identifier: MIT
#include "pipeline/evaluate/evaluation_outputs.h"

#include <fmt/format.h>

#include <system_error>

#include "pipeline/evaluate/display_picture.h"
#include "tessera/error.h"
#include "tessera/image_io.h"

namespace tessera::pipeline {
namespace {

namespace fs = std::filesystem;

constexpr const char* kObserved = "observed";
constexpr const char* kMask = "mask";

/// Methods as names of folders: no slashes, no two alike.
std::vector<std::string> labels_from(const std::vector<std::string>& methods) {
  std::vector<std::string> labels;
  std::set<std::string> taken{kObserved, kMask};
  for (const std::string& method : methods) {
    std::string label;
    for (const fs::path& part : fs::path(method).lexically_normal())
      if (part != ".." && part != "." && part != "/" && !part.empty())
        label += (label.empty() ? "" : "_") + part.native();
    if (label.empty()) label = "restored";
    const std::string stem = label;
    for (int n = 2; !taken.insert(label).second; ++n) label = stem + "-" + std::to_string(n);
    labels.push_back(label);
  }
  return labels;
}

/// A float picture needs a format that holds floats.
const char* suffix_for(const Image& picture) {
  return picture.type() == SampleType::F32 ? ".tif" : ".png";
}

bool is_there(const fs::path& file) {
  std::error_code ignored;
  return fs::exists(file, ignored);
}

}  // namespace

EvaluationWriter::EvaluationWriter(const EvaluationOutputs& outputs, EvaluationPlan plan)
    : outputs_(outputs), plan_(std::move(plan)), labels_(labels_from(plan_.methods)) {
  if (!outputs.overwrite) refuse_existing();
  if (!outputs.html.empty())
    html_ = std::make_unique<HtmlReport>(outputs.html, outputs.html_quality);
}

fs::path EvaluationWriter::path(const fs::path& folder,
                                const std::string& label,
                                std::size_t i,
                                std::size_t s,
                                const char* suffix) const {
  fs::path file = folder / label;
  if (plan_.sigmas.size() > 1) file /= fmt::format("sigma-{}", plan_.sigmas[s]);
  return file / (plan_.names[i] + suffix);
}

void EvaluationWriter::refuse_existing() const {
  const auto refuse = [](const fs::path& file) {
    if (is_there(file))
      throw Error(ErrorCode::InvalidArgument,
                  file.string() + ": the output exists (--overwrite replaces it)");
  };
  if (!outputs_.html.empty()) refuse(outputs_.html);
  for (const fs::path& folder : {outputs_.differences, outputs_.restored}) {
    if (folder.empty() || !is_there(folder)) continue;
    for (const std::string& label : labels_)
      for (std::size_t i = 0; i < plan_.names.size(); ++i)
        for (std::size_t s = 0; s < plan_.sigmas.size(); ++s)
          for (const char* suffix : {".png", ".tif"}) refuse(path(folder, label, i, s, suffix));
  }
}

void EvaluationWriter::save(const fs::path& file, const Image& picture) {
  std::error_code error;
  fs::create_directories(file.parent_path(), error);
  if (error)
    throw Error(ErrorCode::IoFailure,
                fmt::format("{}: cannot make its folder ({})", file.string(), error.message()));
  write_image(file, picture, format_from_suffix(file));
}

void EvaluationWriter::reference(std::size_t i, const Image& picture) {
  const std::lock_guard lock(mutex_);
  if (html_) html_->add(fmt::format("r{}", i), picture);
}

void EvaluationWriter::observed(std::size_t i,
                                std::size_t s,
                                const Observation& observation,
                                const Image& reference) {
  const std::lock_guard lock(mutex_);
  const Image& picture = observation.picture;
  if (html_) {
    const std::string id = fmt::format("o{}.{}", i, s);
    if (plan_.task == Task::Upscale2)
      html_->add(id, doubled_picture(picture, reference.width(), reference.height()));
    else
      html_->add(id, picture);
  }
  if (outputs_.restored.empty()) return;
  save(path(outputs_.restored, kObserved, i, s, suffix_for(picture)), picture);
  if (observation.mask) save(path(outputs_.restored, kMask, i, s, ".png"), *observation.mask);
}

void EvaluationWriter::restored(
    std::size_t i, std::size_t s, std::size_t m, const Image& reference, const Image& picture) {
  if (!html_ && outputs_.differences.empty() && outputs_.restored.empty()) return;
  const std::lock_guard lock(mutex_);
  if (!outputs_.restored.empty())
    save(path(outputs_.restored, labels_[m], i, s, suffix_for(picture)), picture);
  if (!html_ && outputs_.differences.empty()) return;
  const Image difference = difference_picture(reference, picture, plan_.protocol);
  if (!outputs_.differences.empty())
    save(path(outputs_.differences, labels_[m], i, s, ".png"), difference);
  if (!html_) return;
  html_->add(fmt::format("m{}.{}.{}", i, s, m), picture);
  html_->add(fmt::format("d{}.{}.{}", i, s, m), difference);
}

void EvaluationWriter::finish(const Evaluation& evaluation) {
  if (html_) html_->finish(evaluation);
}

}  // namespace tessera::pipeline
