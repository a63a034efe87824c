// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace tessera::test {

/// Bytes of a safetensors file with this header text, right or wrong, and `data_bytes` zeros after
/// it.
inline std::vector<std::byte> safetensors_text(const std::string& header, std::size_t data_bytes) {
  std::vector<std::byte> file;
  for (int i = 0; i < 8; ++i)
    file.push_back(static_cast<std::byte>(static_cast<std::uint64_t>(header.size()) >> (8 * i)));
  for (const char letter : header) file.push_back(static_cast<std::byte>(letter));
  file.resize(file.size() + data_bytes);
  return file;
}

}  // namespace tessera::test
