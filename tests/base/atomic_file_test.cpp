// SPDX-License-Identifier: MIT
#include "base/files/atomic_file.h"

#include <doctest/doctest.h>
#include <grp.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "support/temporary_folder.h"
#include "tessera/error.h"

namespace tessera {
namespace {

std::size_t entries(const test::TemporaryFolder& folder) {
  return static_cast<std::size_t>(
      std::distance(std::filesystem::directory_iterator(folder.path()), {}));
}

}  // namespace

TEST_SUITE("base/atomic_file") {
  TEST_CASE("a file that is replaced leaves its owner and what users attached to it") {
    const test::TemporaryFolder folder;
    const std::string file = (folder / "file").string();
    const auto write = [&file] { base::AtomicFile(file).commit(); };
    write();
    // Not on every file system.
    const bool attached = ::setxattr(file.c_str(), "user.rating", "5", 1, 0) == 0 &&
                          ::setxattr(file.c_str(), "user.none", "", 0, 0) == 0;
    const bool is_root = ::geteuid() == 0;
    if (is_root) REQUIRE(::chown(file.c_str(), 1234, 555) == 0);
    ::chmod(file.c_str(), 04750);
    struct stat before {
    }, after{};
    REQUIRE(::stat(file.c_str(), &before) == 0);
    write();
    REQUIRE(::stat(file.c_str(), &after) == 0);
    CHECK(after.st_ino != before.st_ino);
    CHECK(after.st_uid == before.st_uid);
    CHECK(after.st_gid == before.st_gid);
    CHECK(after.st_mode == before.st_mode);
    if (!attached) return;
    char value[4] = {};
    CHECK(::getxattr(file.c_str(), "user.rating", value, sizeof value) == 1);
    CHECK(value[0] == '5');
    CHECK(::getxattr(file.c_str(), "user.none", value, sizeof value) == 0);
  }
  TEST_CASE("another group gets no rights that others had not, another owner no set-id bits") {
    if (::geteuid() != 0) {
      MESSAGE("not tested: only root can make files of others");
      return;
    }
    const test::TemporaryFolder folder;
    ::chmod(folder.path().c_str(), 0777);
    const std::string file = (folder / "file").string();
    for (const auto& [mode, expected] :
         {std::pair<mode_t, mode_t>(06770, 0700), {0654, 0644}, {0666, 0666}, {0606, 0606}}) {
      std::filesystem::remove(file);
      base::AtomicFile(file).commit();
      REQUIRE(::chown(file.c_str(), 1234, 555) == 0);
      REQUIRE(::chmod(file.c_str(), mode) == 0);
      const pid_t child = ::fork();
      if (child == 0) {
        if (::setgroups(0, nullptr) != 0 || ::setgid(777) != 0 || ::setuid(4321) != 0) ::_exit(1);
        base::AtomicFile(file).commit();
        ::_exit(0);
      }
      int status = -1;
      REQUIRE(::waitpid(child, &status, 0) == child);
      REQUIRE(status == 0);
      struct stat after {};
      REQUIRE(::stat(file.c_str(), &after) == 0);
      CHECK(after.st_uid == 4321);
      CHECK(after.st_gid == 777);
      CHECK((after.st_mode & 07777) == expected);
    }
  }
  TEST_CASE("a reader that went away is an error, not a signal") {
    int ends[2];
    REQUIRE(::pipe(ends) == 0);
    ::close(ends[0]);
    base::AtomicFile file("/dev/fd/" + std::to_string(ends[1]));
    CHECK_THROWS_AS(file.write("text"), Error);
    ::close(ends[1]);
  }
  TEST_CASE("what is in progress has no name in its folder, and what is done has its mode") {
    const test::TemporaryFolder folder;
    const auto write = [&folder](char byte) {
      base::AtomicFile file(folder / "file");
      REQUIRE(::write(file.descriptor(), &byte, 1) == 1);
      // Only where the file system has no files without names does one stand there.
      const std::size_t before = entries(folder);
      file.commit();
      return before;
    };
    CHECK(write('a') == 0);
    ::chmod((folder / "file").c_str(), 0604);
    CHECK(write('b') == 1);
    CHECK(entries(folder) == 1);
    struct stat status {};
    REQUIRE(::stat((folder / "file").c_str(), &status) == 0);
    CHECK((status.st_mode & 07777) == 0604);
    CHECK(std::filesystem::file_size(folder / "file") == 1);
    { base::AtomicFile abandoned(folder / "other"); }
    CHECK(entries(folder) == 1);
  }
  TEST_CASE("only old files with the names of temporary ones count as abandoned") {
    const test::TemporaryFolder folder;
    const std::string old = ".tessera-0123456789abcdef.tmp";
    const std::string names[] = {old, ".tessera-fedcba9876543210.tmp",
                                 ".tessera-0123456789abcdef.tmp.png",
                                 ".tessera-0123456789ABCDEF.tmp", ".tessera-0123.tmp"};
    const auto day_ago = std::filesystem::file_time_type::clock::now() - base::kAbandonedAge;
    for (const std::string& name : names) {
      std::ofstream(folder / name) << "half a picture";
      if (name != names[1])
        std::filesystem::last_write_time(folder / name, day_ago - std::chrono::minutes(1));
    }
    std::filesystem::create_directory(folder / ".tessera-00000000000000aa.tmp");
    CHECK(base::remove_abandoned_files(folder.path()) == 1);
    CHECK_FALSE(std::filesystem::exists(folder / old));
    CHECK(entries(folder) == 5);
    CHECK(base::remove_abandoned_files(folder / "absent") == 0);
  }
  TEST_CASE("what is in progress can be removed from a signal handler; what is done cannot") {
    const test::TemporaryFolder folder;
    {
      using Progress = base::AtomicFile::Progress;
      base::AtomicFile done(folder / "done", Progress::Named);
      base::AtomicFile open(folder / "open", Progress::Named);
      CHECK(entries(folder) == 2);
      done.commit();
      base::remove_files_in_progress();
      CHECK(entries(folder) == 1);
      CHECK(std::filesystem::exists(folder / "done"));
      CHECK_THROWS_AS(open.commit(), Error);
    }
    for (int i = 0; i < 300; ++i) base::AtomicFile abandoned(folder / "abandoned");
    for (int i = 0; i < 300; ++i)
      base::AtomicFile abandoned(folder / "abandoned", base::AtomicFile::Progress::Named);
    CHECK(entries(folder) == 1);
  }
  TEST_CASE("what is under /dev is written to, not replaced") {
    base::AtomicFile null("/dev/null");
    CHECK(null.direct());
    null.write("nothing");
    null.commit();
    CHECK(std::filesystem::is_character_file("/dev/null"));
    base::AtomicFile full("/dev/full");
    CHECK_THROWS_AS(full.write("too much"), Error);
  }
  TEST_CASE(
      "a link to a file is followed; one that leads nowhere, or round, is refused and stays") {
    namespace fs = std::filesystem;
    const test::TemporaryFolder folder;
    std::ofstream(folder / "file") << "old";
    fs::create_symlink("file", folder / "link");
    fs::create_symlink("nowhere", folder / "dangling");
    fs::create_symlink("loop", folder / "loop");
    {
      base::AtomicFile file(folder / "link");
      file.write("the new one");
      file.commit();
    }
    CHECK(fs::is_symlink(folder / "link"));
    CHECK(fs::file_size(folder / "file") == 11);
    for (const char* name : {"dangling", "loop"}) {
      CHECK_THROWS_AS(base::AtomicFile file(folder / name), Error);
      CHECK_THROWS_AS(base::check_writable(folder / name), Error);
      CHECK(fs::is_symlink(folder / name));
    }
    for (const char* name : {"link", "file", "new", "/dev/null"})
      CHECK_NOTHROW(base::check_writable(folder / name));
    for (const char* name : {"", ".", "nowhere/file", "file/file"})
      CHECK_THROWS_AS(base::check_writable(folder / name), Error);
    CHECK(entries(folder) == 4);
  }
  TEST_CASE("a regular file is replaced wherever it stands, under /dev as well") {
    const std::filesystem::path shared = "/dev/shm";
    if (::access(shared.c_str(), W_OK) != 0) {
      MESSAGE("SKIPPED: /dev/shm cannot be written to");
      return;
    }
    const test::TemporaryFolder folder(shared);
    for (const char* text : {"the first, longer one", "the second"}) {
      base::AtomicFile file(folder / "file");
      CHECK_FALSE(file.direct());
      file.write(text);
      file.commit();
    }
    CHECK(std::filesystem::file_size(folder / "file") == std::string("the second").size());
  }
}

}  // namespace tessera
