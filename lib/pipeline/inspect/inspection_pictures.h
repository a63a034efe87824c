// SPDX-License-Identifier: MIT
#pragma once

#include <vector>

#include "analysis/inspection.h"
#include "tessera/inspect.h"

namespace tessera::pipeline {

/// Pictures of an inspection: estimate and result; for every graph its degrees, its row entropy,
/// and its edges around each point; for every point the inputs that move it.
/// Captions count rows and columns from (top, left) of the inspected part.
std::vector<NamedPicture> inspection_pictures(const analysis::Inspection& inspection,
                                              int top,
                                              int left);

}  // namespace tessera::pipeline
