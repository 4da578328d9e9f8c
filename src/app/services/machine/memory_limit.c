#include "memory_limit.h"

#include <inttypes.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

/* The number that `format` reads from the first line of a file. */
static bool read_number(const char *path, const char *format, uint64_t *number)
{
    char line[256];
    bool found = false;
    FILE *file = fopen(path, "r");
    while (file != NULL && !found && fgets(line, sizeof line, file) != NULL)
        found = sscanf(line, format, number) == 1;
    if (file != NULL)
        fclose(file);
    return found;
}

static void consider(rs_memory_limit *limit, uint64_t bytes, const char *source)
{
    if (bytes < limit->bytes)
        *limit = (rs_memory_limit){bytes, source};
}

/* /proc/self/cgroup has a line 0::GROUP for version 2. A file without a number ("max") sets no
 * limit. */
static void consider_groups(rs_memory_limit *limit, const char *root)
{
    char path[2 * PATH_MAX + 64], line[PATH_MAX + 64], group[PATH_MAX] = "";
    snprintf(path, sizeof path, "%s/proc/self/cgroup", root);
    FILE *file = fopen(path, "r");
    while (file != NULL && group[0] == '\0' && fgets(line, sizeof line, file) != NULL)
        if (strncmp(line, "0::", 3) == 0)
            snprintf(group, sizeof group, "%.*s", (int)strcspn(line + 3, "\n"), line + 3);
    if (file != NULL)
        fclose(file);
    for (char *end = group + strlen(group); end != NULL;) {
        uint64_t bytes;
        *end = '\0';
        snprintf(path, sizeof path, "%s/sys/fs/cgroup%s/memory.max", root, group);
        if (read_number(path, "%" SCNu64, &bytes))
            consider(limit, bytes, "its control group");
        end = strrchr(group, '/');
    }
}

rs_memory_limit rs_memory_limit_read(const char *root)
{
    rs_memory_limit limit = {UINT64_MAX, "nothing"};
    char path[PATH_MAX];
    uint64_t kilobytes;
    struct rlimit space;
    snprintf(path, sizeof path, "%s/proc/meminfo", root);
    if (read_number(path, "MemTotal: %" SCNu64 " kB", &kilobytes))
        consider(&limit, kilobytes * 1024, "this machine");
    consider_groups(&limit, root);
    if (getrlimit(RLIMIT_AS, &space) == 0 && space.rlim_cur != RLIM_INFINITY)
        consider(&limit, space.rlim_cur, "`ulimit -v`");
    return limit;
}
