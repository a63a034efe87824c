// SPDX-License-Identifier: MIT
#include "inspect/inspection_folder.h"

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>
#include <system_error>
#include <vector>

#include "inspect/inspection_page.h"
#include "tessera/error.h"
#include "tessera/image_io.h"

namespace tessera::cli {
namespace {

namespace fs = std::filesystem;

constexpr const char* kNumbers = "inspection.json";
constexpr const char* kPage = "report.html";
constexpr const char* kFiles = "files";  ///< key of the list of all files of an inspection

using Names = std::vector<std::string>;

bool holds(const Names& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

/// The files of the inspection that the folder holds; none when it holds none.
Names files_left_in(const fs::path& folder) {
  std::ifstream file(folder / kNumbers);
  const auto json = nlohmann::json::parse(file, nullptr, false);
  Names names;
  if (!json.is_object() || !json.contains(kFiles) || !json[kFiles].is_array()) return names;
  for (const auto& name : json[kFiles])
    // No name leads out of the folder, whoever wrote the list.
    if (name.is_string() && fs::path(name.get<std::string>()).filename() == name.get<std::string>())
      names.push_back(name);
  return names;
}

bool is_one_of(const fs::path& file, const std::vector<fs::path>& inputs) {
  std::error_code ignored;
  return std::any_of(inputs.begin(), inputs.end(),
                     [&](const fs::path& input) { return fs::equivalent(file, input, ignored); });
}

/// Errors  InvalidArgument when writing `names` would replace what is not an inspection's.
void require_own(const fs::path& folder,
                 const Names& names,
                 const Names& left,
                 const std::vector<fs::path>& inputs) {
  std::error_code ignored;
  for (const std::string& name : names) {
    const fs::path file = folder / name;
    if (!fs::exists(file, ignored)) continue;
    if (is_one_of(file, inputs))
      throw Error(ErrorCode::InvalidArgument,
                  printable_name(file) +
                      ": an input, which the inspection would replace (-o another folder)");
    if (!holds(left, name))
      throw Error(ErrorCode::InvalidArgument,
                  printable_name(file) +
                      ": exists, and no inspection left it (-o another folder, or "
                      "rename it)");
  }
}

}  // namespace

void check_folder(const fs::path& folder, bool overwrite) {
  std::error_code ignored;
  if (folder == "-")
    throw Error(
        ErrorCode::InvalidArgument,
        "-: an inspection is a folder of files (-o FOLDER, or --json for numbers on stdout)");
  if (fs::exists(folder, ignored) && !fs::is_directory(folder, ignored))
    throw Error(ErrorCode::InvalidArgument, printable_name(folder) + ": not a folder (-o FOLDER)");
  if (!overwrite && fs::exists(folder / kNumbers, ignored))
    throw Error(ErrorCode::InvalidArgument,
                printable_name(folder) + ": holds an inspection already (--overwrite replaces it)");
}

void write_folder(const fs::path& folder,
                  const std::string& title,
                  const PictureInspection& inspection,
                  bool page,
                  const std::vector<fs::path>& inputs) {
  Names names{kNumbers};
  for (const NamedPicture& picture : inspection.pictures) names.push_back(picture.name + ".png");
  if (page) names.push_back(kPage);
  Names left = files_left_in(folder);
  left.push_back(kNumbers);
  require_own(folder, names, left, inputs);

  std::error_code failed;
  fs::create_directories(folder, failed);
  if (failed)
    throw Error(ErrorCode::IoFailure,
                printable_name(folder) + ": cannot make it: " + failed.message());
  for (const std::string& name : left)
    if (!holds(names, name) && !is_one_of(folder / name, inputs)) fs::remove(folder / name, failed);
  std::vector<PagePicture> pictures;
  for (const NamedPicture& picture : inspection.pictures) {
    const fs::path file = folder / (picture.name + ".png");
    write_image(file, picture.image, FileFormat::Png);
    pictures.push_back({file, picture.caption});
  }
  auto json = nlohmann::json::parse(inspection.json);
  if (page) write_text_file(folder / kPage, page_from_inspection(title, json, pictures));
  json[kFiles] = names;
  write_text_file(folder / kNumbers, json.dump(2) + "\n");
}

}  // namespace tessera::cli
