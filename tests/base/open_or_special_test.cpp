// SPDX-License-Identifier: MIT
#include "base/files/open_or_special.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <string>

#include "support/temporary_folder.h"

namespace tessera {

using base::descriptor_named;
using base::is_open_or_special;

TEST_SUITE("base/open_or_special") {
  TEST_CASE("what does not block is waited for, what went wrong is not tried again") {
    int ends[2];
    REQUIRE(::pipe2(ends, O_NONBLOCK) == 0);
    char byte = 0;
    REQUIRE(::read(ends[0], &byte, 1) == -1);
    REQUIRE(errno == EAGAIN);
    const pid_t child = ::fork();
    if (child == 0) {
      ::usleep(50'000);
      ::_exit(::write(ends[1], "x", 1) == 1 ? 0 : 1);
    }
    CHECK(base::is_to_be_repeated(ends[0], EAGAIN, POLLIN));
    CHECK(::read(ends[0], &byte, 1) == 1);
    CHECK(base::is_to_be_repeated(ends[0], EINTR, POLLIN));
    CHECK_FALSE(base::is_to_be_repeated(ends[0], EIO, POLLIN));
    int status = -1;
    CHECK(::waitpid(child, &status, 0) == child);
    CHECK(status == 0);
    for (const int end : ends) ::close(end);
  }
  TEST_CASE("a descriptor is known by all its names, and through links") {
    const test::TemporaryFolder folder;
    std::filesystem::create_symlink("/dev/stdout", folder / "out");
    std::filesystem::create_symlink("out", folder / "again");
    std::filesystem::create_symlink("/dev/fd", folder / "open");
    const std::string process = "/proc/" + std::to_string(::getpid());
    for (const std::string& name :
         {std::string("/dev/stdout"), std::string("/dev/fd/1"), std::string("/proc/self/fd/1"),
          std::string("/dev/../dev//fd/1"), process + "/fd/1", (folder / "out").string(),
          (folder / "again").string(), (folder / "open/1").string()})
      CHECK_MESSAGE(descriptor_named(name) == 1, name);
    CHECK(descriptor_named("/dev/stdin") == 0);
    CHECK(descriptor_named("/dev/stderr") == 2);
    CHECK(descriptor_named("/dev/fd/12345") == 12345);
  }
  TEST_CASE("other names stand for no descriptor; loops of links end") {
    const test::TemporaryFolder folder;
    folder.write("1", "x");
    std::filesystem::create_symlink(folder / "loop", folder / "loop");
    for (const std::string& name :
         {std::string(), std::string("-"), std::string("1"), std::string("/dev/fd"),
          std::string("/dev/fd/"), std::string("/dev/fd/one"), std::string("/dev/fd/-1"),
          std::string("/dev/fd/1x"), std::string("/dev/fd/99999999999"), std::string("/dev/null"),
          std::string("/proc/1/fd/1"), (folder / "1").string(), (folder / "loop").string(),
          (folder / "absent").string()})
      CHECK_MESSAGE(!descriptor_named(name), name);
  }
  TEST_CASE("special is what is there and neither a file nor a folder, wherever it stands") {
    const test::TemporaryFolder folder;
    folder.write("file", "x");
    REQUIRE(::mkfifo((folder / "fifo").c_str(), 0600) == 0);
    CHECK(is_open_or_special(folder / "fifo"));
    CHECK(is_open_or_special("/dev/null"));
    CHECK(is_open_or_special("/dev/stdout"));
    CHECK_FALSE(is_open_or_special(folder / "file"));
    CHECK_FALSE(is_open_or_special(folder / "absent"));
    CHECK_FALSE(is_open_or_special(folder.path()));
    CHECK_FALSE(is_open_or_special("/dev"));
    CHECK_FALSE(is_open_or_special("/proc/self/status"));
  }
  TEST_CASE("an open file is continued, not begun anew") {
    const test::TemporaryFolder folder;
    const int file = ::open((folder / "file").c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    REQUIRE(::write(file, "head", 4) == 4);
    const int copy = base::open_or_duplicate("/dev/fd/" + std::to_string(file), O_WRONLY);
    REQUIRE(copy >= 0);
    CHECK(copy != file);
    CHECK(::write(copy, "body", 4) == 4);
    ::close(copy);
    CHECK(::write(file, "tail", 4) == 4);
    ::close(file);
    CHECK(std::filesystem::file_size(folder / "file") == 12);
    CHECK(base::open_or_duplicate("/dev/fd/" + std::to_string(file), O_WRONLY) == -1);
  }
}

}  // namespace tessera
