// SPDX-License-Identifier: MIT
#pragma once

#include "image/sample_types.h"

namespace tessera::pipeline {

using image::white_of;
using image::with_sample_type;

}  // namespace tessera::pipeline
