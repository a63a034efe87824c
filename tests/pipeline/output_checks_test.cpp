// SPDX-License-Identifier: MIT
#include "pipeline/batch/output_checks.h"

#include <doctest/doctest.h>

#include <chrono>

#include "support/temporary_folder.h"

using namespace tessera;
using test::TemporaryFolder;

TEST_SUITE("pipeline/output_checks") {
  TEST_CASE("a result as old as its input, or as what is read beside that, is up to date") {
    const TemporaryFolder folder;
    for (const char* name : {"in.png", "out.png", "mask.png"}) folder.write(name, "x");
    const auto made = std::filesystem::last_write_time(folder / "out.png");
    const auto is_up_to_date = [&](int input_seconds, int mask_seconds, bool masked) {
      std::filesystem::last_write_time(folder / "in.png",
                                       made + std::chrono::seconds(input_seconds));
      std::filesystem::last_write_time(folder / "mask.png",
                                       made + std::chrono::seconds(mask_seconds));
      pipeline::OutputRules rules;
      if (masked)
        rules.companion = [&](const std::filesystem::path&) { return folder / "mask.png"; };
      std::vector<pipeline::BatchItem> items(1);
      items[0].input = folder / "in.png";
      items[0].output = folder / "out.png";
      pipeline::mark_existing(items, ExistingOutput::UpdateOlder, rules);
      return items[0].skip_reason == "the output is up to date";
    };
    for (const int seconds : {-1, 0, 1}) {
      CHECK(is_up_to_date(seconds, 1, false) == (seconds <= 0));
      CHECK(is_up_to_date(seconds, 0, true) == (seconds <= 0));
      CHECK(is_up_to_date(0, seconds, true) == (seconds <= 0));
    }
  }
}
