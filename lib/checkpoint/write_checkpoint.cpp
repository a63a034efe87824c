// SPDX-License-Identifier: MIT
#include "base/files/atomic_file.h"
#include "checkpoint/safetensors.h"
#include "tessera/checkpoint.h"

namespace tessera {

void write_checkpoint(const std::filesystem::path& file,
                      std::span<const NamedTensor> tensors,
                      const std::map<std::string, std::string>& metadata) {
  const std::vector<std::byte> bytes = checkpoint::safetensors_bytes(tensors, metadata);
  base::AtomicFile output(file);
  output.write(bytes);
  output.commit();
}

}  // namespace tessera
