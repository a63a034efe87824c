// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <string>

#include "tessera/image_io.h"

namespace tessera::pipeline {

/// Where a picture is read that is no file of its own: stdin by the name "-", a descriptor of this
/// process, a pipe. Closed on leaving unless it is stdin itself.
class InputStream {
 public:
  /// Errors  NotFound, IoFailure, naming `path`.
  explicit InputStream(const std::filesystem::path& path);
  ~InputStream();
  InputStream(const InputStream&) = delete;
  InputStream& operator=(const InputStream&) = delete;
  int descriptor() const { return descriptor_; }

 private:
  int descriptor_;
  bool is_own_;
};

/// What messages call an operand: "-" by the name of the `standard` stream that it stands for.
std::string shown_name(const std::filesystem::path& path, const char* standard = "stdin");

/// Whether this operand stands for stdin by any name: "-", /dev/stdin, /dev/fd/0.
bool reads_stdin(const std::filesystem::path& operand);

/// The picture of an operand: a file, or an InputStream, which is read to its end.
/// Errors  those of read_image; "-" is called stdin.
Image read_picture(const std::filesystem::path& operand, const ReadOptions& options);

}  // namespace tessera::pipeline
