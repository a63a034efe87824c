// SPDX-License-Identifier: MIT
#include "pipeline/tiles/memory.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>

#include "base/machine/cgroup_quota.h"
#include "base/memory_refusal.h"

namespace tessera::pipeline {
namespace {

std::int64_t physical_memory() {
  const long pages = sysconf(_SC_PHYS_PAGES), page = sysconf(_SC_PAGESIZE);
  if (pages <= 0 || page <= 0) return std::int64_t{4} << 30;
  return static_cast<std::int64_t>(pages) * page;
}

}  // namespace

std::int64_t memory_budget(const ExecutionOptions& options) {
  if (options.max_memory > 0) return options.max_memory;
  const auto physical = static_cast<double>(physical_memory());
  return static_cast<std::int64_t>(std::min(physical, base::cgroup_memory_limit()) / 4);
}

std::string text_from_bytes(double bytes) {
  constexpr double kKilo = 1 << 10, kMega = 1 << 20, kGiga = 1 << 30;
  if (bytes >= kGiga) return fmt::format("{:.1f} GB", bytes / kGiga);
  if (bytes >= kMega) return fmt::format("{:.0f} MB", bytes / kMega);
  return fmt::format("{:.0f} KB", std::ceil(bytes / kKilo));
}

void require_memory(double needed, std::int64_t allowed, const std::string& what) {
  if (needed <= static_cast<double>(allowed)) return;
  throw base::MemoryRefusal(
      fmt::format("{} needs {} of memory, {} are allowed (raise --max-memory)", what,
                  text_from_bytes(needed), text_from_bytes(static_cast<double>(allowed))));
}

std::int64_t memory_left(double held, std::int64_t allowed) {
  return std::max(std::int64_t{1}, allowed - static_cast<std::int64_t>(held));
}

ExecutionOptions beside(double held, const std::string& what, ExecutionOptions execution) {
  const std::int64_t allowed = memory_budget(execution);
  require_memory(held, allowed, what);
  execution.max_memory = memory_left(held, allowed);
  return execution;
}

double bytes_of(const Image& image) {
  return static_cast<double>(image.width()) * image.height() *
         (image.channels() + (image.has_alpha() ? 1 : 0)) * bytes_per_sample(image.type());
}

}  // namespace tessera::pipeline
