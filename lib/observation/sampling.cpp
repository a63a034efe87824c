// SPDX-License-Identifier: MIT
#include "observation/sampling.h"

#include <algorithm>

namespace tessera::observation {

void samples_from_mosaic(TensorView<const float> mosaic,
                         BayerPattern pattern,
                         int top,
                         int left,
                         TensorView<float> samples,
                         TensorView<float> mask) {
  TESSERA_ASSERT(mosaic.channels() == 1 && samples.shape() == mask.shape());
  TESSERA_ASSERT((samples.shape() == Shape{3, mosaic.height(), mosaic.width()}));
  for (int c = 0; c < 3; ++c)
    for (int y = 0; y < mosaic.height(); ++y) {
      const float passes[2] = {
          bayer_channel(pattern, top + y, left) == c ? 1.0F : 0.0F,
          bayer_channel(pattern, top + y, left + 1) == c ? 1.0F : 0.0F,
      };
      const float* in = mosaic.row(0, y);
      float* out = samples.row(c, y);
      float* known = mask.row(c, y);
      for (int x = 0; x < mosaic.width(); ++x) {
        known[x] = passes[x % 2];
        out[x] = passes[x % 2] > 0.0F ? in[x] : 0.0F;
      }
    }
}

void samples_from_decimated(TensorView<const float> measured,
                            TensorView<float> samples,
                            TensorView<float> mask) {
  TESSERA_ASSERT(samples.shape() == mask.shape());
  TESSERA_ASSERT(
      (samples.shape() == Shape{measured.channels(), 2 * measured.height(), 2 * measured.width()}));
  std::fill_n(samples.data(), samples.shape().count(), 0.0F);
  std::fill_n(mask.data(), mask.shape().count(), 0.0F);
  for (int c = 0; c < measured.channels(); ++c)
    for (int y = 0; y < measured.height(); ++y) {
      const float* in = measured.row(c, y);
      float* out = samples.row(c, 2 * y);
      float* known = mask.row(c, 2 * y);
      for (int x = 0; x < measured.width(); ++x) {
        out[2 * x] = in[x];
        known[2 * x] = 1.0F;
      }
    }
}

}  // namespace tessera::observation
