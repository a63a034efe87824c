// SPDX-License-Identifier: MIT
#include "metrics/protocol.h"

#include <fmt/format.h>

namespace tessera {

std::string name_of(MeasuredChannels channels) {
  switch (channels) {
    case MeasuredChannels::Rgb:
      return "rgb";
    case MeasuredChannels::Y:
      return "y";
    case MeasuredChannels::Grey:
      return "grey";
  }
  return "unknown";
}

std::string name_of(AlphaPolicy policy) {
  switch (policy) {
    case AlphaPolicy::Ignore:
      return "ignore";
    case AlphaPolicy::OverBlack:
      return "black";
    case AlphaPolicy::OverWhite:
      return "white";
  }
  return "unknown";
}

std::string metrics::psnr_conventions(const MetricProtocol& protocol) {
  const std::string range = protocol.white > 0.0 ? fmt::format("0 to {}", protocol.white)
                                                 : std::string("0 to the white of each file");
  const std::string alpha = protocol.alpha == AlphaPolicy::Ignore
                                ? std::string("ignored")
                                : "over " + name_of(protocol.alpha);
  return fmt::format("channels {}, border {}, range {}, alpha {}", name_of(protocol.channels),
                     protocol.border, range, alpha);
}

std::string text_from_protocol(const MetricProtocol& protocol) {
  return fmt::format(
      "{}; SSIM Gaussian 11x11 sigma 1.5, valid region; MS-SSIM 5 scales, sides from {}; mean of "
      "per-image values",
      metrics::psnr_conventions(protocol), kSmallestMsSsimSide);
}

}  // namespace tessera
