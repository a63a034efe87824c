// SPDX-License-Identifier: MIT
#pragma once

#include <array>

namespace tessera::graph {

/// From a pixel to a neighbour.
struct Offset {
  int dy, dx;
};

/// The forward half of the 8-neighbourhood: each undirected edge is stored once, at its first
/// pixel. An edge that leaves the image does not exist.
inline constexpr std::array<Offset, 4> kForwardOffsets{{{0, 1}, {1, -1}, {1, 0}, {1, 1}}};
inline constexpr int kEdgePlanes = 4;

/// Squared feature distances are clipped here, so that exp(-d) >= 1e-5 and no pixel is cut off.
inline constexpr float kDistanceLimit = 11.5F;

/// lambda_max of the Laplacian of degree-normalised weights on 8 neighbours: 2 sqrt(8), for any
/// features. With s_i = sum_j w_ij and s_j >= w_ij,
/// sum_j w_ij / sqrt(s_i s_j) <= sum_j sqrt(w_ij) / sqrt(s_i) <= sqrt(8) by Cauchy and Schwarz;
/// Gershgorin doubles it.
inline constexpr float kLaplacianSpectralBound = 5.6568542495F;
/// lambda_max of C'C with the same weights: sum_j w_ij^2/(s_i s_j) <= sum_j w_ij/s_i = 1, doubled.
inline constexpr float kIncidenceGramSpectralBound = 2.0F;

}  // namespace tessera::graph
