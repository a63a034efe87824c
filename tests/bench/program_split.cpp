// SPDX-License-Identifier: MIT
#include "bench/program_split.h"

#include <optional>
#include <string>

#include "bench/stopwatch.h"
#include "support/synthetic_image.h"
#include "support/temporary_folder.h"
#include "tessera/denoise.h"
#include "tessera/interpolate.h"
#include "tessera/model.h"

namespace tessera::bench {
namespace {

namespace fs = std::filesystem;

/// A program's work on pictures, whichever program it is.
struct Program {
  const Model& model;
  ExecutionOptions execution;

  bool denoises() const { return model.task() == Task::Denoise; }
  InterpolateOptions interpolation() const {
    return {.missing =
                model.task() == Task::Upscale2 ? MissingPixels::UpscaleGrid : MissingPixels::Bayer,
            .execution = execution};
  }
  Image restore(const Image& picture) const {
    if (denoises())
      return denoise(picture, nullptr, &model, {.sigma = 25.0, .execution = execution});
    return interpolate(picture, nullptr, &model, interpolation());
  }
  void run_batch(const BatchOptions& batch) const {
    if (denoises())
      denoise_files(batch, {}, {&model, &model}, {.sigma = 25.0, .execution = execution});
    else
      interpolate_files(batch, {}, &model, interpolation());
  }
};

template <typename Work>
double seconds_of(const Work& work) {
  const double start = wall_seconds();
  work();
  return wall_seconds() - start;
}

}  // namespace

ProgramSplit split_program(
    const fs::path& checkpoint, int files, int side, int threads, Precision precision) {
  const test::TemporaryFolder folder;
  const fs::path in = folder / "in", out = folder / "out";
  fs::create_directories(in);
  std::optional<Model> model;
  ProgramSplit split;
  split.start = seconds_of([&] { model.emplace(Model::load(checkpoint, precision)); });
  const int channels = model->task() == Task::Demosaic ? 1 : model->channels();
  for (int k = 0; k < files; ++k)
    write_image(in / (std::to_string(k) + ".png"), test::textured_image(side, side, channels),
                FileFormat::Png);

  Program program{*model, {.threads = threads}};
  BatchOptions batch;
  batch.inputs = {in};
  batch.output = out;
  split.wall = split.start + seconds_of([&] { program.run_batch(batch); });

  // A batch gives each file one thread when there are two or more for each of them.
  const bool shares_files = files >= 2 * threads;
  if (shares_files) program.execution.threads = 1;
  for (int k = 0; k < files; ++k) {
    Image picture, result;
    const std::string name = std::to_string(k) + ".png";
    split.decode += seconds_of([&] { picture = read_image(in / name); });
    split.network += seconds_of([&] { result = program.restore(picture); });
    split.encode += seconds_of([&] { write_image(out / name, result, FileFormat::Png); });
  }
  if (shares_files)
    for (double* part : {&split.decode, &split.network, &split.encode}) *part /= threads;
  split.waiting = split.wall - split.start - split.decode - split.network - split.encode;
  return split;
}

}  // namespace tessera::bench
