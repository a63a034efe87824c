// SPDX-License-Identifier: MIT
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace tessera::cli {

/// A table of an inspection: a title, a sentence that tells how to read it, a header and rows of
/// equal length.
struct InspectionTable {
  std::string title, reading;
  std::vector<std::string> header;
  std::vector<std::vector<std::string>> rows;
};

/// The tables of an inspection (PictureInspection::json); those without rows are left out.
std::vector<InspectionTable> tables_of(const nlohmann::json& inspection);
/// What holds for the network as a whole, a sentence a line.
std::vector<std::string> sentences_of(const nlohmann::json& inspection);
/// What `inspect MODEL IMAGE` prints.
std::string text_from_inspection(const nlohmann::json& inspection);

}  // namespace tessera::cli
