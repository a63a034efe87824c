// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "pipeline/evaluate/html_report.h"
#include "tessera/evaluate.h"

namespace tessera::pipeline {

/// What an evaluation is about to make, so that outputs can be named.
struct EvaluationPlan {
  std::vector<std::string> names;    ///< of pictures
  std::vector<std::string> methods;  ///< as the user wrote them
  std::vector<double> sigmas;        ///< one: 0, when files are compared
  MetricProtocol protocol;
  Task task = Task::Denoise;                  ///< how observed pictures are to be looked at
  std::vector<std::filesystem::path> read{};  ///< pictures that nothing may replace
};

/// Writes the pictures of an evaluation as they come: differences, saved results, HTML report.
/// Threads  every member may be called from several threads.
class EvaluationWriter {
 public:
  /// Errors  InvalidArgument for outputs that exist, are read or are one file; IoFailure.
  EvaluationWriter(const EvaluationOutputs& outputs, EvaluationPlan plan);

  /// Pictures of image `i`, noise strength `s`, method `m`, all by their position in the plan.
  void reference(std::size_t i, const Image& picture);
  void observed(std::size_t i,
                std::size_t s,
                const Observation& observation,
                const Image& reference);
  void restored(
      std::size_t i, std::size_t s, std::size_t m, const Image& reference, const Image& picture);
  /// Writes what needs all figures, and tells in them what could not be written for want of room or
  /// rights: figures stand without their page.
  void finish(Evaluation& evaluation);

 private:
  std::filesystem::path path(const std::filesystem::path& folder,
                             const std::string& label,
                             std::size_t i,
                             std::size_t s,
                             const char* suffix) const;
  std::vector<std::filesystem::path> possible_files() const;
  void check_files() const;
  bool has_page();
  /// Works while there is a page; what fails for want of room or rights costs the page, and nothing
  /// else.
  template <typename Work>
  void with_page(const Work& work);
  /// Encodes a picture, side by side with those of other threads, and adds it.
  void add_to_page(const std::string& id, const Image& picture);

  EvaluationOutputs outputs_;
  EvaluationPlan plan_;
  std::vector<std::string> labels_;  ///< of methods, as folder names
  std::mutex mutex_;                 ///< guards what follows
  std::unique_ptr<HtmlReport> html_;
  std::string page_problem_;
};

}  // namespace tessera::pipeline
