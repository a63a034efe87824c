// SPDX-License-Identifier: MIT
#pragma once

#include "base/threads/thread_pool.h"
#include "pipeline/sources/noise_level.h"
#include "tessera/image.h"

namespace tessera::pipeline {

/// Limits the residual, noisy less restored, to what noise of that level can be:
///
/// - no sample's is above 4 sigma, which noise is once in 16,000 samples;
/// - the energy of a neighbourhood, the sum of (residual / sigma)^2 over its n samples of one
///   channel, is at most n + 5 sqrt(2 n): the mean of white Gaussian noise and five standard
///   deviations. A neighbourhood is a block of 4x4 pixels and the eight blocks around it; where it
///   has E, which is more, the block's residual is multiplied by (n + 5 sqrt(2 n)) / E. At the
///   picture's border these are the nine blocks nearest to it, the last ones overlapping those
///   before them, so that n is the same.
///
/// So pixels of noise level 0 come back as they were, and so do those under alpha 0.
/// Black that stays black, and white, do not count: what was cut off there is not known. Float
/// samples that were restored beyond black or white count as these, as in pictures of integers,
/// which so come out the same.
/// The second is the discrepancy principle of Morozov (1966), taken locally: what is restored must
/// not be further from the samples than noise is. The quotient is the share of the residual that
/// can be noise, least squares, when the rest is not correlated with it.
///
/// Shapes  `result` as `noisy`, of the same type.
/// Memory  two floats for 16 samples, and four for each sample of a row and thread.
/// The result does not depend on the number of threads.
void limit_residual(const Image& noisy,
                    const NoiseLevel& level,
                    base::ThreadPool& pool,
                    Image& result);

/// Bytes that it needs beside the pictures, on so many threads.
double residual_limits_bytes(const Image& noisy, int threads);

}  // namespace tessera::pipeline
