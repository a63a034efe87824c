// SPDX-License-Identifier: MIT
#pragma once

#include "classical/total_variation.h"

namespace tessera::classical {

// The linear operator K of the total variations and its adjoint, a row at a time. Planes have a
// border of one pixel; derivatives that would reach outside the picture are multiplied by zero.
//   First    dx, dy       u(y, x+1) - u(y, x) and u(y+1, x) - u(y, x)
//   Second   xx, yy, xy   central second differences; sqrt(2) times the forward mixed difference,
//                         so that the norm over the three is the Frobenius norm of the Hessian

/// Planes of derivatives per channel.
constexpr int derivative_count(TvOrder order) { return order == TvOrder::First ? 2 : 3; }

/// Upper bound of the largest eigenvalue of K'K: 4 per axis, squared for second order.
constexpr float squared_norm_bound(TvOrder order) { return order == TvOrder::First ? 8.0F : 64.0F; }

/// 1 where a difference along a line of pixels exists, else 0, for one position of the line.
struct LineValidity {
  float forward;  ///< not the last pixel
  float central;  ///< neither the first nor the last
};
constexpr LineValidity validity_on_line(int index, int size) {
  return {index + 1 < size ? 1.0F : 0.0F, index > 0 && index + 1 < size ? 1.0F : 0.0F};
}

/// One row of a channel's derivative planes; dxy is null for first order.
struct DerivativeRow {
  float *dx, *dy, *dxy;
};

/// What the row kernels share.
struct RowGeometry {
  int stride, width;
  const float *forward, *central;  ///< LineValidity of the columns; width floats each
  LineValidity row;                ///< of the row
};

/// planes += step * (K u) on one row, and squared_norm += the squares of the new planes.
/// `u`: first pixel of the row inside the bordered plane.
void add_derivatives(TvOrder order,
                     const RowGeometry& geometry,
                     const float* u,
                     float step,
                     DerivativeRow planes,
                     float* squared_norm);

/// result = K' planes on one row.  Shapes  result: width floats.
void adjoint_derivatives(TvOrder order,
                         const RowGeometry& geometry,
                         DerivativeRow planes,
                         float* result);

}  // namespace tessera::classical
