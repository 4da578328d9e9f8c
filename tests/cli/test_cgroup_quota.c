/* Limits of CPU time, read from made-up /proc and /sys/fs/cgroup trees of both versions. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cgroup_quota.h"
#include "file_io.h"

enum { PATH = 512 };

static int set_up(void **state)
{
    char *root = strdup("/tmp/rnnsweep-cgroup-XXXXXX");
    assert_non_null(root);
    assert_non_null(mkdtemp(root));
    *state = root;
    return 0;
}

static int tear_down(void **state)
{
    char command[PATH];
    snprintf(command, sizeof command, "rm -r %s", (char *)*state);
    assert_int_equal(system(command), 0);
    free(*state);
    return 0;
}

static void put(const char *root, const char *name, const char *text)
{
    char path[PATH];
    snprintf(path, sizeof path, "%s%s", root, name);
    assert_int_equal(rs_file_make_folders(path, NULL), RS_OK);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static void assert_quota(void **state, double expected)
{
    assert_true(rs_cgroup_cpu_quota(*state) == expected);
}

static const char unified_mount[] =
    "24 1 0:22 / / rw,relatime - ext4 /dev/sda1 rw\n"
    "35 24 0:30 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate\n";

static void nothing_to_read_is_no_limit(void **state)
{
    assert_quota(state, INFINITY);
    put(*state, "/proc/self/cgroup", "0::/\n");
    assert_quota(state, INFINITY);
    put(*state, "/proc/self/mountinfo", unified_mount);
    assert_quota(state, INFINITY);
}

static void the_smallest_limit_above_counts(void **state)
{
    put(*state, "/proc/self/cgroup", "0::/system.slice/job_7/task_0\n");
    put(*state, "/proc/self/mountinfo", unified_mount);
    put(*state, "/sys/fs/cgroup/system.slice/job_7/task_0/cpu.max", "max 100000\n");
    assert_quota(state, INFINITY);
    put(*state, "/sys/fs/cgroup/system.slice/job_7/cpu.max", "250000 100000\n");
    assert_quota(state, 2.5);
    put(*state, "/sys/fs/cgroup/system.slice/job_7/task_0/cpu.max", "400000 100000\n");
    assert_quota(state, 2.5);
    put(*state, "/sys/fs/cgroup/system.slice/cpu.max", "50000 100000\n");
    assert_quota(state, 0.5);
}

static void of_a_container_the_top_is_what_is_mounted(void **state)
{
    put(*state, "/proc/self/cgroup", "0::/docker/4f/inner\n");
    put(*state, "/proc/self/mountinfo",
        "35 24 0:30 /docker/4f /sys/fs/cgroup ro,nosuid - cgroup2 cgroup rw\n");
    put(*state, "/sys/fs/cgroup/cpu.max", "300000 100000\n");
    assert_quota(state, 3);
    put(*state, "/sys/fs/cgroup/inner/cpu.max", "200000 100000\n");
    assert_quota(state, 2);
}

static void version_1_has_two_files(void **state)
{
    put(*state, "/proc/self/cgroup",
        "5:cpuset:/set\n4:cpuacct,cpu:/slurm/job_7\n1:name=systemd:/\n0::/other\n");
    put(*state, "/proc/self/mountinfo",
        "30 24 0:26 / /sys/fs/cgroup/cpuset rw,relatime - cgroup cgroup rw,cpuset\n"
        "31 24 0:27 / /sys/fs/cgroup/cpu,cpuacct rw,relatime - cgroup cgroup rw,cpu,cpuacct\n");
    put(*state, "/sys/fs/cgroup/cpu,cpuacct/slurm/job_7/cpu.cfs_quota_us", "-1\n");
    put(*state, "/sys/fs/cgroup/cpu,cpuacct/slurm/job_7/cpu.cfs_period_us", "100000\n");
    assert_quota(state, INFINITY);
    put(*state, "/sys/fs/cgroup/cpu,cpuacct/slurm/cpu.cfs_quota_us", "150000\n");
    put(*state, "/sys/fs/cgroup/cpu,cpuacct/slurm/cpu.cfs_period_us", "50000\n");
    assert_quota(state, 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(nothing_to_read_is_no_limit, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_smallest_limit_above_counts, set_up, tear_down),
        cmocka_unit_test_setup_teardown(of_a_container_the_top_is_what_is_mounted, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(version_1_has_two_files, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
