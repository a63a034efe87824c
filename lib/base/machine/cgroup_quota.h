// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <limits>

namespace tessera::base {

/// No limit stated anywhere.
inline constexpr double kNoLimit = std::numeric_limits<double>::infinity();

/// Processors' worth of time that control groups allow this process: the smallest quota over period
/// on the way from the process's group to the root, of version 2 (cpu.max) and version 1
/// (cpu.cfs_quota_us, cpu.cfs_period_us). Files that do not exist or say "max" or -1 do not limit.
/// Units  processors, may be a fraction; kNoLimit when nothing limits.
/// Source  Linux Documentation/admin-guide/cgroup-v2.rst, "CPU"; scheduler/sched-bwc.rst.
double cgroup_cpu_quota(const std::filesystem::path& process_groups = "/proc/self/cgroup",
                        const std::filesystem::path& mount = "/sys/fs/cgroup");

/// Bytes of memory that control groups allow this process: likewise, of memory.max and
/// memory.limit_in_bytes; kNoLimit when nothing limits.
/// Source  Linux Documentation/admin-guide/cgroup-v2.rst, "Memory"; cgroup-v1/memory.rst.
double cgroup_memory_limit(const std::filesystem::path& process_groups = "/proc/self/cgroup",
                           const std::filesystem::path& mount = "/sys/fs/cgroup");

}  // namespace tessera::base
