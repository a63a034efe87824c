// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <span>
#include <string>

namespace tessera::image {

/// Where encoders put their bytes: an open descriptor. Remembers the first failure, so that
/// encoders which only say "write error" do not hide its reason.
class ByteSink {
 public:
  /// `name` stands in messages. `seekable`: the descriptor is a fresh file open for reading too,
  /// whose earlier bytes may be read and replaced. The caller keeps the descriptor.
  ByteSink(int descriptor, std::string name, bool seekable = false);

  /// Everything or false; a full disk, a size limit and a closed pipe raise no signal, see
  /// base::write_all().
  bool write(std::span<const std::byte> bytes) noexcept;
  /// As write, but throws IoFailure with the system's reason.
  void write_or_throw(std::span<const std::byte> bytes);
  /// Throws IoFailure with the reason of the first failure, if there was one.
  void throw_if_failed() const;

  bool failed() const { return error_ != 0; }
  int descriptor() const { return descriptor_; }
  bool seekable() const { return seekable_; }
  const std::string& name() const { return name_; }

 private:
  int descriptor_;
  std::string name_;
  bool seekable_;
  int error_ = 0;
};

}  // namespace tessera::image
