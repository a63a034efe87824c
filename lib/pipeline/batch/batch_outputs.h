// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "pipeline/batch/batch_inputs.h"

namespace tessera::pipeline {

/// One picture and where its result goes.
struct BatchItem {
  std::filesystem::path input, output;  ///< "-" for stdin, stdout
  FileFormat format = FileFormat::Png;
  std::string skip_reason{};  ///< not empty: nothing is to be done
  std::string failure{};      ///< not empty: nothing can be done
};

/// What a program says about its results as files.
struct OutputRules {
  bool makes_colour = false;                             ///< a .pgm becomes a .ppm
  std::optional<SampleType> type{};                      ///< of every result, when all have one
  std::vector<std::filesystem::path> protected_files{};  ///< never overwritten (mask, model)
  /// The file, if any, that is read beside an input; null: none is.
  std::function<std::filesystem::path(const std::filesystem::path& input)> companion{};
};

/// Decides every output's name and format, and refuses what would destroy or mix up files. To be
/// asked of the whole list of a batch, whatever part of it is processed: a result of another part
/// counts.
///
/// One file in, and an output that is neither a folder nor ends in a slash: the output is a file, a
/// regular file of that name is replaced. Otherwise the output is a folder, made when needed, in
/// which results keep the relative names of their inputs; suffix and format stay unless
/// options.format is set or the format cannot be written (then PNG).
/// Errors  InvalidArgument: unknown suffix or format, a format other than the one that the name of
///         an output file says or than can ever hold the depth asked for, several inputs for one
///         file, two inputs for one output, an output that is an input or protected.
std::vector<BatchItem> plan_outputs(const BatchInputs& inputs,
                                    const BatchOptions& options,
                                    const OutputRules& rules);

/// Marks those of the planned items to be processed here that options.existing skips.
/// Errors  InvalidArgument: outputs that exist and policy Refuse; IoFailure: the folder cannot be
///         written.
void prepare_outputs(std::vector<BatchItem>& items,
                     const BatchInputs& inputs,
                     const BatchOptions& options,
                     const OutputRules& rules);

/// Whether reading or writing `path` means something open or special
/// (base/files/open_or_special.h), or stdin and stdout by the name "-", rather than a file.
bool is_stream(const std::filesystem::path& path);

}  // namespace tessera::pipeline
