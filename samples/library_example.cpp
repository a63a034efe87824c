// SPDX-License-Identifier: MIT
// Demosaics one file:  library_example mosaic.png restored.png
#include <iostream>

#include "tessera/error.h"
#include "tessera/image_io.h"
#include "tessera/interpolate.h"
#include "tessera/model.h"

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  try {
    const tessera::Image mosaic = tessera::read_image(argv[1]);
    const tessera::Model network = tessera::Model::load(tessera::find_model("demosaic"));

    tessera::InterpolateOptions options;
    options.missing = tessera::MissingPixels::Bayer;
    options.pattern = tessera::BayerPattern::RGGB;
    const tessera::Image restored = tessera::interpolate(mosaic, nullptr, &network, options);

    tessera::write_image(argv[2], restored, tessera::FileFormat::Png);
  } catch (const tessera::Error& error) {
    std::cerr << "library_example: " << error.what() << '\n';
    return 1;
  }
}
