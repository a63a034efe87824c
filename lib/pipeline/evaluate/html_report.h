// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <string>

#include "base/files/atomic_file.h"
#include "image/byte_sink.h"
#include "tessera/evaluate.h"

namespace tessera::pipeline {

/// One HTML file that needs nothing beside it: figures as JSON, pictures as base64 text that a
/// browser decodes when they come into view, and the script that shows both
/// (lib/pipeline/evaluate/report/). Pictures are written as they come; nothing of their size is
/// held.
class HtmlReport {
 public:
  /// `quality`: JPEG 1..99; 100: PNG.
  /// Errors  IoFailure.
  HtmlReport(const std::filesystem::path& file, int quality);
  /// Adds a picture under an identifier of letters, digits and points; large ones are cut to their
  /// middle.
  void add(const std::string& id, const Image& picture);
  /// Adds figures and script, and puts the file in its place.
  void finish(const Evaluation& evaluation);

 private:
  void write(const std::string& text);

  int quality_;
  base::AtomicFile file_;
  image::ByteSink sink_;
};

}  // namespace tessera::pipeline
