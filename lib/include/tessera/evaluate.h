// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "tessera/execution.h"
#include "tessera/export.h"
#include "tessera/image.h"
#include "tessera/metrics.h"
#include "tessera/model.h"
#include "tessera/observation.h"

namespace tessera {

/// What one restored picture is worth beside its reference.
struct PictureScores {
  double psnr = 0.0;                ///< dB; +infinity for identical pictures
  std::optional<double> ssim{};     ///< absent when the picture is smaller than the window
  std::optional<double> ms_ssim{};  ///< absent when the picture is smaller than five scales need
  WorstPixel worst{};
  bool identical() const { return psnr == std::numeric_limits<double>::infinity(); }
};

/// What a restoration cost.
struct RunCost {
  double seconds = 0.0;            ///< by the wall clock
  double processor_seconds = 0.0;  ///< of all threads of this process
  std::int64_t peak_memory = 0;    ///< bytes of this process in memory at most; 0: not known
};

/// One picture of one method.
struct MeasuredPicture {
  std::string name;                       ///< path below its folder, without suffix
  std::filesystem::path reference;        ///< file
  std::filesystem::path restored{};       ///< file; empty when restored in this run
  std::optional<PictureScores> scores{};  ///< absent: failed, or no counterpart
  bool missing = false;                   ///< no restored picture of this name
  std::optional<ErrorCode> error{};       ///< what kind of failure; absent unless it failed
  std::string problem{};                  ///< what went wrong, naming the file: why there are
                                          ///< no scores, or why a picture could not be saved
  std::vector<std::string> notes{};       ///< worth telling: a crop, colour profiles that differ
  int width = 0, height = 0;              ///< of the pictures compared
  RunCost cost{};
};

/// The mean of a metric over the pictures that have it, and its 95 % confidence interval.
struct MeanScore {
  int count = 0;  ///< pictures in the mean; 0: there is no mean
  double mean = 0.0;
  /// Absent below two pictures: one says nothing about others.
  std::optional<ConfidenceInterval> interval{};
};

/// One method at one strength of noise, over all pictures.
struct MethodScores {
  std::string method;
  double sigma = 0.0;                          ///< noise added, in 8-bit grey levels
  std::vector<MeasuredPicture> pictures{};     ///< one for each reference, in byte order of names
  std::vector<std::filesystem::path> extra{};  ///< restored pictures without a reference
  int identical = 0;                           ///< pictures of infinite PSNR: not in its mean
  MeanScore psnr{}, ssim{}, ms_ssim{};
  RunCost cost{};             ///< sums of seconds, largest memory
  double ns_per_pixel = 0.0;  ///< by the wall clock
};

/// Two methods at one strength of noise, over the pictures that both restored: first - second.
struct PairedDifference {
  std::string first, second;
  double sigma = 0.0;
  int compared = 0;      ///< pictures that both restored, equal ones among them
  int first_better = 0;  ///< of these, on which the first has the higher PSNR
  MeanScore psnr{}, ssim{};
};

/// How the observed pictures were made.
struct Degradation {
  Task task = Task::Demosaic;
  BayerPattern pattern = BayerPattern::RGGB;
  double missing = 0.8;                ///< Inpaint: fraction of pixels, each missing on its own
  std::vector<double> sigmas{0.0};     ///< noise added to what is observed, in 8-bit grey levels;
                                       ///< neither clipped nor rounded
  std::optional<double> told_sigma{};  ///< what methods are told instead of the noise added
  std::uint64_t seed = 80;             ///< of masks and noise, the same for each picture
};

/// The degradation in one line: task, layout or fraction of missing pixels, noise, seed.
TESSERA_EXPORT std::string text_from_degradation(const Degradation& degradation);

/// The outcome of a run.
struct Evaluation {
  MetricProtocol protocol;
  std::optional<Degradation> degradation{};  ///< absent when files were compared
  std::vector<MethodScores> methods{};       ///< strengths outside, methods inside
  std::vector<PairedDifference> differences{};
  std::string page_problem{};  ///< why the HTML report was not written; mostly empty
};

/// Everything in strict JSON; an infinite PSNR is null with "identical": true beside it.
TESSERA_EXPORT std::string json_from_evaluation(const Evaluation& evaluation);

/// Files that a run writes beside its figures; those that exist are refused up front unless
/// `overwrite`, those that it reads always.
struct EvaluationOutputs {
  std::filesystem::path differences{};  ///< folder: METHOD/NAME.png, 8 times |reference - restored|
  std::filesystem::path restored{};     ///< folder: observed and restored pictures, as float TIFF
                                        ///< where they are float, else as PNG
  std::filesystem::path html{};         ///< one self-contained report with pictures
  int html_quality = 90;                ///< of its pictures, JPEG 1..99; 100: PNG
  bool overwrite = false;
  /// Files that the caller reads (models) or writes (figures) in the same run: nothing replaces the
  /// first, and the second replace nothing that is read.
  std::vector<std::filesystem::path> also_read{}, also_written{};
};

/// What to compare: folders (all their folders entered), or single files; one of these may be "-",
/// the picture on stdin.
struct FileComparison {
  std::filesystem::path reference;
  std::vector<std::filesystem::path> restored;
  MetricProtocol protocol{};
  ReadOptions read{};
  EvaluationOutputs outputs{};
  int threads = 0;  ///< 0: one per processor
};

/// Scores restored pictures on files. Pictures are paired by their path below the folders, suffix
/// left out, never by position; what is missing or has no reference is named in the result. The
/// even enlargement of an odd original is cropped, and a note says so.
/// Result  methods named by their folders as given.
/// Errors  NotFound, IoFailure for a folder; NothingToDo when no two names agree; InvalidArgument
///         for two pictures of one name in a folder, outputs that exist or are read, stdin twice or
///         beside a folder.
TESSERA_EXPORT Evaluation evaluate_files(const FileComparison& comparison,
                                         const BatchObserver& observer = {});

/// What a method gets of a picture.
struct Observation {
  Image picture;              ///< mosaic, small picture, picture with holes, or noisy picture
  std::optional<Image> mask;  ///< Inpaint: 0 where missing
  double sigma = 0.0;         ///< the noise that methods are told, in 8-bit grey levels
};

/// A way to restore pictures, by name.
struct Restorer {
  std::string name;
  std::function<Image(const Observation& observed, const ExecutionOptions& execution)> restore;
};

/// A trained network.  Errors  BadCheckpoint when it was trained for another task.
TESSERA_EXPORT Restorer restorer_from_model(const std::string& name,
                                            const Model& model,
                                            const Degradation& degradation,
                                            bool self_ensemble = false);
/// A classical method by its name, such as "menon".
/// Errors  InvalidArgument, listing those that fit the task.
TESSERA_EXPORT Restorer restorer_from_method(const std::string& method,
                                             const Degradation& degradation,
                                             bool self_ensemble = false);

/// Pictures to degrade, and how to restore and score them.
struct MethodComparison {
  std::vector<std::filesystem::path> inputs;  ///< folders (all their folders entered), files, "-"
  Degradation degradation{};
  MetricProtocol protocol{};
  ReadOptions read{};
  ExecutionOptions execution{};
  EvaluationOutputs outputs{};
};

/// Degrades each picture, restores it with every method and scores the results, rounded to the
/// type of the reference. Pictures are taken one after another, so that times are those of a
/// picture alone, with all threads inside.
/// Errors  as evaluate_files; InvalidArgument without a method or for two of one name.
TESSERA_EXPORT Evaluation evaluate_methods(const MethodComparison& comparison,
                                           std::span<const Restorer> restorers,
                                           const BatchObserver& observer = {});

}  // namespace tessera
