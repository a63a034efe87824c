// SPDX-License-Identifier: MIT
#include "shared/batch/batch_arguments.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <iostream>
#include <iterator>
#include <map>
#include <string_view>
#include <system_error>

#include "shared/cli.h"
#include "shared/options/environment.h"
#include "shared/options/number_text.h"
#include "tessera/error.h"

namespace tessera::cli {
namespace {

using Text = std::string;

void add_file_options(CLI::App& app, BatchArguments& a) {
  app.add_option("inputs", a.positional, "pictures and folders of pictures; - is stdin")
      ->type_name("INPUT");
  app.add_option("-i,--input", a.inputs, "likewise")->type_name("INPUT")->allow_extra_args(false);
  app.add_option("-o,--output", a.batch.output,
                 "result: file, folder (made when needed), or - for stdout")
      ->type_name("OUTPUT");
  app.add_option("--files-from", a.files_from, "read inputs from FILE, one a line; - is stdin")
      ->type_name("FILE");
  app.add_option("--files0-from", a.files0_from, "likewise, each ended by a zero byte")
      ->type_name("FILE");
  app.add_flag("-r,--recursive", a.batch.recursive,
               "enter folders of folders; the output mirrors the tree");
  app.add_flag("--follow-links", a.batch.follow_links,
               "with -r: enter folders through symbolic links, too; loops are noticed");
  add_parsed(app, "-f,--format",
             "format of results; the suffix of an OUTPUT file must agree; default: by suffix, else "
             "as the input",
             "png|jpg|tif|webp|pnm|pfm", [&a](const Text& text) {
               format_from_name(text);
               a.batch.format = text;
             });
}

void add_policy_options(CLI::App& app, BatchArguments& a) {
  const auto set = [&a](ExistingOutput policy) {
    return [&a, policy](std::int64_t) { a.batch.existing = policy; };
  };
  auto* skip = app.add_flag_function("--skip-existing", set(ExistingOutput::Skip),
                                     "leave results that exist as they are");
  auto* update = app.add_flag_function("--update", set(ExistingOutput::UpdateOlder),
                                       "redo results older than their inputs, skip the others");
  auto* overwrite = app.add_flag_function("--overwrite", set(ExistingOutput::Overwrite),
                                          "replace results that exist in a folder");
  skip->excludes(update)->excludes(overwrite);
  update->excludes(overwrite);
  app.add_flag("--in-place", a.batch.in_place, "allow a result to replace its own input");
  app.add_flag("--dry-run", a.batch.dry_run, "print what would be done, and write no file");
  add_parsed(app, "--shard", "process the K-th of N equal parts of the list of files", "K/N",
             [&a](const Text& text) {
               std::tie(a.batch.shard_index, a.batch.shard_count) = shard_from_text(text);
             });
  app.add_flag("--allow-empty", a.batch.allow_empty, "no matching input is success");
  app.add_flag("--fail-fast", a.batch.fail_fast, "stop at the first file that fails");
  app.add_option("--failed-list", a.batch.failed_list, "write the names of failed inputs to FILE")
      ->type_name("FILE");
}

void add_encoder_options(CLI::App& app, BatchArguments& a) {
  add_whole_number(app, "--quality", "of JPEG results", a.batch.write.jpeg_quality, 1, 100);
  add_whole_number(app, "--png-level", "compression of PNG results", a.batch.write.png_level, 0, 9);
  add_choice<TiffCompression>(app, "--compression", "of TIFF results",
                              a.batch.write.tiff_compression,
                              {{"auto", TiffCompression::Auto},
                               {"none", TiffCompression::None},
                               {"lzw", TiffCompression::Lzw},
                               {"deflate", TiffCompression::Deflate},
                               {"zstd", TiffCompression::Zstd}});
  app.add_flag("--strip", a.strip,
               "leave out colour profile, EXIF and XMP; --strip=icc,exif,xmp: those named")
      ->option_text("[=WORD,...]");
  app.add_flag("--preserve", a.batch.preserve_times, "results get the times of their inputs");
}

void add_form_options(CLI::App& app, BatchArguments& a) {
  OutputForm& form = a.batch.form;
  add_choice<std::optional<SampleType>>(
      app, "--depth", "bits of a sample; default: as the input", form.depth,
      {{"8", SampleType::U8}, {"16", SampleType::U16}, {"float", SampleType::F32}});
  app.add_flag("--dither", form.dither, "with --depth: round so that the mean is kept");
  add_parsed(app, "--background", "lay this under transparent pixels, and leave out alpha",
             "#RRGGBB|black|white",
             [&form](const Text& text) { form.background = colour_from_text(text); });
  add_choice<bool>(app, "--grey", "auto: a result of equal channels becomes grey",
                   form.grey_when_equal, {{"auto", true}, {"keep", false}});
}

void add_machine_options(CLI::App& app, BatchArguments& a) {
  add_parsed(app, "-n,--model", "trained model, by name or by path", "MODEL",
             [&a](const Text& text) {
               if (text.empty()) throw Error(ErrorCode::InvalidArgument, "the name is empty");
               a.model = text;
             });
  add_execution_options(app, a);
  app.add_flag("-x,--self-ensemble", a.self_ensemble,
               "mean over the eight flips and turns: better, eight times slower");
  app.add_flag("--list-models", a.list_models, "print name and file of each model found");
  app.add_flag("--print-model-path", a.print_model_path, "print the file of the model to be used");
}

void add_message_options(CLI::App& app, BatchArguments& a) {
  app.add_flag("-v,--verbose", a.verbosity, "tell a line for each file; -vv: the model, too");
  add_progress_options(app, a);
  app.add_option("--report", a.report, "write what became of each file to FILE, as JSON")
      ->type_name("FILE");
}

/// The words of --strip=WORD,...; CLI11 gives a flag without words the value "true".
void set_stripped(const Text& text, WriteOptions& write) {
  if (text.empty()) return;
  for (const Text& word : words_from_text(text == "true" ? "all" : text)) {
    if (word != "all" && word != "icc" && word != "exif" && word != "xmp")
      throw Error(ErrorCode::InvalidArgument,
                  "--strip: expected all, icc, exif or xmp, found \"" + word + "\"");
    write.strip_icc |= word == "all" || word == "icc";
    write.strip_exif |= word == "all" || word == "exif";
    write.strip_xmp |= word == "all" || word == "xmp";
  }
}

/// Flags end where their words do not follow '=': a word that stands apart is an input.
void refuse_stray_words(const BatchArguments& a) {
  if (a.strip != "true") return;
  for (const Text& word : a.positional) {
    std::error_code ignored;
    WriteOptions unused;
    if (word.empty() || std::filesystem::exists(word, ignored)) continue;
    try {
      set_stripped(word, unused);
    } catch (const Error&) {
      continue;
    }
    throw Error(ErrorCode::InvalidArgument,
                "--strip: what to leave out follows an equals sign: --strip=" + word);
  }
}

bool is_there(const Text& name) {
  std::error_code ignored;
  return std::filesystem::exists(std::filesystem::symlink_status(name, ignored));
}

/// A line as a name: without the byte order mark that some editors begin a file with, and without
/// the carriage return that ends lines on other systems, unless there is a file of that name.
Text name_in_line(Text line, bool is_first) {
  constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
  if (is_first && line.starts_with(kByteOrderMark) && !is_there(line))
    line.erase(0, kByteOrderMark.size());
  if (line.ends_with('\r') && !is_there(line)) line.pop_back();
  return line;
}

/// Refuses what was made for the other option of the two: no name holds a zero byte, and hardly one
/// that ends with a new line is meant.
void require_kind_of_list(const Text& file, char end, const Text& name, bool is_last) {
  const auto refuse = [&file](const Text& what) {
    throw Error(ErrorCode::InvalidArgument, printable_name(file) + ": " + what);
  };
  if (name.find('\0') != Text::npos)
    refuse(
        "holds zero bytes, so is no list of one name a line (--files0-from takes names that end "
        "with zero bytes; UTF-16 is to be saved as UTF-8)");
  if (end == '\0' && is_last && name.ends_with('\n') && !is_there(name))
    refuse("the names do not end with zero bytes (--files-from takes one a line)");
}

/// The names in a list, each ended by `end`; the last may lack it.
void read_list(const Text& file, char end, std::vector<std::filesystem::path>& names) {
  const auto fail = [&file](const Text& cause) {
    throw Error(ErrorCode::IoFailure,
                printable_name(file) + ": cannot read the list of files: " + cause);
  };
  std::error_code ignored;
  // Opened like a file, a folder would fail without a reason.
  if (file != "-" && std::filesystem::is_directory(file, ignored)) fail("is a folder");
  std::ifstream opened;
  errno = 0;
  if (file != "-") opened.open(file, std::ios::binary);
  if (file != "-" && !opened.is_open()) fail(std::generic_category().message(errno));
  std::istream& list = file == "-" ? std::cin : opened;
  bool is_first = true;
  for (Text line; std::getline(list, line, end); is_first = false) {
    const Text name = end == '\n' ? name_in_line(line, is_first) : line;
    require_kind_of_list(file, end, name, list.eof());
    if (!name.empty()) names.emplace_back(name);
  }
  if (list.bad()) fail(std::generic_category().message(errno));
}

}  // namespace

void add_execution_options(CLI::App& app, BatchArguments& arguments) {
  ExecutionOptions& execution = arguments.execution;
  ReadOptions& read = arguments.batch.read;
  add_whole_number(app, "-t,--tile", "side of tiles in pixels; 0: as memory allows", execution.tile,
                   0, 1 << 20);
  add_parsed(app, "-g,--gpu", "processor: only -1, the CPU", "-1", [](const Text& text) {
    if (text != "-1")
      throw Error(ErrorCode::InvalidArgument,
                  "expected -1 (the CPU; there is no GPU path), found \"" + text + "\"");
  });
  add_parsed(app, "-j,--threads", "threads; default: all processors allowed", "N",
             [&](const Text& text) { execution.threads = threads_from_text(text); });
  add_choice<Precision>(
      app, "--precision", "arithmetic of the convolutions", arguments.precision,
      {{"auto", Precision::Auto}, {"bf16", Precision::Bf16}, {"f32", Precision::F32}});
  add_parsed(app, "--max-memory", "memory beyond the pictures; default: a quarter of the machine",
             "SIZE", [&](const Text& text) { execution.max_memory = bytes_from_text(text); });
  add_parsed(app, "--max-pixels", "refuse larger pictures; default 2000M", "COUNT",
             [&](const Text& text) { read.max_pixels = count_from_text(text); });
}

void add_progress_options(CLI::App& app, BatchArguments& a) {
  app.add_flag("-q,--quiet", a.quiet, "tell errors only");
  add_choice<ProgressMode>(app, "--progress", "progress on stderr; auto: on a terminal", a.progress,
                           {{"always", ProgressMode::Always},
                            {"auto", ProgressMode::Auto},
                            {"json", ProgressMode::Json},
                            {"never", ProgressMode::Never}});
}

void add_batch_options(CLI::App& app, BatchArguments& arguments) {
  using Add = void (*)(CLI::App&, BatchArguments&);
  for (const auto& [group, add] : {std::pair<const char*, Add>("Files", add_file_options),
                                   {"Batches", add_policy_options},
                                   {"Form of results", add_form_options},
                                   {"Encoding", add_encoder_options},
                                   {"Model and machine", add_machine_options},
                                   {"Messages", add_message_options}})
    grouped(app, group, [&, add = add] { add(app, arguments); });
}

void refuse_model(const BatchArguments& a) {
  if (!a.model.empty())
    throw Error(ErrorCode::InvalidArgument, "--method and --model exclude each other");
  if (a.print_model_path)
    throw Error(ErrorCode::InvalidArgument,
                "--method and --print-model-path exclude each other: a method needs no model");
  if (a.precision == Precision::Bf16)
    throw Error(ErrorCode::InvalidArgument,
                "--method and --precision bf16 exclude each other: a method runs in f32");
}

void finish_batch_arguments(BatchArguments& a) {
  for (const auto* operands : {&a.positional, &a.inputs})
    a.batch.inputs.insert(a.batch.inputs.end(), operands->begin(), operands->end());
  if (!a.files_from.empty()) read_list(a.files_from, '\n', a.batch.inputs);
  if (!a.files0_from.empty()) read_list(a.files0_from, '\0', a.batch.inputs);
  if (a.report == "-") a.report = "/dev/stdout";
  if (a.batch.failed_list == "-") a.batch.failed_list = "/dev/stdout";
  a.batch.report = a.report;
  for (const Text* file : {&a.files_from, &a.files0_from})
    if (!file->empty()) a.batch.lists.emplace_back(*file);
  const Text& list = a.files0_from.empty() ? a.files_from : a.files0_from;
  if (a.batch.inputs.empty() && !list.empty() && !a.batch.allow_empty)
    throw Error(ErrorCode::NothingToDo,
                printable_name(list) + ": names no input (--allow-empty: no failure)");
  apply_environment(a.execution);
  refuse_stray_words(a);
  set_stripped(a.strip, a.batch.write);
  if (a.batch.form.dither && !a.batch.form.depth)
    throw Error(ErrorCode::InvalidArgument, "--dither needs --depth: no levels are lost otherwise");
  if (a.batch.output == "-" && !a.batch.dry_run && isatty(STDOUT_FILENO) != 0)
    throw Error(ErrorCode::InvalidArgument, "a picture is not written to a terminal (-o FILE)");
}

}  // namespace tessera::cli
