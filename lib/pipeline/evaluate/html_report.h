// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <string>

#include "base/files/atomic_file.h"
#include "image/byte_sink.h"
#include "tessera/evaluate.h"

namespace tessera::pipeline {

/// A picture as an element of a report, under an identifier of letters, digits and points; large
/// ones are cut to their middle. `quality`: JPEG 1..99; 100: PNG.
std::string picture_element(const std::string& id, const Image& picture, int quality);

/// One HTML file that needs nothing beside it: figures as JSON, pictures as base64 text that a
/// browser decodes when they come into view, and the script that shows both
/// (lib/pipeline/evaluate/report/). Pictures are written as they come; nothing of their size is
/// held.
class HtmlReport {
 public:
  /// `quality`: that of its pictures.
  /// Errors  IoFailure.
  HtmlReport(const std::filesystem::path& file, int quality);
  /// Adds an element that picture_element() made.
  void add(const std::string& element) { write(element); }
  /// Adds figures and script, and puts the file in its place.
  void finish(const Evaluation& evaluation);

 private:
  void write(const std::string& text);

  int quality_;
  base::AtomicFile file_;
  image::ByteSink sink_;
};

}  // namespace tessera::pipeline
