// SPDX-License-Identifier: MIT
#include "pipeline/fuse/fuse_outputs.h"

#include <fmt/format.h>
#include <unistd.h>

#include <system_error>

#include "pipeline/batch/output_checks.h"
#include "pipeline/fuse/fuse_pictures.h"
#include "tessera/error.h"
#include "tessera/model.h"

namespace tessera::pipeline {

namespace fs = std::filesystem;

std::string stem_of_model(const fs::path& file) {
  const std::string name = name_of_model(file);
  return name == file.filename() ? file.stem().string() : name;
}

std::vector<fs::path> aligned_files(const std::vector<fs::path>& inputs,
                                    const FuseOptions& options) {
  std::vector<fs::path> files;
  if (options.aligned_output.empty()) return files;
  for (std::size_t k = 0; k < inputs.size(); ++k)
    files.push_back(options.aligned_output /
                    fmt::format("{}-{}.safetensors", k + 1, stem_of_model(inputs[k])));
  return files;
}

void check_outputs(const std::vector<fs::path>& inputs,
                   const fs::path& output,
                   const FuseOptions& options) {
  std::vector<fs::path> read = inputs;
  read.push_back(options.base);
  read.insert(read.end(), options.also_read.begin(), options.also_read.end());
  if (!options.calibration.empty())
    for (fs::path& file : pictures_of(options.calibration, "--calib", true))
      read.push_back(std::move(file));
  if (!options.evaluation.empty())
    for (fs::path& file : pictures_of(options.evaluation, "--eval", false))
      read.push_back(std::move(file));
  std::vector<fs::path> written = aligned_files(inputs, options);
  written.push_back(output);
  written.insert(written.end(), options.also_written.begin(), options.also_written.end());
  require_files_apart(written, read);
  if (!options.aligned_output.empty()) require_possible_folder(options.aligned_output);
}

FilesTogether::~FilesTogether() {
  files_.clear();
  // Only what is empty can be removed: the files of others stay.
  for (const fs::path& folder : folders_) ::rmdir(folder.c_str());
}

void FilesTogether::make_folder(const fs::path& folder) {
  std::vector<fs::path> missing;
  std::error_code error;
  for (fs::path at = folder; !at.empty() && !fs::exists(at, error); at = at.parent_path())
    if (at.has_filename()) missing.push_back(at);
  folders_.insert(folders_.begin(), missing.begin(), missing.end());
  fs::create_directories(folder, error);
  if (error)
    throw Error(ErrorCode::IoFailure,
                fmt::format("{}: the folder cannot be made: {} (choose another one)",
                            printable_name(folder), error.message()));
}

void FilesTogether::add(const fs::path& file, std::span<const std::byte> bytes) {
  files_.push_back(std::make_unique<base::AtomicFile>(file));
  files_.back()->write(bytes);
}

void FilesTogether::commit() {
  for (const auto& file : files_) file->commit();
  files_.clear();
  folders_.clear();
}

}  // namespace tessera::pipeline
