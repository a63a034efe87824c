// SPDX-License-Identifier: MIT
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <utility>

#include "tessera/fuse.h"

namespace tessera {
namespace {

// Whoever mixed up two files sees it by these; a file of another kind has hundreds.
constexpr std::size_t kNamed = 3;

std::string text_from_reasons(const std::vector<std::string>& reasons) {
  const auto end = reasons.begin() + static_cast<std::ptrdiff_t>(std::min(kNamed, reasons.size()));
  std::string text =
      fmt::format("these cannot be fused: {}", fmt::join(reasons.begin(), end, "; "));
  if (reasons.size() > kNamed)
    text += fmt::format("; and {} more (--verbose tells all)", reasons.size() - kNamed);
  return text;
}

}  // namespace

FusionMismatch::FusionMismatch(std::vector<std::string> reasons)
    : Error(ErrorCode::BadCheckpoint, text_from_reasons(reasons)), reasons_(std::move(reasons)) {}
FusionMismatch::~FusionMismatch() = default;

}  // namespace tessera
