// SPDX-License-Identifier: MIT
#include "inspect/inspection_folder.h"

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

}  // namespace

void check_folder(const fs::path& folder, bool overwrite) {
  std::error_code ignored;
  if (folder == "-")
    throw Error(
        ErrorCode::InvalidArgument,
        "-: an inspection is a folder of files (-o FOLDER, or --json for numbers on stdout)");
  if (fs::exists(folder, ignored) && !fs::is_directory(folder, ignored))
    throw Error(ErrorCode::InvalidArgument, folder.string() + ": not a folder (-o FOLDER)");
  if (!overwrite && fs::exists(folder / kNumbers, ignored))
    throw Error(ErrorCode::InvalidArgument,
                folder.string() + ": holds an inspection already (--overwrite replaces it)");
}

void write_folder(const fs::path& folder,
                  const std::string& title,
                  const PictureInspection& inspection,
                  bool page) {
  std::error_code failed;
  fs::create_directories(folder, failed);
  if (failed)
    throw Error(ErrorCode::IoFailure, folder.string() + ": cannot make it: " + failed.message());
  std::vector<PagePicture> pictures;
  for (const NamedPicture& picture : inspection.pictures) {
    const fs::path file = folder / (picture.name + ".png");
    write_image(file, picture.image, FileFormat::Png);
    pictures.push_back({file, picture.caption});
  }
  if (page)
    write_text_file(folder / "report.html",
                    page_from_inspection(title, nlohmann::json::parse(inspection.json), pictures));
  write_text_file(folder / kNumbers, inspection.json + "\n");
}

}  // namespace tessera::cli
