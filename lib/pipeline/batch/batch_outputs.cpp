// SPDX-License-Identifier: MIT
#include "pipeline/batch/batch_outputs.h"

#include <fmt/format.h>

#include <optional>
#include <system_error>

#include "image/format_limits.h"
#include "pipeline/batch/input_stream.h"
#include "pipeline/batch/output_checks.h"
#include "tessera/error.h"

namespace tessera::pipeline {
namespace {

namespace fs = std::filesystem;

std::optional<FileFormat> writable_format_of(const fs::path& file) {
  try {
    return format_from_suffix(file);
  } catch (const Error&) {
    return std::nullopt;  // a picture that can be read but not written becomes PNG
  }
}

/// Suffix of a result that keeps the format of its input.
std::string kept_suffix(const fs::path& input, FileFormat format, bool makes_colour) {
  const std::string suffix = input.extension().string();
  if (format != FileFormat::Pnm) return suffix;
  return makes_colour ? suffix_of(FileFormat::Pnm) : suffix;
}

/// Name and format below the output folder.
BatchItem item_in_folder(const BatchInput& input,
                         const BatchOptions& options,
                         const OutputRules& rules) {
  const fs::path relative = is_standard_stream(input.file) ? fs::path("stdin") : input.relative;
  const auto own_format = writable_format_of(relative);
  BatchItem item{input.file, options.output / relative, own_format.value_or(FileFormat::Png), {}};
  std::string suffix = suffix_of(item.format);
  if (!options.format.empty()) {
    item.format = format_from_name(options.format);
    suffix = suffix_of(item.format);
  } else if (own_format) {
    suffix = kept_suffix(relative, *own_format, rules.makes_colour);
  }
  item.output.replace_extension(suffix);
  return item;
}

/// Whether the name of a file says another format than that of what it is to hold.
bool is_misleading(const fs::path& file, FileFormat format) {
  const auto said = writable_format_of(file);
  const bool says_nothing = !said && !has_picture_suffix(file) && !has_raw_suffix(file);
  return !says_nothing && said != format;
}

/// The format asked for.  Errors  InvalidArgument: the name of the only result says another one.
FileFormat format_asked_for(const fs::path& output, const BatchOptions& options) {
  const FileFormat format = format_from_name(options.format);
  if (is_stream(output) || !is_misleading(output, format)) return format;
  fs::path fitting = output;
  throw Error(
      ErrorCode::InvalidArgument,
      fmt::format("{}: this name says {}, --format says {} (leave out --format, or call "
                  "the file {})",
                  printable_name(output), output.extension().string().substr(1), options.format,
                  printable_name(fitting.replace_extension(suffix_of(format)))));
}

/// The format of the only result.  Errors  NotFound: an input that is not there, beside an output
/// that is called like a folder, is a folder misspelt.
FileFormat format_of_single(const fs::path& input,
                            const fs::path& output,
                            const BatchOptions& options) {
  if (!options.format.empty()) return format_asked_for(output, options);
  std::error_code ignored;
  if (!writable_format_of(output) && !is_standard_stream(input) && !is_standard_stream(output) &&
      !fs::exists(input, ignored))
    throw Error(ErrorCode::NotFound, printable_name(input) + ": not found");
  if (is_stream(output))
    throw Error(ErrorCode::InvalidArgument,
                shown_name(output, "stdout") + ": a picture here needs a format (-f png)");
  return format_from_suffix(output);
}

/// Whether the output names a file and not a folder.
bool output_is_file(const BatchInputs& inputs, const fs::path& output) {
  if (is_standard_stream(output)) return true;
  std::error_code ignored;
  return inputs.one_file && output.has_filename() && !fs::is_directory(output, ignored);
}

std::string name_of_depth(SampleType type) {
  return type == SampleType::F32 ? "float" : std::to_string(8 * bytes_per_sample(type));
}

/// A new folder with the suffix of a picture was meant to be one.
void refuse_picture_name(const fs::path& folder) {
  std::error_code ignored;
  if (!folder.has_filename() || !has_picture_suffix(folder) || fs::exists(folder, ignored)) return;
  throw Error(ErrorCode::InvalidArgument, printable_name(folder) +
                                              ": several results need a folder (" +
                                              printable_name(folder) + "/ makes one of this name)");
}

std::vector<BatchItem> items_in_place(const BatchInputs& inputs, const BatchOptions& options) {
  if (options.existing == ExistingOutput::Skip || options.existing == ExistingOutput::UpdateOlder)
    throw Error(
        ErrorCode::InvalidArgument,
        "in place every result exists already (leave out --skip-existing or --update, which "
        "would skip all, or name an output: -o)");
  std::vector<BatchItem> items;
  for (const BatchInput& input : inputs.pictures) {
    if (is_standard_stream(input.file))
      throw Error(ErrorCode::InvalidArgument, "stdin cannot be replaced in place");
    const FileFormat format = options.format.empty()
                                  ? format_of_single(input.file, input.file, options)
                                  : format_from_name(options.format);
    if (is_misleading(input.file, format))
      throw Error(ErrorCode::InvalidArgument,
                  printable_name(input.file) +
                      ": --in-place keeps this name, which says another format than --format "
                      "(leave out one of the two)");
    items.push_back({input.file, input.file, format, {}});
  }
  return items;
}

std::vector<BatchItem> named_items(const BatchInputs& inputs,
                                   const BatchOptions& options,
                                   const OutputRules& rules) {
  if (options.output.empty()) {
    if (options.in_place) return items_in_place(inputs, options);
    throw Error(ErrorCode::InvalidArgument, "no output is given (-o FILE or FOLDER)");
  }
  std::vector<BatchItem> items;
  if (output_is_file(inputs, options.output)) {
    if (inputs.pictures.size() > 1 || (!inputs.one_file && !inputs.pictures.empty()))
      throw Error(ErrorCode::InvalidArgument,
                  "stdout takes the result of one file; a folder (-o) takes several");
    for (const BatchInput& input : inputs.pictures)
      items.push_back(
          {input.file, options.output, format_of_single(input.file, options.output, options), {}});
    return items;
  }
  refuse_picture_name(options.output);
  for (const BatchInput& input : inputs.pictures)
    items.push_back(item_in_folder(input, options, rules));
  return items;
}

/// Refuses a depth that the format asked for, or the one of the only result, never holds.
void require_possible_depth(const std::vector<BatchItem>& items,
                            bool to_file,
                            const BatchOptions& options,
                            const OutputRules& rules) {
  const auto type = options.form.depth ? options.form.depth : rules.type;
  if (!type || items.empty() || (options.format.empty() && !to_file)) return;
  const std::string refusal = image::type_refusal(items.front().format, *type);
  if (refusal.empty()) return;
  const std::string cause = options.form.depth       ? "--depth " + name_of_depth(*type)
                            : options.format.empty() ? shown_name(options.output, "stdout")
                                                     : "--format " + options.format;
  throw Error(ErrorCode::InvalidArgument, cause + ": " + refusal);
}

}  // namespace

std::vector<BatchItem> plan_outputs(const BatchInputs& inputs,
                                    const BatchOptions& options,
                                    const OutputRules& rules) {
  std::vector<BatchItem> items = named_items(inputs, options, rules);
  require_possible_depth(items, output_is_file(inputs, options.output), options, rules);
  require_distinct_outputs(items);
  require_outputs_not_inputs(items, options.in_place, rules.protected_files);
  if (!output_is_file(inputs, options.output)) require_folder(options.output);
  return items;
}

void prepare_outputs(std::vector<BatchItem>& items,
                     const BatchInputs& inputs,
                     const BatchOptions& options,
                     const OutputRules& rules) {
  // One named file is replaced, as by any program; so is what is to be done in place.
  const bool replaces = output_is_file(inputs, options.output) || options.in_place;
  mark_existing(items,
                options.existing == ExistingOutput::Refuse && replaces ? ExistingOutput::Overwrite
                                                                       : options.existing,
                rules);
  require_writable(items);
}

}  // namespace tessera::pipeline
