// SPDX-License-Identifier: MIT
#include "shared/output/standard_output.h"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <string_view>
#include <system_error>

#include "shared/cli.h"
#include "tessera/image_io.h"

namespace tessera::cli {
namespace {

/// The exit status of what could not be printed.  Errors  IoFailure unless the reader has gone.
int failure(int code) {
  if (code == EPIPE) return kClosedPipe;
  throw Error(ErrorCode::IoFailure,
              "stdout: cannot be written: " + std::generic_category().message(code));
}

/// A file that is there and holds no text is no older report.
void refuse_binary_file(const std::string& file) {
  std::error_code ignored;
  if (file.empty() || !std::filesystem::is_regular_file(file, ignored)) return;
  constexpr int kLookedAt = 4096;
  char head[kLookedAt];
  std::ifstream stream(file, std::ios::binary);
  stream.read(head, kLookedAt);
  const std::string_view bytes(head, static_cast<std::size_t>(stream.gcount()));
  if (bytes.find('\0') != std::string_view::npos)
    throw Error(ErrorCode::InvalidArgument,
                printable_name(file) +
                    ": is there and holds no text; a report would replace it (choose another "
                    "name, or remove it first)");
}

/// Of a checkpoint in a format that other programs read and Tessera does not write.
bool has_foreign_suffix(const std::filesystem::path& file) {
  static constexpr std::array kSuffixes{".ckpt", ".h5", ".onnx", ".pkl", ".pt", ".pth"};
  return std::ranges::find(kSuffixes, suffix_in_small_letters(file.string())) != kSuffixes.end();
}

}  // namespace

int print_and_close(const std::string& text) {
  for (std::size_t done = 0; done < text.size();) {
    const ssize_t written = write(STDOUT_FILENO, text.data() + done, text.size() - done);
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return failure(errno);
    done += static_cast<std::size_t>(written);
  }
  return close(STDOUT_FILENO) == 0 ? +kDone : failure(errno);
}

void check_writable(const std::string& file) {
  if (file == "-")
    throw Error(
        ErrorCode::InvalidArgument,
        "-: only pictures and reports go to stdout (give a file, or ./- for one of this name)");
  if (!file.empty()) tessera::check_writable(file);
}

std::string suffix_in_small_letters(const std::string& file) {
  std::string suffix = std::filesystem::path(file).extension().string();
  for (char& c : suffix)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return suffix;
}

void refuse_misleading_name(const std::string& file,
                            const std::string& what,
                            const std::string& suffix) {
  std::filesystem::path fitting(file);
  const bool is_picture = has_picture_suffix(fitting) || has_raw_suffix(fitting);
  if (!is_picture && (suffix != ".safetensors" || !has_foreign_suffix(fitting))) return;
  std::error_code ignored;
  // What stands in the way of a folder is told of where it is made.
  if (is_open_or_special(fitting) || (suffix == "/" && std::filesystem::exists(fitting, ignored)))
    return;
  const std::string said = fitting.extension().string().substr(1);
  if (suffix == "/")
    fitting += suffix;
  else
    fitting.replace_extension(suffix);
  throw Error(ErrorCode::InvalidArgument, printable_name(file) + ": this name says " + said +
                                              ", what goes there is " + what + " (call it " +
                                              printable_name(fitting) + ")");
}

void check_text_file(const std::string& file) {
  check_writable(file);
  refuse_binary_file(file);
  refuse_misleading_name(file, "text", ".txt");
}

int print_to(const std::string& file, const std::string& text) {
  if (file.empty()) return print_and_close(text);
  write_text_file(file, text);
  return kDone;
}

bool standard_output_is_closed() {
  pollfd descriptor{STDOUT_FILENO, POLLOUT, 0};
  return poll(&descriptor, 1, 0) == 1 && (descriptor.revents & POLLERR) != 0;
}

void reserve_standard_streams() {
  for (int descriptor = STDIN_FILENO; descriptor <= STDERR_FILENO; ++descriptor)
    if (fcntl(descriptor, F_GETFD) == -1 && errno == EBADF)
      // The wrong direction on purpose: whoever uses it gets an error. The lowest free number is
      // it.
      open("/dev/null", descriptor == STDIN_FILENO ? O_WRONLY : O_RDONLY);
}

}  // namespace tessera::cli
