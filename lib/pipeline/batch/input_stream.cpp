// SPDX-License-Identifier: MIT
#include "pipeline/batch/input_stream.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "base/files/open_or_special.h"
#include "pipeline/batch/batch_inputs.h"
#include "pipeline/batch/batch_outputs.h"
#include "tessera/error.h"

namespace tessera::pipeline {

InputStream::InputStream(const std::filesystem::path& path)
    : descriptor_(STDIN_FILENO), is_own_(!is_standard_stream(path)) {
  if (!is_own_) return;
  descriptor_ = base::open_or_duplicate(path, O_RDONLY);
  const int reason = errno;
  if (descriptor_ < 0)
    throw Error(reason == ENOENT ? ErrorCode::NotFound : ErrorCode::IoFailure,
                fmt::format("{}: cannot open ({})", printable_name(path),
                            std::generic_category().message(reason)));
}

InputStream::~InputStream() {
  if (is_own_) ::close(descriptor_);
}

std::string shown_name(const std::filesystem::path& path, const char* standard) {
  return is_standard_stream(path) ? standard : path.string();
}

bool reads_stdin(const std::filesystem::path& operand) {
  return is_standard_stream(operand) || base::descriptor_named(operand) == STDIN_FILENO;
}

Image read_picture(const std::filesystem::path& operand, const ReadOptions& options) {
  if (!is_stream(operand)) return read_image(operand, options);
  const InputStream stream(operand);
  return read_image_from_descriptor(stream.descriptor(), shown_name(operand), options);
}

}  // namespace tessera::pipeline
