// SPDX-License-Identifier: MIT
// Any bytes as a checkpoint: refused by an Error, or read whole, architecture and all.
#include <cstring>

#include "model/architecture/architecture.h"
#include "tessera/checkpoint.h"
#include "tessera/error.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::vector<std::byte> bytes(size);
  if (size > 0) std::memcpy(bytes.data(), data, size);
  try {
    const auto checkpoint = tessera::Checkpoint::from_bytes(std::move(bytes), "fuzz");
    try {
      tessera::model::architecture_from_json(checkpoint.metadata("tessera.architecture"), "fuzz");
    } catch (const tessera::Error&) {
      // Tensors are read all the same.
    }
    for (const std::string& tensor : checkpoint.tensor_names()) {
      try {
        checkpoint.read(tensor);
      } catch (const tessera::Error&) {
        // Not finite, or of a type that is not read: the next one may be.
      }
    }
  } catch (const tessera::Error&) {
    // The legal way out.
  }
  return 0;
}
