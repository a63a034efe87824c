// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>

#include "random_checkpoint.h"
#include "support/temporary_folder.h"
#include "tessera/error.h"
#include "tessera/model.h"

namespace {

namespace fs = std::filesystem;
using namespace tessera;

/// Sets an environment variable until the end of the scope.
class ScopedVariable {
 public:
  ScopedVariable(const char* name, const std::string& value) : name_(name) {
    if (const char* before = std::getenv(name)) before_ = before, had_ = true;
    setenv(name, value.c_str(), 1);
  }
  ~ScopedVariable() {
    if (had_)
      setenv(name_, before_.c_str(), 1);
    else
      unsetenv(name_);
  }

 private:
  const char* name_;
  std::string before_;
  bool had_ = false;
};

void touch(const fs::path& file) {
  fs::create_directories(file.parent_path());
  std::ofstream(file) << "x";
}

}  // namespace

TEST_SUITE("model/model_search") {
  TEST_CASE("models are found by path, then TESSERA_MODEL_PATH, then XDG folders") {
    const test::TemporaryFile root("search with space");
    const fs::path own = root.path / "own", home = root.path / "data", site = root.path / "site";
    touch(own / "a.safetensors");
    touch(home / "tessera/models/a.safetensors");
    touch(home / "tessera/models/b/model.safetensors");
    touch(site / "tessera/models/c.safetensors");
    const ScopedVariable path("TESSERA_MODEL_PATH", "/nonexistent::" + own.string());
    const ScopedVariable data_home("XDG_DATA_HOME", home.string());
    const ScopedVariable data_dirs("XDG_DATA_DIRS", "relative:" + site.string());

    CHECK(find_model("a") == own / "a.safetensors");
    CHECK(find_model("b") == home / "tessera/models/b/model.safetensors");
    CHECK(find_model("c") == site / "tessera/models/c.safetensors");
    CHECK(find_model((home / "tessera/models/b").string()) ==
          home / "tessera/models/b/model.safetensors");
    const auto models = list_models();
    CHECK(std::count_if(models.begin(), models.end(),
                        [](const ModelEntry& entry) { return entry.name == "a"; }) == 1);
    fs::remove_all(root.path);
  }

  TEST_CASE("a bare name is a path only where a model lies, not where a folder has its name") {
    const test::TemporaryFile root("search here");
    touch(root.path / "own/demosaic.safetensors");
    fs::create_directories(root.path / "here/demosaic");
    const ScopedVariable path("TESSERA_MODEL_PATH", (root.path / "own").string());
    const fs::path before = fs::current_path();
    fs::current_path(root.path / "here");
    CHECK(find_model("demosaic") == root.path / "own/demosaic.safetensors");
    CHECK_THROWS_AS(find_model("./demosaic"), Error);
    touch("demosaic/model.safetensors");
    CHECK(find_model("demosaic") == "demosaic/model.safetensors");
    fs::remove_all("demosaic");
    touch("./demosaic");
    CHECK(find_model("demosaic") == "demosaic");
    fs::current_path(before);
    fs::remove_all(root.path);
  }

  TEST_CASE("a model in a folder of its own is called as the folder, every other as its file") {
    CHECK(name_of_model("models/denoise-color/model.safetensors") == "denoise-color");
    CHECK(name_of_model("v1.2/model.safetensors") == "v1.2");
    CHECK(name_of_model("models/a.safetensors") == "a.safetensors");
    CHECK(name_of_model("denoise-color") == "denoise-color");
    for (const char* file :
         {"model.safetensors", "./model.safetensors", "../model.safetensors", "/model.safetensors"})
      CHECK(name_of_model(file) == "model.safetensors");
  }
  TEST_CASE("a model that is nowhere is an error that lists the places tried") {
    const ScopedVariable path("TESSERA_MODEL_PATH", "/first/place");
    try {
      find_model("no-such-model");
      FAIL("found");
    } catch (const Error& error) {
      CHECK(error.code() == ErrorCode::BadCheckpoint);
      CHECK(std::string(error.what()).find("/first/place") != std::string::npos);
    }
    CHECK_THROWS_AS(find_model("./no/such/file.safetensors"), Error);
  }
}
