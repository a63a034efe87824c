// SPDX-License-Identifier: MIT
#pragma once

#include <sys/mman.h>
#include <unistd.h>

#include <cmath>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/random.h"
#include "support/pictures.h"
#include "support/temporary_folder.h"
#include "tessera/error.h"
#include "tessera/image_io.h"

namespace tessera::test {

using Bytes = std::vector<std::byte>;

/// Entries of a folder, not counting what lies deeper.
inline std::size_t entry_count(const TemporaryFolder& folder) {
  return static_cast<std::size_t>(
      std::distance(std::filesystem::directory_iterator(folder.path()), {}));
}

/// Random samples over the whole range; floats also below 0 and above 1.
inline Image random_image(
    int width, int height, int channels, SampleType type, bool with_alpha, std::uint64_t seed = 1) {
  Image image(width, height, channels, type, with_alpha);
  std::uint64_t index = 0;
  const auto fill = [&](std::byte* bytes, std::size_t count) {
    for (std::size_t i = 0; i < count; ++i, ++index) {
      if (type == SampleType::F32) {
        const float value = static_cast<float>(base::random_uniform(seed, index) * 3.0 - 1.0);
        std::memcpy(bytes + 4 * i, &value, 4);
      } else {
        const std::uint64_t bits = base::random_bits(seed, index);
        std::memcpy(bytes + i * static_cast<std::size_t>(bytes_per_sample(type)), &bits,
                    static_cast<std::size_t>(bytes_per_sample(type)));
      }
    }
  };
  const std::size_t plane = static_cast<std::size_t>(width) * height;
  fill(image.colour(), plane * channels);
  if (with_alpha) fill(image.alpha(), plane);
  return image;
}

/// A ramp with a little texture: what JPEG keeps well.
inline Image smooth_image(int width, int height, int channels) {
  Image image(width, height, channels, SampleType::U8);
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x)
      for (int c = 0; c < channels; ++c)
        image.colour_row<std::uint8_t>(y)[x * channels + c] =
            static_cast<std::uint8_t>(40 + 100 * x / width + 60 * y / height + 20 * c);
  return image;
}

inline Bytes bytes_of(std::string_view text) {
  const auto* data = reinterpret_cast<const std::byte*>(text.data());
  return {data, data + text.size()};
}

inline Bytes read_bytes(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  const std::string text((std::istreambuf_iterator<char>(stream)), {});
  return bytes_of(text);
}

inline void write_bytes(const std::filesystem::path& file, std::span<const std::byte> bytes) {
  std::ofstream stream(file, std::ios::binary);
  stream.write(reinterpret_cast<const char*>(bytes.data()),
               static_cast<std::streamsize>(bytes.size()));
}

/// Reads bytes as a file that lies in memory: thousands of damaged files cost no disk.
inline Image read_as_file(std::span<const std::byte> bytes, const ReadOptions& options = {}) {
  const int descriptor = ::memfd_create("picture", 0);
  const bool ready = descriptor >= 0 && ::pwrite(descriptor, bytes.data(), bytes.size(), 0) ==
                                            static_cast<ssize_t>(bytes.size());
  const auto close = [](const int* open) { ::close(*open); };
  const std::unique_ptr<const int, decltype(close)> closing(&descriptor, close);
  if (!ready) throw std::runtime_error("no file in memory");
  return read_image_from_descriptor(descriptor, "picture", options);
}

/// Code and text of the Error that an action throws; nothing when it throws none.
struct Failure {
  ErrorCode code;
  std::string text;
  bool says(std::string_view part) const { return text.find(part) != text.npos; }
};
inline std::optional<Failure> failure_of(const std::function<void()>& action) {
  try {
    action();
  } catch (const Error& error) {
    return Failure{error.code(), error.what()};
  }
  return std::nullopt;
}
inline std::optional<Failure> reading_failure(const std::filesystem::path& file) {
  return failure_of([&] { read_image(file); });
}

/// One line, lower case or a name first, no full stop.
inline bool is_message(const std::string& text) {
  return !text.empty() && text.find('\n') == text.npos && text.back() != '.';
}

}  // namespace tessera::test
