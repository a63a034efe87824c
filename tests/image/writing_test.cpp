// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "image/image_files.h"

namespace tessera {
namespace {

const std::vector<FileFormat> kFormats = {FileFormat::Png, FileFormat::Jpeg, FileFormat::Tiff,
                                          FileFormat::Webp, FileFormat::Pnm};

/// While it lives, this process cannot make files longer than `bytes`.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t bytes) {
    ::getrlimit(RLIMIT_FSIZE, &old_);
    const rlimit limit{bytes, old_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~FileSizeLimit() { ::setrlimit(RLIMIT_FSIZE, &old_); }
  FileSizeLimit(const FileSizeLimit&) = delete;
  FileSizeLimit& operator=(const FileSizeLimit&) = delete;

 private:
  rlimit old_{};
};

void expect_failure(const std::optional<test::Failure>& failure, const char* reason) {
  REQUIRE(failure);
  CHECK(failure->code == ErrorCode::IoFailure);
  CHECK(failure->says(reason));
  CHECK(test::is_message(failure->text));
}

mode_t mode_of(const std::filesystem::path& file) {
  struct stat status {};
  ::stat(file.c_str(), &status);
  return status.st_mode & 07777;
}

}  // namespace

TEST_SUITE("image/atomic_file") {
  TEST_CASE("a full disk is an error with the system's reason") {
    const Image image = test::random_image(200, 100, 3, SampleType::U8, false);
    for (const FileFormat format : kFormats)
      expect_failure(test::failure_of([&] { write_image("/dev/full", image, format); }),
                     "No space left on device");
  }
  TEST_CASE("a size limit is an error, leaves nothing behind and the old file as it was") {
    const test::TemporaryFolder folder;
    const Image image = test::random_image(200, 100, 3, SampleType::U8, false);
    const test::Bytes old = test::bytes_of("older bytes");
    for (const FileFormat format : kFormats) {
      test::write_bytes(folder / "x", old);
      const auto failure = test::failure_of([&] {
        const FileSizeLimit limit(8192);
        write_image(folder / "x", image, format);
      });
      expect_failure(failure, "File too large");
      CHECK(test::read_bytes(folder / "x") == old);
      CHECK(test::entry_count(folder) == 1);
    }
  }
  TEST_CASE("a reader that went away is an error, not a signal") {
    const Image image = test::random_image(300, 300, 3, SampleType::U8, false);
    for (const FileFormat format : kFormats) {
      int ends[2];
      REQUIRE(::pipe(ends) == 0);
      ::close(ends[0]);
      expect_failure(
          test::failure_of([&] { write_image_to_descriptor(ends[1], "the pipe", image, format); }),
          "the pipe: cannot be written: Broken pipe");
      ::close(ends[1]);
    }
  }
  TEST_CASE("folders that are missing, closed or no folders are named with a remedy") {
    const test::TemporaryFolder folder;
    const Image image = test::smooth_image(3, 3, 1);
    test::write_bytes(folder / "file", test::bytes_of("x"));
    expect_failure(
        test::failure_of([&] { write_image(folder / "none/x.png", image, FileFormat::Png); }),
        "create it first");
    expect_failure(
        test::failure_of([&] { write_image(folder / "file/x.png", image, FileFormat::Png); }),
        "does not exist");
    expect_failure(test::failure_of([&] { write_image(folder.path(), image, FileFormat::Png); }),
                   "is a folder");
    expect_failure(test::failure_of([&] { write_image("/sys/x.png", image, FileFormat::Png); }),
                   "/sys/x.png: cannot be written");
  }
  TEST_CASE("mode bits follow the umask, or the file that is replaced") {
    const test::TemporaryFolder folder;
    const mode_t old = ::umask(027);
    write_image(folder / "new.png", test::smooth_image(3, 3, 1), FileFormat::Png);
    ::umask(old);
    CHECK(mode_of(folder / "new.png") == 0640);
    ::chmod((folder / "new.png").c_str(), 0604);
    write_image(folder / "new.png", test::smooth_image(4, 3, 1), FileFormat::Png);
    CHECK(mode_of(folder / "new.png") == 0604);
    CHECK(read_image(folder / "new.png").width() == 4);
  }
  TEST_CASE("a link is followed, and stays a link") {
    const test::TemporaryFolder folder;
    write_image(folder / "real.png", test::smooth_image(3, 3, 1), FileFormat::Png);
    std::filesystem::create_symlink("real.png", folder / "link.png");
    write_image(folder / "link.png", test::smooth_image(9, 3, 1), FileFormat::Png);
    CHECK(std::filesystem::is_symlink(folder / "link.png"));
    CHECK(read_image(folder / "real.png").width() == 9);
  }
}

TEST_SUITE("image/write_options") {
  TEST_CASE("a quality or level that an encoder does not know is refused") {
    const test::TemporaryFolder folder;
    const Image image = test::smooth_image(8, 8, 3);
    WriteOptions options;
    for (const int quality : {-50, 0, 101}) {
      options.jpeg_quality = quality;
      CHECK_THROWS_WITH_AS(write_image(folder / "x", image, FileFormat::Jpeg, options),
                           doctest::Contains("from 1 to 100"), Error);
    }
    for (const int level : {-1, 10}) {
      options.png_level = level;
      CHECK_THROWS_WITH_AS(write_image(folder / "x", image, FileFormat::Png, options),
                           doctest::Contains("from 0 to 9"), Error);
    }
    CHECK_FALSE(std::filesystem::exists(folder / "x"));
    CHECK_THROWS_AS(check_writable(""), Error);
  }
}

TEST_SUITE("image/names") {
  TEST_CASE("names are bytes: whatever the system allows is written, read and named") {
    const test::TemporaryFolder folder;
    const Image image = test::random_image(5, 4, 3, SampleType::U8, false);
    const std::string names[] = {"with space.png",      "[page=2].png",
                                 "a.png[Q=3]",          "a#b.png",
                                 "100%d.png",           "quote'\"`.png",
                                 "-dash.png",           "new\nline.png",
                                 "tab\t.png",           "\xFF\xFE invalid.png",
                                 "e\xCC\x81.png",       "\xC3\xA9.png",
                                 "star*?.png",          "a:b.png",
                                 "back\\slash.png",     "$HOME.png",
                                 std::string(255, 'x'), "~.png"};
    for (const std::string& name : names)
      for (const FileFormat format :
           {FileFormat::Png, FileFormat::Tiff, FileFormat::Webp, FileFormat::Pnm}) {
        CAPTURE(name);
        write_image(folder / name, image, format);
        CHECK(test::same_pixels(image, read_image(folder / name)));
        CHECK(test::entry_count(folder) == 1);
        write_image(folder / name, image, FileFormat::Png);
        test::write_bytes(folder / name, test::bytes_of("no picture"));
        CHECK(test::is_message(test::reading_failure(folder / name)->text));
        std::filesystem::remove(folder / name);
      }
  }
  TEST_CASE("an empty picture is refused for every format, and so is no descriptor") {
    const test::TemporaryFolder folder;
    for (const FileFormat format : kFormats) {
      const auto failure = test::failure_of([&] { write_image(folder / "x", Image(), format); });
      REQUIRE(failure);
      CHECK(failure->code == ErrorCode::InvalidArgument);
      CHECK(failure->says("the picture is empty"));
      CHECK(test::entry_count(folder) == 0);
    }
    expect_failure(test::failure_of([] { read_image_from_descriptor(-1, "x"); }),
                   "x: cannot be read: Bad file descriptor");
  }
  TEST_CASE("a sample above the white of its picture is white where white is full scale") {
    const test::TemporaryFolder folder;
    for (const SampleType type : {SampleType::U8, SampleType::U16}) {
      Image image(2, 1, 1, type);
      image.set_max_value(100.0F);
      image::with_sample_type(type, [&]<typename T>(T) {
        image.colour_row<T>(0)[0] = T{200};
        image.colour_row<T>(0)[1] = T{50};
      });
      write_image(folder / "x.png", image, FileFormat::Png);
      const Image back = read_image(folder / "x.png");
      image::with_sample_type(type, [&]<typename T>(T) {
        CHECK(back.colour_row<T>(0)[0] == back.max_value());
        CHECK(back.colour_row<T>(0)[1] == std::lround(back.max_value() / 2));
      });
    }
  }
  TEST_CASE("floats on another scale are written with white at 1, and that is told") {
    const test::TemporaryFolder folder;
    Image image(2, 1, 1, SampleType::F32, true);
    image.set_max_value(200.0F);
    image.colour_row<float>(0)[0] = 250.0F;
    image.colour_row<float>(0)[1] = 50.0F;
    image.alpha_row<float>(0)[1] = 100.0F;
    const auto warnings = write_image(folder / "x.tif", image, FileFormat::Tiff);
    REQUIRE(warnings.size() == 1);
    CHECK(warnings[0] == "samples are scaled from 0..200 to 0..1");
    const Image back = read_image(folder / "x.tif");
    CHECK(back.colour_row<float>(0)[0] == 1.25F);
    CHECK(back.colour_row<float>(0)[1] == 0.25F);
    CHECK(back.alpha_row<float>(0)[1] == 0.5F);
  }
  TEST_CASE("long paths work as far as the system goes") {
    const test::TemporaryFolder folder;
    std::filesystem::path deep = folder.path();
    while (deep.native().size() < 1500) deep /= std::string(200, 'd');
    std::filesystem::create_directories(deep);
    const Image image = test::smooth_image(3, 2, 1);
    write_image(deep / "x.png", image, FileFormat::Png);
    CHECK(test::same_pixels(image, read_image(deep / "x.png")));
  }
  TEST_CASE("control bytes in a name are shown, not sent to the terminal") {
    const auto failure = test::reading_failure("no\nsuch\x1B[31m.png");
    REQUIRE(failure);
    CHECK(failure->says("'no\\nsuch\\x1B[31m.png': not found"));
  }
}

}  // namespace tessera
