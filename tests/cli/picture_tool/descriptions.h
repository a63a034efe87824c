// SPDX-License-Identifier: MIT
#pragma once

#include "tessera/image.h"

/// A colour profile, EXIF and XMP, as a picture of `channels` may carry them.
tessera::ImageMetadata some_descriptions(int channels);
