// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tessera/error.h"
#include "tessera/export.h"
#include "tessera/image.h"
#include "tessera/model.h"
#include "tessera/observation.h"

namespace tessera {

/// One layer of a network as it runs.
struct LayerFacts {
  std::string name;             ///< the tensors' name: "blocks.0.conv1"
  std::string kind;             ///< "convolution 3x3", "feature graph" ...
  int inputs = 0, outputs = 0;  ///< planes in and out
  int scale = 1;                ///< the layer runs at 1 / scale of the result's height and width
  std::int64_t parameters = 0;
  double macs_per_pixel = 0.0;  ///< multiplications with addition, per pixel of the result
  int radius = 0;               ///< pixels of the result by which it widens what an output sees
};

/// What a checkpoint says about itself and what follows from it.
struct ModelFacts {
  std::filesystem::path file;
  std::int64_t bytes = 0;
  std::string title, task, license;
  std::string architecture;  ///< JSON text
  std::string card;          ///< JSON text at the head of card.md beside the file; empty: none
  /// All other metadata: how it was trained, fused or folded. JSON texts stay texts.
  std::map<std::string, std::string> metadata;
  std::vector<LayerFacts> layers;  ///< in the order in which they run
  std::int64_t parameters = 0;
  double macs_per_pixel = 0.0;  ///< of the whole network
  int receptive_radius = 0;     ///< an output pixel sees inputs at most so many pixels away
  std::map<std::string, int> tensors_by_type;  ///< how many tensors of "F32", "F16", "BF16"
};

/// Reads what `checkpoint` is; its network is built and so checked, and not run.
/// Errors  BadCheckpoint as Model::load.
TESSERA_EXPORT ModelFacts inspect_model(const std::filesystem::path& checkpoint);

/// The same as JSON text, JSON metadata as objects; keys sorted.
TESSERA_EXPORT std::string json_from_facts(const ModelFacts& facts);

/// How to look at what a model does to a picture.
struct PictureInspectionOptions {
  int crop = 256;  ///< side of the middle part that is looked at; 0: the whole picture
  BayerPattern pattern = BayerPattern::RGGB;  ///< demosaicking models only
  /// (row, column) in the picture of the pixels to draw graphs around; not given: a flat one, an
  /// edge, a texture.
  std::optional<std::vector<std::pair<int, int>>> points{};
  bool pde = false;          ///< fit a diffusion-reaction equation to every step
  bool information = false;  ///< bound what every state tells about injected noise
  /// Of that noise, 25 unless given; for a denoiser of the noise in the picture, estimated unless
  /// given.
  std::optional<double> sigma_8bit{};
  int probes = 4;          ///< noise planes for traces and spectra
  std::uint64_t seed = 1;  ///< same seed, same numbers
  int threads = 1;  ///< inside convolutions; the parts are small, and more threads mostly wait
  std::int64_t max_memory = 0;  ///< bytes; 0: a quarter of the machine
};

/// A picture to look at, fit for a file name.
struct NamedPicture {
  std::string name;     ///< "blocks.0-head1-entropy"
  std::string caption;  ///< one sentence
  Image image;
};

/// What was measured, and pictures of it.
struct PictureInspection {
  std::string json;  ///< all numbers, JSON text with sorted keys; man/inspect.1 explains them
  std::vector<NamedPicture> pictures;
  std::vector<std::string> notes;  ///< facts worth telling ("a colour picture was made a mosaic")
};

/// The reference has another size or other channels than the result.
class TESSERA_EXPORT ReferenceMismatch : public Error {
 public:
  explicit ReferenceMismatch(const std::string& problem);
  ~ReferenceMismatch() override;
};

/// Runs `network` on the middle of `picture` and measures graphs, filters, energies and steps.
/// A denoiser is also told by the PSNR that is expected of it without a reference.
/// Shapes   demosaicking: a mosaic of one channel, or a colour picture that is made one and is its
///          own reference; enlarging: the small picture; holes: `mask`, or alpha; noise: the noisy
///          picture. `reference`: the clean result, of the result's size, or null.
/// Threads  the calling one, and options.threads inside convolutions.  Cost  of the order of a
/// hundred runs of the network.
/// Errors  ReferenceMismatch; BadImage: no mosaic, nothing missing or nothing measured, a mask of
///         another size; BadCheckpoint: a network that is looked at in no way; InvalidArgument:
///         points outside the part, a crop, count or noise level out of range, a mask where none is
///         read; Refused for memory.
TESSERA_EXPORT PictureInspection inspect_picture(const Model& network,
                                                 const Image& picture,
                                                 const Image* mask,
                                                 const Image* reference,
                                                 const PictureInspectionOptions& options);

}  // namespace tessera
