// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace tessera::base {

/// Bytes of the beginning of a file that the functions here want to see.
inline constexpr std::size_t kContentBytes = 64;

/// Bytes at a place in the beginning of files of a kind, and what such a file is.
struct ContentMark {
  std::size_t offset;
  std::string_view bytes;
  const char* what;
};
/// The beginning of a file, for comparison with marks.
std::string_view text_of(std::span<const std::byte> head);
/// Whether `bytes` stand in `text` at `offset`.
bool has_at(std::string_view text, std::size_t offset, std::string_view bytes);

/// What a file seems to be by its first bytes, for messages: "a PNG picture", "a PDF document",
/// "text"; empty when nothing is known of them.
std::string known_content(std::span<const std::byte> head);

/// Likewise; of what is not known the bytes themselves: "bytes 00 01 02 03".
std::string describe_content(std::span<const std::byte> head);

/// Whether the file is a Python pickle, or a zip archive that begins with one as PyTorch's do:
/// to load it is to run what it says.
bool is_pickle(std::span<const std::byte> head);

}  // namespace tessera::base
