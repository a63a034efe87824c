// SPDX-License-Identifier: MIT
#include "pipeline/batch/file_work.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <functional>
#include <optional>
#include <system_error>
#include <utility>

#include "base/files/atomic_file.h"
#include "image/format_limits.h"
#include "pipeline/batch/input_stream.h"
#include "pipeline/batch/isolation.h"
#include "pipeline/batch/output_form.h"
#include "pipeline/interpolate/interpolation_request.h"
#include "pipeline/tiles/memory.h"
#include "tessera/error.h"

namespace tessera::pipeline {
namespace {

namespace fs = std::filesystem;

/// Errors  BadImage for a file that says nothing about what is missing of it.
void require_raw(const image::ByteSource& source) {
  if (!image::is_camera_raw(source))
    throw Error(ErrorCode::BadImage,
                source.name() + ": not a camera raw file: " + nothing_said().what());
}

/// Refuses, before the work, a result that its format cannot hold.
void require_fitting_result(const BatchItem& item,
                            const ImageSize& picture,
                            const FileWork& work,
                            const OutputForm& form) {
  image::check_fits(shown_name(item.output, "stdout"),
                    size_in_form(work.result_size(picture), form), item.format);
}

/// Likewise a name through which nothing can be written; in place, its reading tells of it.
void refuse_dangling_output(const BatchItem& item) {
  if (!is_stream(item.output) && item.output != item.input) base::refuse_dangling_link(item.output);
}

/// What is to take the place of its input must not cost the rest of that file.
ReadOptions reading_of(const BatchItem& item, const BatchOptions& options) {
  ReadOptions read = options.read;
  std::error_code ignored;
  read.refuse_partial = options.in_place && fs::equivalent(item.input, item.output, ignored);
  return read;
}

image::RawPhoto read_raw_item(const BatchItem& item,
                              const FileWork& work,
                              const BatchOptions& options) {
  const auto read = [&](const image::ByteSource& source) {
    require_raw(source);
    return image::read_raw(source, options.read, [&](const ImageSize& size) {
      require_fitting_result(item, size, work, options.form);
    });
  };
  if (!is_stream(item.input)) return read(image::ByteSource::open_file(item.input));
  const InputStream stream(item.input);
  return read(image::ByteSource::from_descriptor(stream.descriptor(), shown_name(item.input)));
}

Image result_of(const BatchItem& item,
                const FileWork& work,
                const BatchOptions& options,
                const ExecutionOptions& execution,
                FileOutcome& outcome) {
  if (work.develop) return work.develop(read_raw_item(item, work, options), execution, outcome);
  const Image picture =
      at_finer_depth(read_picture(item.input, reading_of(item, options)), options.form);
  require_fitting_result(item, image::size_of(picture), work, options.form);
  if (work.keeps_opacity && !options.form.background)
    image::check_alpha_fits(shown_name(item.output, "stdout"), picture, item.format);
  return work.restore(item, picture, execution, outcome);
}

ImageSize size_of_item(const BatchItem& item, const FileWork& work, const ReadOptions& options) {
  if (!work.develop) return read_image_size(item.input, options);
  const image::ByteSource source = image::ByteSource::open_file(item.input);
  require_raw(source);
  return image::raw_size(source, options);
}

std::vector<std::string> write_item(const BatchItem& item,
                                    const Image& image,
                                    const WriteOptions& options) {
  if (is_standard_stream(item.output))
    return write_image_to_descriptor(STDOUT_FILENO, "stdout", image, item.format, options);
  if (!is_stream(item.output) && item.output.has_parent_path()) {
    std::error_code error;
    fs::create_directories(item.output.parent_path(), error);
    if (error)
      throw Error(ErrorCode::IoFailure, fmt::format("{}: cannot make its folder ({})",
                                                    printable_name(item.output), error.message()));
  }
  return write_image(item.output, image, item.format, options);
}

/// When a file was read and changed last.
using FileTimes = std::array<timespec, 2>;

std::optional<FileTimes> times_of(const fs::path& file) {
  struct stat status {};
  if (is_stream(file) || stat(file.c_str(), &status) != 0) return std::nullopt;
  return FileTimes{status.st_atim, status.st_mtim};
}

/// The result was made when its input was, as far as its times tell.
void set_times(const fs::path& output, const FileTimes& times) {
  if (is_stream(output)) return;
  if (utimensat(AT_FDCWD, output.c_str(), times.data(), 0) != 0)
    throw Error(ErrorCode::IoFailure,
                fmt::format("{}: cannot set its times ({})", printable_name(output),
                            std::generic_category().message(errno)));
}

/// Runs `work`; what goes wrong becomes the outcome.  Result: whether memory was lacking.
bool run_isolated(const BatchItem& item, FileOutcome& outcome, const std::function<void()>& work) {
  const auto failure = isolate(shown_name(item.input), work, shown_name(item.output, "stdout"));
  if (!failure) return false;
  outcome.state = FileOutcome::State::Failed;
  outcome.error = failure->code;
  outcome.message = failure->text;
  return failure->lacks_memory;
}

void append(std::vector<std::string>& to, const std::vector<std::string>& from) {
  to.insert(to.end(), from.begin(), from.end());
}

}  // namespace

FileOutcome outcome_of(const BatchItem& item, FileOutcome::State state) {
  FileOutcome outcome;
  outcome.input = item.input;
  outcome.output = item.output;
  outcome.state = state;
  return outcome;
}

ProcessedFile process_file(const BatchItem& item,
                           const FileWork& work,
                           const BatchOptions& options,
                           const ExecutionOptions& execution) {
  using Clock = std::chrono::steady_clock;
  FileOutcome outcome = outcome_of(item, FileOutcome::State::Done);
  const auto start = Clock::now();
  const bool lacks_memory = run_isolated(item, outcome, [&] {
    refuse_dangling_output(item);
    // Asked now: in place, the result takes the place of the input.
    const auto times = options.preserve_times ? times_of(item.input) : std::nullopt;
    const Image result = in_form(result_of(item, work, options, execution, outcome), options.form);
    outcome.width = result.width();
    outcome.height = result.height();
    append(outcome.warnings, result.warnings);
    append(outcome.warnings, write_item(item, result, options.write));
    if (times) set_times(item.output, *times);
  });
  outcome.seconds = std::chrono::duration<double>(Clock::now() - start).count();
  return {std::move(outcome), lacks_memory};
}

FileOutcome plan_file(const BatchItem& item, const FileWork& work, const BatchOptions& options) {
  FileOutcome outcome = outcome_of(item, FileOutcome::State::Planned);
  if (is_stream(item.input)) return outcome;
  run_isolated(item, outcome, [&] {
    refuse_dangling_output(item);
    const ImageSize picture = size_of_item(item, work, reading_of(item, options));
    require_fitting_result(item, picture, work, options.form);
    const ImageSize result = size_in_form(work.result_size(picture), options.form);
    const auto bytes = [](const ImageSize& size) {
      return static_cast<double>(size.width) * size.height * size.channels *
             bytes_per_sample(size.type);
    };
    outcome.width = result.width;
    outcome.height = result.height;
    outcome.notes.push_back(text_from_bytes(bytes(picture) + bytes(result)) + " of pixels");
  });
  return outcome;
}

}  // namespace tessera::pipeline
