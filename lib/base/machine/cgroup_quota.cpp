// SPDX-License-Identifier: MIT
#include "base/machine/cgroup_quota.h"

#include <algorithm>
#include <fstream>
#include <string>
#include <vector>

namespace tessera::base {
namespace fs = std::filesystem;
namespace {

double quota_over_period(double quota, double period) {
  return quota > 0.0 && period > 0.0 ? quota / period : kNoLimit;
}

/// cpu.max holds "QUOTA PERIOD" in microseconds; QUOTA is "max" when unlimited, which is no number.
double quota_version2(const fs::path& group) {
  std::ifstream file(group / "cpu.max");
  double quota = 0.0, period = 0.0;
  return file >> quota >> period ? quota_over_period(quota, period) : kNoLimit;
}

double quota_version1(const fs::path& group) {
  std::ifstream quota_file(group / "cpu.cfs_quota_us"), period_file(group / "cpu.cfs_period_us");
  double quota = 0.0, period = 0.0;
  return quota_file >> quota && period_file >> period ? quota_over_period(quota, period) : kNoLimit;
}

double number_in(const fs::path& file) {
  std::ifstream stream(file);
  double limit = 0.0;
  return stream >> limit && limit > 0.0 ? limit : kNoLimit;
}

double memory_version2(const fs::path& group) { return number_in(group / "memory.max"); }
double memory_version1(const fs::path& group) { return number_in(group / "memory.limit_in_bytes"); }

/// Smallest quota of `group` and the groups above it, up to and including the mount point: inside a
/// container the group's path may not exist below the mount, but the mount itself then is the
/// group.
double smallest_on_the_way(const fs::path& mount,
                           const std::string& group,
                           double (*quota_of)(const fs::path&)) {
  double smallest = quota_of(mount);
  fs::path path = mount;
  for (const fs::path& part : fs::path(group).relative_path()) {
    if (part == "..") return smallest;
    path /= part;
    smallest = std::min(smallest, quota_of(path));
  }
  return smallest;
}

bool names(const std::string& controllers, const std::string& one) {
  return ("," + controllers + ",").find("," + one + ",") != std::string::npos;
}

/// How a controller states its limits, and in which folders version 1 has it.
struct Controller {
  std::string name;
  double (*version2)(const fs::path&);
  double (*version1)(const fs::path&);
  std::vector<std::string> folders;
};

double smallest_limit(const Controller& controller,
                      const fs::path& process_groups,
                      const fs::path& mount) {
  double smallest = kNoLimit;
  std::ifstream file(process_groups);
  // Lines are "hierarchy:controllers:group"; version 2 is hierarchy 0 without controllers.
  for (std::string line; std::getline(file, line);) {
    const std::size_t first = line.find(':');
    if (first == std::string::npos) continue;
    const std::size_t second = line.find(':', first + 1);
    if (second == std::string::npos) continue;
    const std::string controllers = line.substr(first + 1, second - first - 1);
    const std::string group = line.substr(second + 1);
    if (controllers.empty()) {
      smallest = std::min(smallest, smallest_on_the_way(mount, group, controller.version2));
    } else if (names(controllers, controller.name)) {
      for (const std::string& folder : controller.folders)
        smallest =
            std::min(smallest, smallest_on_the_way(mount / folder, group, controller.version1));
    }
  }
  return smallest;
}

}  // namespace

double cgroup_cpu_quota(const fs::path& process_groups, const fs::path& mount) {
  return smallest_limit(
      {"cpu", quota_version2, quota_version1, {"cpu", "cpu,cpuacct", "cpuacct,cpu"}},
      process_groups, mount);
}

double cgroup_memory_limit(const fs::path& process_groups, const fs::path& mount) {
  return smallest_limit({"memory", memory_version2, memory_version1, {"memory"}}, process_groups,
                        mount);
}

}  // namespace tessera::base
