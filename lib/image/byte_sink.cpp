// SPDX-License-Identifier: MIT
#include "image/byte_sink.h"

#include <cstring>
#include <utility>

#include "base/files/quiet_write.h"
#include "image/message.h"

namespace tessera::image {

ByteSink::ByteSink(int descriptor, std::string name, bool seekable)
    : descriptor_(descriptor), name_(std::move(name)), seekable_(seekable) {}

bool ByteSink::write(std::span<const std::byte> bytes) noexcept {
  if (failed()) return false;
  error_ = base::write_all(descriptor_, bytes);
  return !failed();
}

void ByteSink::write_or_throw(std::span<const std::byte> bytes) {
  if (!write(bytes)) throw_if_failed();
}

void ByteSink::throw_if_failed() const {
  if (failed())
    fail(ErrorCode::IoFailure, name_, std::string("cannot be written: ") + std::strerror(error_));
}

}  // namespace tessera::image
