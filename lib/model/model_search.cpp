// SPDX-License-Identifier: MIT
#include <dlfcn.h>

#include <algorithm>
#include <cstdlib>
#include <set>

#include "tessera/error.h"
#include "tessera/model.h"

namespace tessera {
namespace {

namespace fs = std::filesystem;

constexpr const char* kSuffix = ".safetensors";
/// A model in a folder of its own.
constexpr const char* kInFolder = "model.safetensors";

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value ? value : "";
}

/// The non-empty parts of a colon list.
std::vector<fs::path> split_colons(const std::string& list) {
  std::vector<fs::path> parts;
  std::size_t start = 0;
  while (start <= list.size()) {
    const std::size_t end = std::min(list.find(':', start), list.size());
    if (end > start) parts.emplace_back(list.substr(start, end - start));
    start = end + 1;
  }
  return parts;
}

/// The file that holds model `name` in `folder`, or nothing.
fs::path model_in(const fs::path& folder, const std::string& name) {
  std::error_code ignored;
  for (const fs::path& file : {folder / (name + kSuffix), folder / name / kInFolder})
    if (fs::is_regular_file(file, ignored)) return file;
  return {};
}

/// The model file that a path means: the file itself, or the one in this folder; or nothing.
fs::path model_at(const fs::path& path) {
  std::error_code ignored;
  for (const fs::path& file : {path, path / kInFolder})
    if (fs::is_regular_file(file, ignored)) return file;
  return {};
}

/// The folder of an installed library's own prefix, which is not always that of the program:
/// <prefix>/lib or <prefix>/lib/<architecture>.
void add_beside_library(std::vector<fs::path>& folders) {
  Dl_info library{};
  if (dladdr(reinterpret_cast<const void*>(&model_at), &library) == 0) return;
  std::error_code ignored;
  const fs::path folder = fs::absolute(library.dli_fname, ignored).parent_path();
  for (const fs::path& prefix : {folder / "..", folder / ".." / ".."}) {
    const fs::path models = (prefix / "share" / "tessera" / "models").lexically_normal();
    if (fs::is_directory(models, ignored) &&
        std::find(folders.begin(), folders.end(), models) == folders.end())
      folders.push_back(models);
  }
}

/// The models of one folder, as list_models names them.
std::vector<ModelEntry> models_of(const fs::path& folder) {
  std::vector<ModelEntry> entries;
  std::error_code ended, ignored;
  // What cannot be read ends the list.
  for (fs::directory_iterator item(folder, ended), end; !ended && item != end;
       item.increment(ended)) {
    const fs::path file = item->path();
    if (item->is_regular_file(ignored) && file.extension() == kSuffix)
      entries.push_back({file.stem().string(), file});
    else if (const fs::path inner = model_in(folder, file.filename().string()); !inner.empty())
      entries.push_back({file.filename().string(), inner});
  }
  std::sort(entries.begin(), entries.end(),
            [](const ModelEntry& a, const ModelEntry& b) { return a.name < b.name; });
  return entries;
}

}  // namespace

std::vector<fs::path> model_search_path() {
  std::vector<fs::path> folders = split_colons(environment("TESSERA_MODEL_PATH"));
  // Relative paths in XDG variables are ignored, as the XDG base directory specification demands.
  const auto add_xdg = [&folders](const fs::path& base) {
    if (base.is_absolute()) folders.push_back(base / "tessera" / "models");
  };
  const std::string data_home = environment("XDG_DATA_HOME"), home = environment("HOME");
  add_xdg(!data_home.empty() ? fs::path(data_home) : fs::path(home) / ".local" / "share");
  const std::string data_dirs = environment("XDG_DATA_DIRS");
  for (const fs::path& folder :
       split_colons(data_dirs.empty() ? "/usr/local/share:/usr/share" : data_dirs))
    add_xdg(folder);
  std::error_code failed;
  const fs::path executable = fs::read_symlink("/proc/self/exe", failed);
  if (!failed) {
    const fs::path folder = executable.parent_path();
    folders.push_back((folder / ".." / "share" / "tessera" / "models").lexically_normal());
    // A build tree lies inside the source tree: <source>/build/apps/<program>.
    if (fs::exists(folder / ".." / "CMakeCache.txt", failed))
      folders.push_back((folder / ".." / ".." / "models").lexically_normal());
  }
  add_beside_library(folders);
  return folders;
}

fs::path find_model(const std::string& name) {
  if (const fs::path file = model_at(name); !file.empty()) return file;
  // A folder of results may well have the name of a model.
  if (name.find('/') != std::string::npos)
    throw Error(ErrorCode::BadCheckpoint, printable_name(name) + ": no such model file");
  std::string tried;
  for (const fs::path& folder : model_search_path()) {
    if (const fs::path file = model_in(folder, name); !file.empty()) return file;
    tried += (tried.empty() ? "" : ", ") + folder.string();
  }
  throw Error(ErrorCode::BadCheckpoint, printable_name(name) + ": no such model (looked in " +
                                            tried +
                                            "; interpolate --list-models shows what there is)");
}

std::string name_of_model(const fs::path& file) {
  const fs::path folder = file.parent_path().filename();
  const bool is_named = !folder.empty() && folder != "." && folder != "..";
  return file.filename() == kInFolder && is_named ? folder.string() : file.filename().string();
}

std::vector<ModelEntry> list_models() {
  std::vector<ModelEntry> all;
  std::set<std::string> seen;
  for (const fs::path& folder : model_search_path())
    for (ModelEntry& entry : models_of(folder))
      if (seen.insert(entry.name).second) all.push_back(std::move(entry));
  return all;
}

}  // namespace tessera
