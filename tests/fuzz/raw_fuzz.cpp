// SPDX-License-Identifier: MIT
// Any bytes as a camera raw file: refused by an Error, or developed.
#include <cstring>
#include <string>
#include <utility>
#include <vector>

#include "image/raw/raw_file.h"
#include "pipeline/interpolate/develop.h"
#include "tessera/error.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::vector<std::byte> bytes(size);
  if (size > 0) std::memcpy(bytes.data(), data, size);
  try {
    const auto source = tessera::image::ByteSource::from_memory(std::move(bytes), "fuzz");
    if (!tessera::image::is_camera_raw(source)) return 0;
    tessera::image::raw_size(source, {});
    // Large pictures are slow, not wrong.
    auto photo = tessera::image::read_raw(source, {.max_pixels = 100'000});
    tessera::InterpolateOptions options;
    options.method = tessera::ClassicalMethod::Bilinear;
    options.execution.threads = 1;
    tessera::pipeline::develop(std::move(photo), nullptr, options);
  } catch (const tessera::Error&) {
    // The legal way out.
  }
  return 0;
}
