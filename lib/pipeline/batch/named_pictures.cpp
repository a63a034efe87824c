// SPDX-License-Identifier: MIT
#include "pipeline/batch/named_pictures.h"

#include <fmt/format.h>

#include <system_error>

#include "pipeline/batch/batch_inputs.h"
#include "tessera/error.h"

namespace tessera::pipeline {

NamedPictures named_pictures(std::span<const std::filesystem::path> operands) {
  BatchOptions options;
  options.recursive = options.allow_empty = true;
  for (const auto& operand : operands) {
    std::error_code ignored;
    if (!is_standard_stream(operand) && !std::filesystem::exists(operand, ignored))
      throw Error(ErrorCode::NotFound,
                  printable_name(operand) + ": there is no such file or folder");
    options.inputs.push_back(operand);
  }
  NamedPictures pictures;
  for (const BatchInput& input : find_inputs(options).pictures) {
    const std::string name = is_standard_stream(input.file)
                                 ? "stdin"
                                 : (input.relative.parent_path() / input.relative.stem()).native();
    const auto [other, is_new] = pictures.emplace(name, input.file);
    if (!is_new)
      throw Error(ErrorCode::InvalidArgument,
                  fmt::format("two pictures of one name: {} and {} (names are compared without "
                              "their suffix)",
                              printable_name(other->second), printable_name(input.file)));
  }
  return pictures;
}

}  // namespace tessera::pipeline
