#include "cgroup_quota.h"

#include <limits.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LINE = 8192 };

/* A mounted hierarchy that limits CPU time, and where this process is in it. */
struct hierarchy {
    bool unified;         /* version 2 */
    char mount[PATH_MAX]; /* its path */
    char top[PATH_MAX];   /* the part of it mounted there: "/", or a container's */
    char group[PATH_MAX]; /* the process's group */
};

/* Whether `word` is in a comma-separated list. */
static bool lists(const char *list, const char *word)
{
    size_t length = strlen(word);
    for (const char *each = list; each != NULL; each = strchr(each, ',')) {
        each += *each == ',';
        if (strncmp(each, word, length) == 0 && (each[length] == ',' || each[length] == '\0'))
            return true;
    }
    return false;
}

/* /proc/self/cgroup has lines ID:CONTROLLERS:GROUP; version 2 is the one without controllers. */
static bool find_group(struct hierarchy *hierarchy, const char *root)
{
    char path[PATH_MAX], line[LINE];
    bool found = false;
    snprintf(path, sizeof path, "%s/proc/self/cgroup", root);
    FILE *file = fopen(path, "r");
    while (file != NULL && !found && fgets(line, sizeof line, file) != NULL) {
        char *controllers = strchr(line, ':');
        char *group = controllers != NULL ? strchr(controllers + 1, ':') : NULL;
        if (group == NULL)
            continue;
        *group++ = '\0';
        controllers++;
        group[strcspn(group, "\n")] = '\0';
        found = hierarchy->unified ? controllers[0] == '\0' : lists(controllers, "cpu");
        if (found)
            snprintf(hierarchy->group, sizeof hierarchy->group, "%s", group);
    }
    if (file != NULL)
        fclose(file);
    return found;
}

/* /proc/self/mountinfo: ID PARENT MAJOR:MINOR TOP MOUNT OPTIONS... - TYPE SOURCE SUPER-OPTIONS. */
static bool find_mount(struct hierarchy *hierarchy, const char *root)
{
    char path[PATH_MAX], line[LINE], type[64], super[LINE];
    bool found = false;
    snprintf(path, sizeof path, "%s/proc/self/mountinfo", root);
    FILE *file = fopen(path, "r");
    while (file != NULL && !found && fgets(line, sizeof line, file) != NULL) {
        const char *tail = strstr(line, " - ");
        if (tail == NULL || sscanf(tail, " - %63s %*s %8191s", type, super) != 2 ||
            sscanf(line, "%*s %*s %*s %4095s %4095s", hierarchy->top, hierarchy->mount) != 2)
            continue;
        found = hierarchy->unified ? strcmp(type, "cgroup2") == 0
                                   : strcmp(type, "cgroup") == 0 && lists(super, "cpu");
    }
    if (file != NULL)
        fclose(file);
    return found;
}

/* The group's path below the mount, without the part that is not mounted. */
static const char *visible_group(const struct hierarchy *hierarchy)
{
    size_t length = strlen(hierarchy->top);
    if (length > 1 && strncmp(hierarchy->group, hierarchy->top, length) == 0)
        return hierarchy->group + length;
    return hierarchy->group;
}

/* The first `count` numbers of the first line of a file. */
static bool read_numbers(const char *folder, const char *name, int count, double numbers[])
{
    char path[3 * PATH_MAX + 64], line[LINE];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "r");
    if (file == NULL)
        return false;
    bool read = fgets(line, sizeof line, file) != NULL;
    fclose(file);
    char *end = line;
    for (int i = 0; i < count && read; i++) {
        char *start = end;
        numbers[i] = strtod(start, &end);
        read = end > start;
    }
    return read;
}

/* Microseconds of CPU time allowed in a period; "max" or -1 is no limit. */
static double read_limit(const char *root, const struct hierarchy *hierarchy, const char *group)
{
    char folder[3 * PATH_MAX];
    double limit[2] = {0}; /* time, period */
    bool read;
    snprintf(folder, sizeof folder, "%s%s%s", root, hierarchy->mount, group);
    if (hierarchy->unified)
        read = read_numbers(folder, "cpu.max", 2, limit);
    else
        read = read_numbers(folder, "cpu.cfs_period_us", 1, &limit[1]) &&
               read_numbers(folder, "cpu.cfs_quota_us", 1, limit);
    return read && limit[0] > 0 && limit[1] > 0 ? limit[0] / limit[1] : INFINITY;
}

static double smallest_limit(const char *root, struct hierarchy *hierarchy)
{
    double smallest = INFINITY;
    char group[PATH_MAX];
    if (!find_group(hierarchy, root) || !find_mount(hierarchy, root))
        return INFINITY;
    snprintf(group, sizeof group, "%s", visible_group(hierarchy));
    for (char *end = group; end != NULL;) {
        smallest = fmin(smallest, read_limit(root, hierarchy, group));
        end = strrchr(group, '/');
        if (end != NULL)
            *end = '\0';
    }
    return smallest;
}

double rs_cgroup_cpu_quota(const char *root)
{
    struct hierarchy first = {.unified = false}, second = {.unified = true};
    return fmin(smallest_limit(root, &first), smallest_limit(root, &second));
}
