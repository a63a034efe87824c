// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include "tessera/error.h"
#include "tessera/interpolate.h"

namespace tessera::pipeline {

/// The task whose models fill these missing pixels.
Task task_for(MissingPixels missing);

/// Checks what can be known before any picture is read: scale, method against missing pixels, and
/// that the model was trained for the task, with noise or without.
/// Errors  InvalidArgument; BadCheckpoint naming both tasks.
void check_request(const Model* network, const InterpolateOptions& options);

/// Checks a picture against the request: a mosaic is one channel without alpha, measured floats are
/// numbers, the result's size can be held.
/// Errors  BadImage; Refused.
void check_picture(const Image& observed, const InterpolateOptions& options);

/// Errors  BadImage unless a picture of so many channels can be a mosaic.
void check_mosaic_channels(int channels);

/// Whether the network, which may be null, is for mosaics with noise.
bool expects_noise(const Model* network);

/// Whether measured samples come back bit for bit: always but with such a network that is told of
/// noise.
bool keeps_samples(const Model* network, const InterpolateOptions& options);

/// A warning when options.sigma lies beyond what the network was trained for; empty otherwise.
std::string sigma_warning(const Model* network, const InterpolateOptions& options);

/// The error of a picture without a word about what is missing of it.
Error nothing_said();

/// The classical methods for a task, for messages: "bilinear or tv".
const char* methods_for(Task task);

/// "bilinear" and so on.
std::string name_of(ClassicalMethod method);

}  // namespace tessera::pipeline
