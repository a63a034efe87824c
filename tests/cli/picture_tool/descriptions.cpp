// SPDX-License-Identifier: MIT
#include "descriptions.h"

#include "image/containers.h"

tessera::ImageMetadata some_descriptions(int channels) {
  tessera::ImageMetadata metadata;
  metadata.icc = tessera::test::icc_profile(channels == 1 ? "GRAY" : "RGB ", 3000);
  metadata.exif = tessera::test::exif_block(1, false);
  metadata.xmp = tessera::test::xmp_packet("1");
  return metadata;
}
