// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace tessera::cli {

/// A picture that a page shows: a PNG file and what it is.
struct PagePicture {
  std::filesystem::path file;
  std::string caption;
};

/// One self-contained HTML file: sentences, tables, charts of iterations and spectra, pictures.
/// Errors  IoFailure when a picture cannot be read.
std::string page_from_inspection(const std::string& title,
                                 const nlohmann::json& inspection,
                                 const std::vector<PagePicture>& pictures);

}  // namespace tessera::cli
