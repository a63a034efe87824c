// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "tessera/error.h"
#include "tessera/export.h"
#include "tessera/image_io.h"

namespace tessera {

/// Arithmetic of the convolutions. Auto is F32, which by Winograd is faster than Bf16 in every
/// shipped model (tests/bench/README.md); Bf16 without hardware for it is refused.
enum class Precision { Auto, F32, Bf16 };

/// How to use the machine. Changes no pixel.
struct ExecutionOptions {
  int threads = 0;  ///< worker threads; 0: one per processor this process may use
  int tile = 0;     ///< tile side in pixels before its border is added; 0: chosen from memory
  std::int64_t max_memory =
      0;  ///< bytes beyond the image's own pixels; 0: a quarter of the machine
};

/// What to do when an output exists already.
enum class ExistingOutput {
  Refuse,       ///< stop before any work (folders); a single named output file is replaced
  Overwrite,    ///< --overwrite
  Skip,         ///< --skip-existing
  UpdateOlder,  ///< --update: redo when the input is newer
};

/// RGB in [0, 1], in the picture's own coding.
using BackgroundColour = std::array<double, 3>;

/// The form of results, where it is not that of their inputs.
struct OutputForm {
  std::optional<SampleType> depth{};             ///< empty: that of the input
  bool dither = false;                           ///< rounding to fewer levels keeps the mean
  std::optional<BackgroundColour> background{};  ///< laid under transparent pixels; alpha goes
  bool grey_when_equal = false;                  ///< three equal channels become one
};

/// Files to process and where results go.
struct BatchOptions {
  std::vector<std::filesystem::path> inputs{};  ///< files, folders, or "-" for stdin
  std::vector<std::filesystem::path> lists{};   ///< that inputs were read from; no report's place
  std::filesystem::path output{};  ///< file, folder, or "-" for stdout; empty only in place
  bool recursive = false;          ///< folders with all their folders; output mirrors the tree
  ExistingOutput existing = ExistingOutput::Refuse;
  std::string format{};  ///< "png", ...; empty: from the output's suffix, else as input
  OutputForm form{};
  bool follow_links = false;             ///< enter folders through links, too
  bool preserve_times = false;           ///< results get the modification time of their inputs
  bool in_place = false;                 ///< allow an output that is its own input
  bool fail_fast = false;                ///< stop at the first failure
  bool dry_run = false;                  ///< plan and report only
  bool allow_empty = false;              ///< no matching input is success
  std::filesystem::path failed_list{};   ///< names of failed inputs, one a line; empty: none
  std::filesystem::path report{};        ///< what the caller writes afterwards; no picture's name
  int shard_index = 1, shard_count = 1;  ///< process the K-th of N equal parts of the sorted list
  ReadOptions read{};
  WriteOptions write{};
};

/// How one file of a batch ended.
struct FileOutcome {
  std::filesystem::path input, output;
  enum class State { Done, Skipped, Failed, Planned } state = State::Done;
  std::string message;                ///< failure or skip reason; empty when done
  std::optional<ErrorCode> error;     ///< what kind of failure; empty unless Failed
  std::vector<std::string> warnings;  ///< worth telling although the file was done
  std::vector<std::string> notes;     ///< facts ("layout RGGB")
  /// Of the input, in 8-bit grey levels, where it was found out: estimated, or stated by a camera
  /// raw file.
  std::optional<double> noise_sigma{};
  std::filesystem::path model;  ///< that restored it; empty: none did
  double seconds = 0.0;
  int width = 0, height = 0;  ///< of the result
};

/// How a batch ended.
struct BatchSummary {
  std::vector<FileOutcome> files;  ///< in the order of the list
  int done = 0, skipped = 0, failed = 0;
};

/// Called as a batch goes on, possibly from another thread; one at a time, `cancelled` excepted.
struct BatchObserver {
  std::function<void(int total)> started{};
  std::function<void(const FileOutcome& outcome, int finished, int total)> file_finished{};
  /// Asked before each file, by several workers at once; true stops the batch after files begun.
  std::function<bool()> cancelled{};
  /// A fact about the batch and none of its files, worth telling who wants to know all.
  std::function<void(const std::string& fact)> note{};
};

}  // namespace tessera
