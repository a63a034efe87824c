// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "image/file_kind.h"

namespace tessera::image {

/// The bytes of one input, readable at any offset: a regular file through its descriptor, anything
/// else (pipes, terminals, FIFOs) read to its end into memory first.
class ByteSource {
 public:
  /// Errors  NotFound; IoFailure with the system's reason; BadImage for a folder.
  static ByteSource open_file(const std::filesystem::path& file);
  /// Takes the descriptor's bytes from its present position on; the caller keeps the descriptor.
  /// A stream that is no picture is given up after its first bytes.
  static ByteSource from_descriptor(int descriptor, std::string name);
  /// Bytes that are there already.
  static ByteSource from_memory(std::vector<std::byte> bytes, std::string name);
  ByteSource(ByteSource&& other) noexcept;
  ~ByteSource();

  /// Name for messages, as the user gave it.
  const std::string& name() const { return name_; }
  std::uint64_t size() const { return size_; }
  FileKind kind() const { return kind_; }
  /// The first kKindBytes bytes, or all when there are fewer.
  std::span<const std::byte> head() const { return head_; }
  /// Copies bytes from `offset` on; returns how many there were.  Errors  IoFailure.
  std::size_t read_at(std::uint64_t offset, std::span<std::byte> target) const;
  /// Exactly target.size() bytes.  Errors  BadImage "truncated at byte N"; IoFailure.
  void read_exactly(std::uint64_t offset, std::span<std::byte> target) const;
  /// Everything.
  std::vector<std::byte> read_all() const;
  /// Descriptor of a regular file, or -1: then the bytes are in memory().
  int descriptor() const { return descriptor_; }
  std::span<const std::byte> memory() const { return memory_; }

  /// Throws BadImage: "name: truncated at byte N (the file is incomplete; copy it again)".
  [[noreturn]] void fail_truncated() const;

 private:
  ByteSource(std::string name, int descriptor, bool owned);
  void look_at_file();
  void read_to_end();
  void look_at_head();

  std::string name_;
  int descriptor_ = -1;
  bool owned_ = false;
  std::uint64_t size_ = 0;
  std::vector<std::byte> memory_, head_;
  FileKind kind_ = FileKind::Unknown;
};

}  // namespace tessera::image
