// SPDX-License-Identifier: MIT
#include "pipeline/reparam/gate_freezing.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "analysis/measures/channel_gates.h"
#include "base/finite.h"
#include "base/random.h"
#include "image/convert.h"
#include "model/training_form/training_form_evaluate.h"
#include "pipeline/batch/batch_inputs.h"
#include "pipeline/sources/noise_level.h"
#include "tessera/error.h"
#include "tessera/image_io.h"

namespace tessera::pipeline {
namespace {

using model::ChannelGate;
using model::Planes;

/// A clean picture and a noisy one.
struct Pair {
  Planes clean, noisy, sigma;
};

/// Colours as the network wants them: grey repeated, or luminance (ITU-R BT.601).
Planes with_channels(const Planes& x, int channels) {
  if (x.shape.channels == channels) return x;
  Planes y({channels, x.shape.height, x.shape.width});
  const std::size_t plane = x.shape.plane();
  for (std::size_t k = 0; k < y.values.size(); ++k)
    y.values[k] = channels == 3 ? x.values[k % plane]
                                : 0.299 * x.values[k] + 0.587 * x.values[plane + k] +
                                      0.114 * x.values[2 * plane + k];
  return y;
}

/// The middle of a picture, even sides.
Planes middle(const std::filesystem::path& file, int channels) {
  const Image image = read_image(file);
  const Tensor all = image::tensor_from_image(image);
  const int height = std::min(all.height(), kFreezeCrop) / 2 * 2;
  const int width = std::min(all.width(), kFreezeCrop) / 2 * 2;
  if (height == 0 || width == 0)
    throw Error(ErrorCode::BadImage,
                fmt::format("{}: expected 2 x 2 pixels or more to freeze gates on, found {} x {}",
                            printable_name(file), all.width(), all.height()));
  if (!base::all_finite(all.view().flat()))
    throw Error(ErrorCode::BadImage,
                printable_name(file) + ": holds samples that are not finite numbers");
  const int top = (all.height() - height) / 2, left = (all.width() - width) / 2;
  Planes x({all.channels(), height, width});
  for (int c = 0; c < all.channels(); ++c)
    for (int y = 0; y < height; ++y)
      for (int column = 0; column < width; ++column)
        x.at(c, y, column) = all(c, top + y, left + column);
  return with_channels(x, channels);
}

std::vector<Pair> read_pairs(const ReparamOptions& options, int channels) {
  require_sigma(options.freeze_sigma_8bit);
  std::vector<Pair> pairs;
  for (const std::filesystem::path& file : pictures_to_freeze_on(options)) {
    Pair pair;
    pair.clean = middle(file, channels);
    const Shape shape = pair.clean.shape;
    const double level = options.freeze_sigma_8bit / kWhite8bit;
    pair.noisy = pair.clean;
    for (std::size_t k = 0; k < pair.noisy.values.size(); ++k)
      pair.noisy.values[k] += level * base::random_normal(pairs.size(), k);
    pair.sigma = Planes({1, shape.height, shape.width}, level);
    pairs.push_back(std::move(pair));
  }
  return pairs;
}

/// PSNR in dB after rounding to 8 bits.
double psnr_of(const Planes& clean, const Planes& restored) {
  double squares = 0.0;
  for (std::size_t k = 0; k < clean.values.size(); ++k) {
    const double rounded =
        std::round(kWhite8bit * std::clamp(restored.values[k], 0.0, 1.0)) / kWhite8bit;
    squares += (rounded - clean.values[k]) * (rounded - clean.values[k]);
  }
  return -10.0 * std::log10(std::max(squares / clean.values.size(), 1e-10));
}

double mean_psnr(const model::TrainingForm& form,
                 const std::vector<Pair>& pairs,
                 const model::GateObserver& observer = nullptr) {
  double sum = 0.0;
  for (const Pair& pair : pairs)
    sum += psnr_of(pair.clean, model::evaluate(form, pair.noisy, pair.sigma, observer));
  return sum / static_cast<double>(pairs.size());
}

/// Adds what one gate did on one picture.
void add(const Planes& x, const std::vector<double>& v, analysis::GateObservations& observed) {
  std::vector<double> energy(v.size(), 0.0);
  for (std::size_t k = 0; k < x.values.size(); ++k)
    energy[k / x.shape.plane()] += x.values[k] * x.values[k];
  observed.gates.push_back(v);
  observed.energies.push_back(std::move(energy));
}

}  // namespace

std::vector<std::filesystem::path> pictures_to_freeze_on(const ReparamOptions& options) {
  BatchOptions batch;
  batch.inputs = options.freeze_on;
  batch.allow_empty = true;
  std::vector<std::filesystem::path> files;
  for (const BatchInput& input : find_inputs(batch).pictures) files.push_back(input.file);
  if (files.empty())
    throw Error(ErrorCode::NothingToDo,
                printable_name(options.freeze_on.front()) +
                    ": no picture in the folder (name pictures, or a folder that holds them)");
  return files;
}

void freeze_gates(model::TrainingForm& form, const ReparamOptions& options, ReparamReport& report) {
  if (!model::can_evaluate(form))
    throw Error(ErrorCode::BadCheckpoint,
                printable_name(form.name()) + ": gates can be frozen in conv_net for noise only");
  const int channels = std::get<model::ConvNetSpec>(form.target()).channels;
  const std::vector<Pair> pairs = read_pairs(options, channels);
  std::map<const ChannelGate*, analysis::GateObservations> records;
  report.psnr_live = mean_psnr(
      form, pairs, [&](const ChannelGate& gate, const Planes& x, const std::vector<double>& v) {
        if (!gate.constant()) add(x, v, records[&gate]);
      });
  if (records.empty())
    throw Error(ErrorCode::BadCheckpoint,
                printable_name(form.name()) + ": has no live gate to freeze");
  for (model::PlacedBlock& entry : form.blocks())
    for (ChannelGate* gate : entry.block.live_gates()) {
      const auto statistics = analysis::gate_statistics(records.at(gate));
      report.frozen.push_back({entry.place.name, name_of(gate->spec()), gate->channels(),
                               statistics.stripe_score, statistics.relative_error});
      gate->freeze(statistics.constants);
    }
  report.pictures = static_cast<int>(pairs.size());
  report.psnr_frozen = mean_psnr(form, pairs);
}

}  // namespace tessera::pipeline
