// SPDX-License-Identifier: MIT
#include "pipeline/batch/batch.h"

#include <doctest/doctest.h>

#include <optional>
#include <set>
#include <string>

#include "support/error_code.h"
#include "support/pictures.h"
#include "support/temporary_folder.h"
#include "tessera/error.h"

using namespace tessera;
using pipeline::BatchItem;
using test::TemporaryFolder;

namespace {

std::vector<std::string> relative_names(const pipeline::BatchInputs& inputs) {
  std::vector<std::string> names;
  for (const auto& picture : inputs.pictures) names.push_back(picture.relative.string());
  return names;
}

std::vector<BatchItem> plan(const BatchOptions& options, const pipeline::OutputRules& rules = {}) {
  const pipeline::BatchInputs inputs = pipeline::find_inputs(options);
  std::vector<BatchItem> items = plan_outputs(inputs, options, rules);
  prepare_outputs(items, inputs, options, {});
  return items;
}

ErrorCode planning_error(const BatchOptions& options, const pipeline::OutputRules& rules = {}) {
  return test::code_of([&] { plan(options, rules); });
}

/// Work that copies pictures and fails for those one pixel wide.
pipeline::FileWork copy_work() {
  pipeline::FileWork work;
  work.result_size = [](ImageSize size) { return size; };
  work.restore = [](const BatchItem&, const Image& picture, const ExecutionOptions&, FileOutcome&) {
    if (picture.width() == 1) throw Error(ErrorCode::BadImage, "too narrow");
    return picture.clone();
  };
  return work;
}

std::optional<ErrorCode> running_error(const BatchOptions& options) {
  try {
    pipeline::run_batch(options, copy_work(), {.threads = 1}, {});
  } catch (const Error& error) {
    return error.code();
  }
  return std::nullopt;
}

}  // namespace

TEST_SUITE("pipeline/batch") {
  TEST_CASE(
      "a folder gives its pictures in byte order, without hidden files, links to folders, junk") {
    const TemporaryFolder folder;
    for (const char* name : {"b.png", "a.png", "B.PNG", ".hidden.png", "Thumbs.db", "desktop.ini",
                             "notes.txt", "sub/c.png", "sub/deep/d.tif", ".git/e.png"})
      folder.write(name, "x");
    std::filesystem::create_directory_symlink(folder.path(), folder / "sub/loop");
    std::filesystem::create_symlink(folder / "a.png", folder / "link.png");
    BatchOptions options{.inputs = {folder.path()}};
    const auto flat = pipeline::find_inputs(options);
    CHECK(relative_names(flat) == std::vector<std::string>{"B.PNG", "a.png", "b.png", "link.png"});
    CHECK(flat.other.size() == 1);
    options.recursive = true;
    CHECK(relative_names(pipeline::find_inputs(options)) ==
          std::vector<std::string>{"B.PNG", "a.png", "b.png", "link.png", "sub/c.png",
                                   "sub/deep/d.tif"});
  }

  TEST_CASE("a picture that is named in several ways is there once") {
    const TemporaryFolder folder;
    for (const char* name : {"a.png", "b.png", "sub/c.png"}) folder.write(name, "x");
    const BatchOptions options{
        .inputs = {folder / "a.png", folder / "./a.png", folder / "sub/../a.png", folder.path()}};
    CHECK(relative_names(pipeline::find_inputs(options)) ==
          std::vector<std::string>{"a.png", "b.png"});
  }

  TEST_CASE("a folder without pictures is nothing to do, unless that is allowed") {
    const TemporaryFolder folder;
    folder.write("notes.txt", "x");
    BatchOptions options{.inputs = {folder.path()}, .output = folder / "out"};
    CHECK(planning_error(options) == ErrorCode::NothingToDo);
    options.allow_empty = true;
    CHECK(plan(options).empty());
  }

  TEST_CASE("every picture is in exactly one shard, in order") {
    std::vector<std::string> pictures;
    for (int i = 0; i < 10; ++i) pictures.push_back(std::to_string(i));
    for (const int count : {1, 2, 3, 7, 10, 13}) {
      std::vector<std::string> joined;
      for (int index = 1; index <= count; ++index) {
        std::vector<std::string> shard = pictures;
        pipeline::keep_shard(shard, index, count);
        joined.insert(joined.end(), shard.begin(), shard.end());
      }
      CHECK(joined.size() == 10);
      CHECK(std::is_sorted(joined.begin(), joined.end()));
    }
    CHECK_THROWS_AS(pipeline::keep_shard(pictures, 3, 2), Error);
    CHECK_THROWS_AS(pipeline::keep_shard(pictures, 0, 2), Error);
  }

  TEST_CASE("what the whole list would mix up or destroy is refused in every shard") {
    const TemporaryFolder folder;
    std::filesystem::create_directory(folder / "in");
    for (const char* name : {"in/x.png", "in/x.tif"})
      write_image(folder / name, test::random_picture(4, 4, 1, SampleType::U8, 1),
                  format_from_suffix(name));
    const auto before = std::filesystem::last_write_time(folder / "in/x.png");
    for (const int shard : {1, 2}) {
      BatchOptions options{.inputs = {folder / "in"},
                           .output = folder / "out",
                           .existing = ExistingOutput::Skip,
                           .format = "png",
                           .shard_index = shard,
                           .shard_count = 2};
      CHECK(running_error(options) == ErrorCode::InvalidArgument);  // two results, one name
      CHECK_FALSE(std::filesystem::exists(folder / "out"));
      options.output = folder / "in";
      options.existing = ExistingOutput::Overwrite;
      CHECK(running_error(options) == ErrorCode::InvalidArgument);  // x.tif's result is x.png
    }
    CHECK(std::filesystem::last_write_time(folder / "in/x.png") == before);
  }

  TEST_CASE("every shard tells of its own skipped files, and meets its own results alone") {
    const TemporaryFolder folder;
    for (const char* name : {"in/a.txt", "in/b.txt", "in/c.txt"}) folder.write(name, "x");
    for (const char* name : {"in/1.png", "in/2.png"})
      write_image(folder / name, test::random_picture(4, 4, 1, SampleType::U8, 1), FileFormat::Png);
    int done = 0, skipped = 0;
    for (const int shard : {1, 2}) {
      const BatchOptions options{.inputs = {folder / "in"},
                                 .output = folder / "out",
                                 .shard_index = shard,
                                 .shard_count = 2};
      const BatchSummary summary = pipeline::run_batch(options, copy_work(), {.threads = 1}, {});
      done += summary.done;
      skipped += summary.skipped;
    }
    CHECK(done == 2);
    CHECK(skipped == 3);
  }

  TEST_CASE("results keep relative names; suffix and format follow the rules") {
    const TemporaryFolder folder;
    for (const char* name : {"in/a.k.png", "in/sub/b.pgm", "in/c.gif"}) folder.write(name, "x");
    folder.write("in/d.pam", "x");  // of a folder only what can be read is taken
    BatchOptions options{.inputs = {folder / "in"}, .output = folder / "out", .recursive = true};
    auto items = plan(options, {.makes_colour = true});
    REQUIRE(items.size() == 3);
    CHECK(items[0].output == folder / "out/a.k.png");
    CHECK(items[1].output == folder / "out/c.png");
    CHECK(items[2].output == folder / "out/sub/b.ppm");
    CHECK(plan(options)[2].output == folder / "out/sub/b.pgm");
    options.format = "tif";
    CHECK(plan(options)[0].output == folder / "out/a.k.tif");
    CHECK(plan(options)[0].format == FileFormat::Tiff);
  }

  TEST_CASE("one file goes to a file, into an existing folder, or into one with a slash") {
    const TemporaryFolder folder;
    folder.write("a.png", "x");
    folder.write("there/x.txt", "x");
    BatchOptions options{.inputs = {folder / "a.png"}, .output = folder / "b.tif"};
    CHECK(plan(options)[0].output == folder / "b.tif");
    CHECK(plan(options)[0].format == FileFormat::Tiff);
    options.output = folder / "there";
    CHECK(plan(options)[0].output == folder / "there/a.png");
    options.output = folder / "new/";
    CHECK(plan(options)[0].output == folder / "new/a.png");
    options.output = folder / "b.xyz";
    CHECK(planning_error(options) == ErrorCode::InvalidArgument);
    options.output = "-";
    CHECK(planning_error(options) == ErrorCode::InvalidArgument);
    options.format = "png";
    CHECK(plan(options)[0].output == "-");
  }

  TEST_CASE("what would destroy or mix up files is refused before any work") {
    const TemporaryFolder folder;
    for (const char* name : {"a.jpg", "a.k.png", "a.png", "out/a.png"}) folder.write(name, "x");
    BatchOptions options{.inputs = {folder.path()}, .output = folder / "new", .format = "png"};
    CHECK(planning_error(options) == ErrorCode::InvalidArgument);  // a.jpg and a.png
    options = {.inputs = {folder / "a.png", folder / "a.k.png"}, .output = folder / "out"};
    CHECK(planning_error(options) == ErrorCode::InvalidArgument);  // exists
    options.existing = ExistingOutput::Overwrite;
    CHECK(plan(options).size() == 2);
    options.existing = ExistingOutput::Skip;
    CHECK_FALSE(plan(options)[1].skip_reason.empty());
    options.output = folder / "a.jpg";
    CHECK(planning_error(options) == ErrorCode::InvalidArgument);  // two results, one file
  }

  TEST_CASE("an output that is an input is found through links and other spellings") {
    const TemporaryFolder folder;
    folder.write("a.png", "x");
    folder.write("sub/x", "x");
    std::filesystem::create_symlink(folder / "a.png", folder / "soft.png");
    std::filesystem::create_hard_link(folder / "a.png", folder / "hard.png");
    for (const char* name : {"a.png", "sub/../a.png", "new/../a.png", "soft.png", "hard.png"}) {
      BatchOptions options{.inputs = {folder / "a.png"}, .output = folder / name};
      CHECK(planning_error(options) == ErrorCode::InvalidArgument);
      options.in_place = true;
      CHECK(plan(options).size() == 1);
    }
    const BatchOptions other{.inputs = {folder / "sub/x"}, .output = folder / "a.png"};
    CHECK(planning_error(other, {.protected_files = {folder / "soft.png"}}) ==
          ErrorCode::InvalidArgument);
    CHECK(planning_error({.inputs = {folder / "a.png"}, .output = folder / "sub/x/y.png"}) ==
          ErrorCode::IoFailure);
  }

  TEST_CASE("--update redoes what is older than its input") {
    const TemporaryFolder folder;
    folder.write("in/a.png", "x");
    folder.write("out/a.png", "x");
    BatchOptions options{.inputs = {folder / "in"},
                         .output = folder / "out",
                         .existing = ExistingOutput::UpdateOlder};
    CHECK_FALSE(plan(options)[0].skip_reason.empty());
    using std::chrono::hours;
    std::filesystem::last_write_time(folder / "in/a.png",
                                     std::filesystem::file_time_type::clock::now() + hours(1));
    CHECK(plan(options)[0].skip_reason.empty());
  }

  TEST_CASE("one bad file costs itself alone, for any number of threads") {
    const TemporaryFolder folder;
    std::filesystem::create_directory(folder / "in");
    for (int i = 0; i < 9; ++i)
      write_image(folder / "in" / (std::to_string(i) + ".png"),
                  test::random_picture(i == 4 ? 1 : 5, 3, 3, SampleType::U8, i), FileFormat::Png);
    folder.write("in/broken.png", "no picture");
    for (const int threads : {1, 2, 3, 8}) {
      const auto out = folder / "out" / std::to_string(threads);
      const BatchOptions options{
          .inputs = {folder / "in"}, .output = out, .failed_list = folder / "failed.txt"};
      int last = 0, total = 0;
      const BatchObserver observer{.started = [&](int count) { total = count; },
                                   .file_finished =
                                       [&](const FileOutcome&, int finished, int) {
                                         CHECK(finished == last + 1);
                                         last = finished;
                                       },
                                   .cancelled = {}};
      const BatchSummary summary =
          pipeline::run_batch(options, copy_work(), {.threads = threads}, observer);
      CHECK(summary.done == 8);
      CHECK(summary.failed == 2);
      CHECK(total == 10);
      CHECK(last == 10);
      CHECK(summary.files[4].message.find("4.png: too narrow") != std::string::npos);
      CHECK(summary.files[4].error == ErrorCode::BadImage);
      CHECK_FALSE(std::filesystem::exists(out / "4.png"));
      CHECK(std::filesystem::exists(out / "8.png"));
      CHECK(std::filesystem::file_size(folder / "failed.txt") ==
            2 * (folder / "in/").string().size() + std::string("broken.png\n4.png\n").size());
    }
  }

  TEST_CASE("fail_fast stops, a dry run writes nothing") {
    const TemporaryFolder folder;
    for (const char* name : {"a", "b", "c"})
      write_image(folder / (std::string(name) + ".png"),
                  test::random_picture(name[0] == 'a' ? 1 : 4, 4, 1, SampleType::U8, 1),
                  FileFormat::Png);
    BatchOptions options{.inputs = {folder.path()}, .output = folder / "out", .fail_fast = true};
    const BatchSummary stopped = pipeline::run_batch(options, copy_work(), {.threads = 1}, {});
    CHECK(stopped.failed == 1);
    CHECK(stopped.files.size() == 1);
    CHECK_FALSE(std::filesystem::exists(folder / "out"));
    options.dry_run = true;
    folder.write("lists/failed.txt", "kept\n");
    options.failed_list = folder / "lists/failed.txt";
    const BatchSummary planned = pipeline::run_batch(options, copy_work(), {.threads = 1}, {});
    CHECK(planned.files.size() == 3);
    CHECK(planned.files[1].state == FileOutcome::State::Planned);
    CHECK(planned.files[1].width == 4);
    CHECK(std::filesystem::file_size(options.failed_list) == 5);
    CHECK_FALSE(std::filesystem::exists(folder / "out"));
  }
}
