// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>

#include "tessera/execution.h"

namespace tessera::bench {

/// Where the threads of a program spend their time on a batch of files, in seconds a thread.
struct ProgramSplit {
  double wall = 0.0;   ///< of the batch, model and all
  double start = 0.0;  ///< loading the model
  double decode = 0.0, network = 0.0, encode = 0.0;
  double waiting = 0.0;  ///< the rest of the wall time
};

/// Lets the library restore `files` PNG pictures of side x side in one batch, as the program for
/// the model's task does, and then does the parts of that work one after another with as many
/// threads as the batch gives to one file.
/// Requires a model for denoising, mosaics or doubling.
ProgramSplit split_program(
    const std::filesystem::path& checkpoint, int files, int side, int threads, Precision precision);

}  // namespace tessera::bench
