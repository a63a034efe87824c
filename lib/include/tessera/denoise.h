// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <optional>

#include "tessera/execution.h"
#include "tessera/export.h"
#include "tessera/image.h"
#include "tessera/model.h"

namespace tessera {

/// How noise is removed without a trained network.
enum class DenoiseMethod {
  NonlocalMeans,  ///< Buades, Coll, Morel 2011
};

/// How to denoise. What network runs lives in its checkpoint.
struct DenoiseOptions {
  std::optional<double> sigma{};  ///< standard deviation in 8-bit grey levels at every depth, 0 to
                                  ///< 255; empty: estimated from the picture
  std::optional<DenoiseMethod> method{};  ///< set: no network
  bool self_ensemble = false;             ///< mean over the eight flips and turns of the picture
  ExecutionOptions execution{};
};

/// Removes white Gaussian noise from `noisy`. Alpha, and colours under alpha 0, come back as they
/// were, and so does every pixel whose noise level is 0.
/// A grey picture that meets a colour network stands in for all three colours and comes back grey;
/// a colour picture that meets a grey network is denoised one colour at a time.
/// Shapes  same size, channels and type out. `sigma_map`, or null: one channel of that size, in
///         8-bit grey levels (8-bit samples as they are, 16-bit ones over 257); then options.sigma
///         does not count.
/// Requires `network` unless options.method is set.
/// Result   what is taken away can be noise of that level, whatever a network makes of the picture:
///          no sample is further than four times the noise level from the noisy one, which noise is
///          once in 16,000 samples, and where about 12x12 samples of a channel together are further
///          off than noise can be (five standard deviations), the rest is given back. With a
///          warning when the noise level lies beyond what the network was trained for.
/// Errors   BadImage (samples that are not numbers, a map that does not fit, too small a picture to
///          estimate its noise); BadCheckpoint when the network does another task; InvalidArgument;
///          Refused.
TESSERA_EXPORT Image denoise(const Image& noisy,
                             const Image* sigma_map,
                             const Model* network,
                             const DenoiseOptions& options);

/// The standard deviation of white noise in `image`, in 8-bit grey levels, estimated from the
/// picture itself. Clipped samples and pixels under alpha 0 are left out, unless nearly the whole
/// picture is clipped; samples of float pictures count as clipped at 0 or white when at least one
/// in a thousand is exactly that. A picture of nothing but black and white tells no noise: 0.
/// Errors  BadImage when it has too few usable pixels (about 24x24 are needed).
/// Cost    about 0.2 s whatever the size.
TESSERA_EXPORT double estimate_noise(const Image& image);

/// The networks for a batch, by the pictures they are for; the same one twice, or none with a
/// method.
struct DenoiseModels {
  const Model* colour = nullptr;
  const Model* grey = nullptr;
};

/// Where the sigma maps of a batch come from: one picture for all, or a folder with equal stems.
struct SigmaMapSource {
  std::filesystem::path path{};
};

/// Denoises a batch of files; the work of the program `denoise`. An estimated sigma is the
/// noise_sigma of each file, and among its notes.
/// Result  how each file ended; throws only when nothing can be started (usage, model, no input).
TESSERA_EXPORT BatchSummary denoise_files(const BatchOptions& batch,
                                          const SigmaMapSource& sigma_maps,
                                          const DenoiseModels& models,
                                          const DenoiseOptions& options,
                                          const BatchObserver& observer = {});

}  // namespace tessera
