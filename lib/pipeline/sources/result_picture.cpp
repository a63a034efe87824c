// SPDX-License-Identifier: MIT
#include "pipeline/sources/result_picture.h"

#include "pipeline/sources/alpha.h"

namespace tessera::pipeline {

Image result_picture(const Image& observed, int scale, int channels) {
  Image result(observed.width() * scale, observed.height() * scale, channels, observed.type(),
               observed.has_alpha());
  result.set_max_value(observed.max_value());
  result.metadata = observed.metadata;
  result.warnings = observed.warnings;
  if (channels != observed.channels() && !result.metadata.icc.empty()) {
    result.metadata.icc.clear();
    result.warnings.push_back("grey colour profile dropped: the result is in colour");
  }
  if (observed.has_alpha()) enlarge_alpha(observed, scale, result);
  return result;
}

}  // namespace tessera::pipeline
