// SPDX-License-Identifier: MIT
#include "classical/derivatives.h"

#include "base/machine/kernel_clones.h"

namespace tessera::classical {
namespace {

constexpr float kSqrt2 = 1.41421356F;

TESSERA_KERNEL_CLONES
void add_gradient(const float* __restrict u,
                  int stride,
                  int width,
                  const float* __restrict forward,
                  float step,
                  float row_step,
                  float* __restrict dx,
                  float* __restrict dy,
                  float* __restrict squared_norm) {
  for (int x = 0; x < width; ++x) {
    const float new_dx = dx[x] + step * forward[x] * (u[x + 1] - u[x]);
    const float new_dy = dy[x] + row_step * (u[x + stride] - u[x]);
    dx[x] = new_dx;
    dy[x] = new_dy;
    squared_norm[x] += new_dx * new_dx + new_dy * new_dy;
  }
}

/// Steps of the three derivatives, those of the row's validity included.
struct HessianSteps {
  float xx, yy, xy;
};

TESSERA_KERNEL_CLONES
void add_hessian(const float* __restrict u,
                 int stride,
                 int width,
                 const float* __restrict forward,
                 const float* __restrict central,
                 HessianSteps step,
                 float* __restrict dxx,
                 float* __restrict dyy,
                 float* __restrict dxy,
                 float* __restrict squared_norm) {
  for (int x = 0; x < width; ++x) {
    const float* here = u + x;
    const float twice = 2.0F * here[0];
    const float new_xx = dxx[x] + step.xx * central[x] * ((here[-1] + here[1]) - twice);
    const float new_yy = dyy[x] + step.yy * ((here[-stride] + here[stride]) - twice);
    const float mixed = (here[stride + 1] - here[stride]) - (here[1] - here[0]);
    const float new_xy = dxy[x] + step.xy * forward[x] * mixed;
    dxx[x] = new_xx;
    dyy[x] = new_yy;
    dxy[x] = new_xy;
    squared_norm[x] += (new_xx * new_xx + new_yy * new_yy) + new_xy * new_xy;
  }
}

TESSERA_KERNEL_CLONES
void adjoint_gradient(
    const float* dx, const float* dy, int stride, int width, float* __restrict result) {
  for (int x = 0; x < width; ++x) result[x] = (dx[x - 1] - dx[x]) + (dy[x - stride] - dy[x]);
}

TESSERA_KERNEL_CLONES
void adjoint_hessian(const float* dxx,
                     const float* dyy,
                     const float* dxy,
                     int stride,
                     int width,
                     float* __restrict result) {
  for (int x = 0; x < width; ++x) {
    const float from_xx = (dxx[x - 1] + dxx[x + 1]) - 2.0F * dxx[x];
    const float from_yy = (dyy[x - stride] + dyy[x + stride]) - 2.0F * dyy[x];
    const float from_xy = (dxy[x] - dxy[x - 1]) - (dxy[x - stride] - dxy[x - stride - 1]);
    result[x] = from_xx + from_yy + kSqrt2 * from_xy;
  }
}

}  // namespace

void add_derivatives(TvOrder order,
                     const RowGeometry& geometry,
                     const float* __restrict u,
                     float step,
                     DerivativeRow planes,
                     float* squared_norm) {
  if (order == TvOrder::First) {
    add_gradient(u, geometry.stride, geometry.width, geometry.forward, step,
                 step * geometry.row.forward, planes.dx, planes.dy, squared_norm);
    return;
  }
  const HessianSteps steps{step, step * geometry.row.central, kSqrt2 * step * geometry.row.forward};
  add_hessian(u, geometry.stride, geometry.width, geometry.forward, geometry.central, steps,
              planes.dx, planes.dy, planes.dxy, squared_norm);
}

void adjoint_derivatives(TvOrder order,
                         const RowGeometry& geometry,
                         DerivativeRow planes,
                         float* result) {
  if (order == TvOrder::First)
    adjoint_gradient(planes.dx, planes.dy, geometry.stride, geometry.width, result);
  else
    adjoint_hessian(planes.dx, planes.dy, planes.dxy, geometry.stride, geometry.width, result);
}

}  // namespace tessera::classical
