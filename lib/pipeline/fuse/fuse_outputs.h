// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/files/atomic_file.h"
#include "tessera/fuse.h"

namespace tessera::pipeline {

/// What a model is called in the names of files and in titles: name_of_model without a suffix.
std::string stem_of_model(const std::filesystem::path& file);

/// Where the aligned inputs go, in order; nothing without options.aligned_output.
std::vector<std::filesystem::path> aligned_files(const std::vector<std::filesystem::path>& inputs,
                                                 const FuseOptions& options);

/// Checks before any work that nothing which is read would be written, no file twice, and that the
/// folder of aligned models can be made.
/// Errors  InvalidArgument naming the file; IoFailure naming the folder.
void check_outputs(const std::vector<std::filesystem::path>& inputs,
                   const std::filesystem::path& output,
                   const FuseOptions& options);

/// Files that get their names together, once the bytes of all of them are written; until commit()
/// nothing is to be seen of them.
class FilesTogether {
 public:
  FilesTogether() = default;
  /// Removes what was not committed, folders among it.
  ~FilesTogether();
  FilesTogether(const FilesTogether&) = delete;
  FilesTogether& operator=(const FilesTogether&) = delete;

  /// Makes a folder and those above it.  Errors  IoFailure.
  void make_folder(const std::filesystem::path& folder);
  /// Errors  IoFailure.
  void add(const std::filesystem::path& file, std::span<const std::byte> bytes);
  /// Gives the files their names, in the order in which they were added.  Errors  IoFailure.
  void commit();

 private:
  std::vector<std::filesystem::path> folders_;  ///< made here, the innermost first
  std::vector<std::unique_ptr<base::AtomicFile>> files_;
};

}  // namespace tessera::pipeline
