/* The CPU time that the kernel grants this process: the limit of a container or service, which the
 * affinity mask does not show. */
#ifndef RS_CGROUP_QUOTA_H
#define RS_CGROUP_QUOTA_H

/* The limit in CPUs: the smallest one of this process's control group and its ancestors, of version
 * 1 or 2. INFINITY without a limit, or if it cannot be read. `root` is a prefix of all paths, ""
 * for the system's own. */
double rs_cgroup_cpu_quota(const char *root);

#endif
