// SPDX-License-Identifier: MIT
// Any bytes as a picture, of whatever kind they say they are: refused by an Error, or read.
#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>

#include "tessera/error.h"
#include "tessera/image_io.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const int descriptor = memfd_create("fuzz", MFD_CLOEXEC);
  if (descriptor < 0 || write(descriptor, data, size) != static_cast<ssize_t>(size)) std::abort();
  lseek(descriptor, 0, SEEK_SET);
  try {
    // Large pictures are slow, not wrong.
    tessera::read_image_from_descriptor(descriptor, "fuzz", {.max_pixels = 1'000'000});
  } catch (const tessera::Error&) {
    // The legal way out.
  }
  close(descriptor);
  return 0;
}
