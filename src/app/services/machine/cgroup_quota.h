/* How much CPU time the kernel lets this process have: a container's or a service's limit, which
 * the affinity mask does not show. */
#ifndef RS_CGROUP_QUOTA_H
#define RS_CGROUP_QUOTA_H

/* CPUs' worth of time, the smallest limit of this process's control group and those above it, of
 * version 1 or 2; INFINITY without a limit, or where nothing can be read. `root` stands before all
 * paths: "" for the system's own. */
double rs_cgroup_cpu_quota(const char *root);

#endif
