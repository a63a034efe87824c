// SPDX-License-Identifier: MIT
#include "pipeline/evaluate/evaluation_outputs.h"

#include <fmt/format.h>

#include <system_error>

#include "pipeline/batch/output_checks.h"
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

void save(const fs::path& file, const Image& picture) {
  std::error_code error;
  fs::create_directories(file.parent_path(), error);
  if (error)
    throw Error(ErrorCode::IoFailure, fmt::format("{}: cannot make its folder ({})",
                                                  printable_name(file), error.message()));
  write_image(file, picture, format_from_suffix(file));
}

}  // namespace

EvaluationWriter::EvaluationWriter(const EvaluationOutputs& outputs, EvaluationPlan plan)
    : outputs_(outputs), plan_(std::move(plan)), labels_(labels_from(plan_.methods)) {
  check_files();
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

/// Everything that may be written here; of pictures of unknown type both names.
std::vector<fs::path> EvaluationWriter::possible_files() const {
  std::vector<fs::path> files;
  if (!outputs_.html.empty()) files.push_back(outputs_.html);
  const auto add = [&](const fs::path& folder, const std::string& label, const char* suffix) {
    for (std::size_t i = 0; i < plan_.names.size(); ++i)
      for (std::size_t s = 0; s < plan_.sigmas.size(); ++s)
        files.push_back(path(folder, label, i, s, suffix));
  };
  if (!outputs_.differences.empty())
    for (const std::string& label : labels_) add(outputs_.differences, label, ".png");
  if (outputs_.restored.empty()) return files;
  for (const char* suffix : {".png", ".tif"}) {
    for (const std::string& label : labels_) add(outputs_.restored, label, suffix);
    add(outputs_.restored, kObserved, suffix);
  }
  add(outputs_.restored, kMask, ".png");
  return files;
}

void EvaluationWriter::check_files() const {
  std::vector<fs::path> read = plan_.read, written = possible_files();
  read.insert(read.end(), outputs_.also_read.begin(), outputs_.also_read.end());
  const std::size_t here = written.size();
  written.insert(written.end(), outputs_.also_written.begin(), outputs_.also_written.end());
  require_files_apart(written, read);
  for (const fs::path& folder : {outputs_.differences, outputs_.restored})
    if (!folder.empty()) require_possible_folder(folder);
  if (outputs_.overwrite) return;
  written.resize(here);
  for (const fs::path& file : written)
    if (is_there(file))
      throw Error(ErrorCode::InvalidArgument,
                  printable_name(file) + ": the output exists (--overwrite replaces it)");
}

bool EvaluationWriter::has_page() {
  const std::lock_guard lock(mutex_);
  return html_ != nullptr;
}

template <typename Work>
void EvaluationWriter::with_page(const Work& work) {
  if (!has_page()) return;
  try {
    work();
  } catch (const Error& error) {
    if (error.code() != ErrorCode::IoFailure) throw;
    const std::lock_guard lock(mutex_);
    page_problem_ = error.what();
    html_.reset();
  }
}

void EvaluationWriter::add_to_page(const std::string& id, const Image& picture) {
  with_page([&] {
    const std::string element = picture_element(id, picture, outputs_.html_quality);
    const std::lock_guard lock(mutex_);
    if (html_) html_->add(element);
  });
}

void EvaluationWriter::reference(std::size_t i, const Image& picture) {
  add_to_page(fmt::format("r{}", i), picture);
}

void EvaluationWriter::observed(std::size_t i,
                                std::size_t s,
                                const Observation& observation,
                                const Image& reference) {
  const Image& picture = observation.picture;
  const std::string id = fmt::format("o{}.{}", i, s);
  if (plan_.task == Task::Upscale2 && has_page())
    add_to_page(id, doubled_picture(picture, reference.width(), reference.height()));
  else
    add_to_page(id, picture);
  if (outputs_.restored.empty()) return;
  save(path(outputs_.restored, kObserved, i, s, suffix_for(picture)), picture);
  if (observation.mask) save(path(outputs_.restored, kMask, i, s, ".png"), *observation.mask);
}

void EvaluationWriter::restored(
    std::size_t i, std::size_t s, std::size_t m, const Image& reference, const Image& picture) {
  if (!outputs_.restored.empty())
    save(path(outputs_.restored, labels_[m], i, s, suffix_for(picture)), picture);
  if (outputs_.differences.empty() && !has_page()) return;
  const Image difference = difference_picture(reference, picture, plan_.protocol);
  if (!outputs_.differences.empty())
    save(path(outputs_.differences, labels_[m], i, s, ".png"), difference);
  add_to_page(fmt::format("m{}.{}.{}", i, s, m), picture);
  add_to_page(fmt::format("d{}.{}.{}", i, s, m), difference);
}

void EvaluationWriter::finish(Evaluation& evaluation) {
  with_page([&] { html_->finish(evaluation); });
  evaluation.page_problem = page_problem_;
}

}  // namespace tessera::pipeline
