// SPDX-License-Identifier: MIT
#include "pipeline/batch/companion_pictures.h"

#include <doctest/doctest.h>

#include "base/memory_refusal.h"
#include "support/error_code.h"
#include "support/pictures.h"
#include "support/temporary_folder.h"

using namespace tessera;
using pipeline::CompanionPictures;
using test::TemporaryFolder;

namespace {

/// A folder of two masks, and one mask of its own.
void write_masks(const TemporaryFolder& folder) {
  std::filesystem::create_directory(folder / "masks");
  for (const char* name : {"masks/a.png", "masks/b.png", "single.png"})
    write_image(folder / name, test::half_mask(3, 2), FileFormat::Png);
}

}  // namespace

TEST_SUITE("pipeline/companion_pictures") {
  TEST_CASE("a refusal for memory stays one, and says with which companion, in folders and alone") {
    const TemporaryFolder folder;
    write_masks(folder);
    for (const char* name : {"masks", "single.png"}) {
      const CompanionPictures masks("mask", folder / name, {});
      const std::string companion = name == std::string("masks") ? "masks/a.png" : name;
      CHECK_THROWS_WITH_AS(
          masks.with_companion("in/a.png",
                               [](const Image&) -> Image { throw base::MemoryRefusal("no room"); }),
          ("no room (mask " + (folder / companion).string() + ")").c_str(), base::MemoryRefusal);
    }
  }

  TEST_CASE("another error keeps its kind, and is no refusal for memory") {
    const TemporaryFolder folder;
    write_masks(folder);
    const CompanionPictures masks("mask", folder / "masks", {});
    for (const ErrorCode code : {ErrorCode::Refused, ErrorCode::BadImage}) {
      try {
        masks.with_companion("b.png", [code](const Image&) -> Image { throw Error(code, "no"); });
        FAIL("no error");
      } catch (const base::MemoryRefusal&) {
        FAIL("a refusal for memory");
      } catch (const Error& error) {
        CHECK(error.code() == code);
        CHECK(test::mentions(error.what(), "b.png"));
      }
    }
  }
}
