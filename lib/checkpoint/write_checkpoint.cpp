// SPDX-License-Identifier: MIT
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <utility>

#include "checkpoint/safetensors.h"
#include "tessera/checkpoint.h"
#include "tessera/error.h"

namespace tessera {
namespace fs = std::filesystem;
namespace {

[[noreturn]] void fail(const fs::path& file, int code) {
  throw Error(ErrorCode::IoFailure,
              fmt::format("{}: cannot be written: {}", file.string(), std::strerror(code)));
}

/// A new file beside `target` that becomes it on commit() and vanishes otherwise.
class ReplacementFile {
 public:
  explicit ReplacementFile(const fs::path& target) : target_(target) {
    for (int attempt = 0; stream_ == nullptr; ++attempt) {
      path_ = target;
      path_ += fmt::format(".{}-{}.partial", getpid(), attempt);
      stream_ = std::fopen(path_.c_str(), "wbx");
      if (stream_ == nullptr && errno != EEXIST) fail(target_, errno);
    }
  }
  ~ReplacementFile() {
    if (stream_ != nullptr) std::fclose(stream_);
    if (!committed_) std::remove(path_.c_str());
  }
  ReplacementFile(const ReplacementFile&) = delete;
  ReplacementFile& operator=(const ReplacementFile&) = delete;

  void write(std::span<const std::byte> bytes) {
    if (std::fwrite(bytes.data(), 1, bytes.size(), stream_) != bytes.size()) fail(target_, errno);
  }
  void commit() {
    if (std::fclose(std::exchange(stream_, nullptr)) != 0) fail(target_, errno);
    if (std::rename(path_.c_str(), target_.c_str()) != 0) fail(target_, errno);
    committed_ = true;
  }

 private:
  fs::path target_, path_;
  std::FILE* stream_ = nullptr;
  bool committed_ = false;
};

}  // namespace

void write_checkpoint(const fs::path& file,
                      std::span<const NamedTensor> tensors,
                      const std::map<std::string, std::string>& metadata) {
  const std::vector<std::byte> bytes = checkpoint::safetensors_bytes(tensors, metadata);
  ReplacementFile replacement(file);
  replacement.write(bytes);
  replacement.commit();
}

}  // namespace tessera
