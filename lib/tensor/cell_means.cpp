// SPDX-License-Identifier: MIT
#include "tensor/cell_means.h"

#include "base/threads/threads_inside.h"

namespace tessera {

void cell_means(TensorView<const float> plane, TensorView<float> means) {
  TESSERA_ASSERT((plane.shape() == Shape{1, 2 * means.height(), 2 * means.width()}));
  base::for_each_inside(means.height(), [&](int y) {
    const float *upper = plane.row(0, 2 * y), *lower = plane.row(0, 2 * y + 1);
    float* const mean = means.row(0, y);
    for (int x = 0; x < means.width(); ++x)
      mean[x] = 0.25F * (upper[2 * x] + upper[2 * x + 1] + lower[2 * x] + lower[2 * x + 1]);
  });
}

}  // namespace tessera
