// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tessera/execution.h"
#include "tessera/export.h"

namespace tessera {

namespace model {
class Network;
}

/// What a trained network was trained to do; stored in its checkpoint as tessera.task.
enum class Task { Demosaic, Upscale2, Inpaint, Denoise };
TESSERA_EXPORT std::string name_of(Task task);

/// Noise levels, standard deviations in 8-bit grey levels, both ends included.
struct SigmaRange {
  double low = 0.0, high = 0.0;
};

/// A trained network, ready to run. Immutable; share it between threads.
class TESSERA_EXPORT Model {
 public:
  /// A checkpoint of this program, or DnCNN, IRCNN and FFDNet as published (tensors model.N.weight,
  /// no metadata needed), see man/denoise.1. Bf16 is for graph_mixture_net and conv_net; the other
  /// networks run in F32 then, see precision().
  /// Errors  BadCheckpoint: missing, damaged, unknown architecture; every tensor that is missing,
  ///         left over, misshapen or not finite is listed at once. Refused: Bf16 on a processor
  ///         without it.
  static Model load(const std::filesystem::path& checkpoint, Precision precision = Precision::Auto);
  /// A network in memory, for the library's own pipeline: its task is that of what it observes; it
  /// has no file, no architecture text and no range of noise levels.
  static Model of_network(std::shared_ptr<const model::Network> network, const std::string& title);

  const std::filesystem::path& file() const;  ///< the checkpoint
  Task task() const;
  int channels() const;  ///< colour planes it restores: 1 or 3
  const std::string& title() const;
  /// JSON text of tessera.architecture; empty for a network known by its tensors alone.
  const std::string& architecture() const;
  /// The noise levels that a denoiser was trained for (metadata tessera.sigma_range, "[0,75]");
  /// empty when the checkpoint does not say.
  std::optional<SigmaRange> sigma_range() const;
  Precision precision() const;            ///< in which it runs: F32 or Bf16
  const model::Network& network() const;  ///< for the library's own pipeline

 private:
  struct Impl;
  explicit Model(std::shared_ptr<const Impl> impl);
  std::shared_ptr<const Impl> impl_;
};

/// The checkpoint that `name` means: a path when it has a slash, is a file, or is a folder with
/// model.safetensors in it; otherwise <name>.safetensors or <name>/model.safetensors in, in this
/// order, each folder of TESSERA_MODEL_PATH, ${XDG_DATA_HOME:-~/.local/share}/tessera/models, each
/// of ${XDG_DATA_DIRS:-/usr/local/share:/usr/share}/tessera/models, ../share/tessera/models beside
/// the executable, the models folder of the source tree when run from a build tree, and
/// share/tessera/models of the prefix in which the library is installed.
/// Errors  BadCheckpoint, listing every place tried.
TESSERA_EXPORT std::filesystem::path find_model(const std::string& name);
/// What a model is called beside others: its folder where the file is called model.safetensors, as
/// shipped ones are, else its file.
TESSERA_EXPORT std::string name_of_model(const std::filesystem::path& file);
/// The folders that find_model searches, in order.
TESSERA_EXPORT std::vector<std::filesystem::path> model_search_path();
/// A model as find_model knows it.
struct ModelEntry {
  std::string name;
  std::filesystem::path file;
};
/// All models on the search path; the first match of a name wins.
TESSERA_EXPORT std::vector<ModelEntry> list_models();

}  // namespace tessera
