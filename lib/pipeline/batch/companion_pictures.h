// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "tessera/image_io.h"

namespace tessera::pipeline {

/// Pictures that say something about the pictures of a batch, such as masks: one file for all, or a
/// folder that holds for each a file of the same stem, of any suffix. Below that folder may lie the
/// same folders as around the pictures: of several the one whose folders agree furthest counts.
class CompanionPictures {
 public:
  /// `what` names their kind in messages ("mask"); an empty path: there are none.
  /// Errors  those of read_image; IoFailure for a folder.
  CompanionPictures(std::string what, std::filesystem::path path, const ReadOptions& options);

  bool any() const { return !path_.empty(); }
  /// Calls use(companion) with the one for `input`. What it throws gets the companion's name added.
  /// Errors  NotFound when the folder has none; InvalidArgument when it has two of that name, and
  ///         none of that suffix.
  Image with_companion(const std::filesystem::path& input,
                       const std::function<Image(const Image& companion)>& use) const;
  /// The file for `input`, of several the one of its suffix or any; empty: none.
  std::filesystem::path file_for(const std::filesystem::path& input) const;
  /// All files, none of which may be overwritten.
  std::vector<std::filesystem::path> files() const;

 private:
  void list_folder();
  /// All files that could be meant: none, or some of one name and folder.
  std::vector<std::filesystem::path> candidates_for(const std::filesystem::path& input) const;
  std::filesystem::path companion_of(const std::filesystem::path& input) const;

  std::string what_;
  std::filesystem::path path_;
  ReadOptions options_;
  std::optional<Image> single_;
  /// Below path_, without suffix.
  std::map<std::filesystem::path, std::vector<std::filesystem::path>> by_name_;
};

}  // namespace tessera::pipeline
