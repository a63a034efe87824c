// SPDX-License-Identifier: MIT
#include "base/machine/cgroup_quota.h"

#include <doctest/doctest.h>

#include "support/temporary_folder.h"

namespace tessera::base {

TEST_SUITE("base/cgroup_quota") {
  TEST_CASE("nothing stated is no limit") {
    const test::TemporaryFolder folder;
    CHECK(cgroup_cpu_quota(folder / "absent", folder.path()) == kNoLimit);
    folder.write("cgroup", "0::/a/b\n");
    CHECK(cgroup_cpu_quota(folder / "cgroup", folder.path()) == kNoLimit);
    folder.write("a/cpu.max", "max 100000\n");
    CHECK(cgroup_cpu_quota(folder / "cgroup", folder.path()) == kNoLimit);
  }
  TEST_CASE("version 2 takes the smallest quota on the way to the root") {
    const test::TemporaryFolder folder;
    folder.write("cgroup", "0::/a/b\n");
    folder.write("a/cpu.max", "150000 100000\n");
    folder.write("a/b/cpu.max", "400000 100000\n");
    CHECK(cgroup_cpu_quota(folder / "cgroup", folder.path()) == 1.5);
    folder.write("cpu.max", "50000 100000\n");
    CHECK(cgroup_cpu_quota(folder / "cgroup", folder.path()) == 0.5);
  }
  TEST_CASE("version 2 inside a container finds its quota at the mount point") {
    const test::TemporaryFolder folder;
    folder.write("cgroup", "0::/outside/name\n");
    folder.write("cpu.max", "200000 100000\n");
    CHECK(cgroup_cpu_quota(folder / "cgroup", folder.path()) == 2.0);
    folder.write("cgroup", "0::/../../escaped\n");
    CHECK(cgroup_cpu_quota(folder / "cgroup", folder.path()) == 2.0);
  }
  TEST_CASE("version 1 reads the cpu controller only, and -1 is no limit") {
    const test::TemporaryFolder folder;
    folder.write("cgroup", "4:cpuset:/x\n2:cpuacct,cpu:/job\n");
    folder.write("cpu,cpuacct/job/cpu.cfs_quota_us", "-1\n");
    folder.write("cpu,cpuacct/job/cpu.cfs_period_us", "100000\n");
    folder.write("cpuset/x/cpu.cfs_quota_us", "1000\n");
    folder.write("cpuset/x/cpu.cfs_period_us", "100000\n");
    CHECK(cgroup_cpu_quota(folder / "cgroup", folder.path()) == kNoLimit);
    folder.write("cpu,cpuacct/job/cpu.cfs_quota_us", "300000\n");
    CHECK(cgroup_cpu_quota(folder / "cgroup", folder.path()) == 3.0);
  }
  TEST_CASE("memory is that of the job's own group or of one around it, whichever is less") {
    const test::TemporaryFolder folder;
    folder.write("cgroup", "0::/slice/job\n");
    CHECK(cgroup_memory_limit(folder / "cgroup", folder.path()) == kNoLimit);
    folder.write("slice/job/memory.max", "max\n");
    CHECK(cgroup_memory_limit(folder / "cgroup", folder.path()) == kNoLimit);
    folder.write("slice/job/memory.max", "2147483648\n");
    CHECK(cgroup_memory_limit(folder / "cgroup", folder.path()) == 2147483648.0);
    folder.write("slice/memory.max", "1073741824\n");
    CHECK(cgroup_memory_limit(folder / "cgroup", folder.path()) == 1073741824.0);
    folder.write("cgroup", "9:memory:/job\n3:cpu:/job\n");
    CHECK(cgroup_memory_limit(folder / "cgroup", folder.path()) == kNoLimit);
    folder.write("memory/job/memory.limit_in_bytes", "4096\n");
    CHECK(cgroup_memory_limit(folder / "cgroup", folder.path()) == 4096.0);
  }
  TEST_CASE("damaged files do not limit") {
    const test::TemporaryFolder folder;
    folder.write("cgroup", "no colons\n:\n0::/a\n");
    folder.write("a/cpu.max", "100000 0\n");
    CHECK(cgroup_cpu_quota(folder / "cgroup", folder.path()) == kNoLimit);
  }
}

}  // namespace tessera::base
