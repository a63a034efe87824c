// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <map>
#include <mutex>
#include <string>
#include <thread>

#include "pipeline/batch/batch.h"
#include "pipeline/tiles/memory.h"
#include "support/pictures.h"
#include "support/temporary_folder.h"
#include "tessera/error.h"

using namespace tessera;
using test::TemporaryFolder;

namespace {

constexpr std::int64_t kBudget = 1000;

/// Eight pictures for two threads; every fourth is 6 pixels wide, the others 5.
void fill_folder(const TemporaryFolder& folder) {
  std::filesystem::create_directory(folder / "in");
  for (int i = 0; i < 8; ++i)
    write_image(folder / "in" / (std::to_string(i) + ".png"),
                test::random_picture(i % 4 == 1 ? 6 : 5, 3, 1, SampleType::U8, 1), FileFormat::Png);
}

/// What pictures in work may use together, at its highest.
class Together {
 public:
  void add(std::int64_t bytes) {
    const std::lock_guard lock(mutex_);
    highest_ = std::max(highest_, now_ += bytes);
  }
  std::int64_t highest() const { return highest_; }

 private:
  std::mutex mutex_;
  std::int64_t now_ = 0, highest_ = 0;
};

BatchSummary run(const TemporaryFolder& folder,
                 std::int64_t memory,
                 const std::function<void(const Image&, const ExecutionOptions&)>& use) {
  pipeline::FileWork work;
  work.result_size = [](ImageSize size) { return size; };
  work.restore = [&use](const pipeline::BatchItem&, const Image& picture,
                        const ExecutionOptions& execution, FileOutcome&) {
    use(picture, execution);
    return picture.clone();
  };
  return pipeline::run_batch({.inputs = {folder / "in"}, .output = folder / "out"}, work,
                             {.threads = 2, .max_memory = memory}, {});
}

}  // namespace

TEST_SUITE("pipeline/batch_memory") {
  TEST_CASE("a picture too large for its share gets all memory, and the others then have none") {
    const TemporaryFolder folder;
    fill_folder(folder);
    Together together;
    const auto summary =
        run(folder, kBudget, [&](const Image& picture, const ExecutionOptions& execution) {
          together.add(execution.max_memory);
          const bool fits = picture.width() == 5 || execution.max_memory >= kBudget * 3 / 4;
          std::this_thread::sleep_for(std::chrono::milliseconds(fits ? 20 : 0));
          together.add(-execution.max_memory);
          if (!fits) pipeline::require_memory(kBudget * 3 / 4, execution.max_memory, "a picture");
        });
    CHECK(summary.done == 8);
    CHECK(together.highest() == kBudget);
  }

  TEST_CASE("what more memory does not help is not tried again") {
    const TemporaryFolder folder;
    fill_folder(folder);
    std::atomic<int> tries{0};
    const auto summary = run(folder, kBudget, [&](const Image& picture, const ExecutionOptions&) {
      if (picture.width() == 5) return;
      ++tries;
      throw Error(ErrorCode::Refused, "a picture of more pixels than are allowed");
    });
    CHECK(summary.failed == 2);
    CHECK(tries == 2);
  }

  TEST_CASE("the share of too little memory is little, not what the machine has") {
    const TemporaryFolder folder;
    fill_folder(folder);
    std::atomic<std::int64_t> most{0};
    std::atomic<int> pictures{0};
    run(folder, 1, [&](const Image&, const ExecutionOptions& execution) {
      ++pictures;
      if (pipeline::memory_budget(execution) > 1) most = pipeline::memory_budget(execution);
    });
    CHECK(pictures == 8);
    CHECK(most == 0);
  }
}
