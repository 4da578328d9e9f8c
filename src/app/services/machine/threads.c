#include "threads.h"

#include <errno.h>
#include <math.h>
#include <sched.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "cgroup_quota.h"
#include "options.h"

/* Strictly reads a number from the environment: other text is an error, not silently one thread or
 * all. *found: the variable is set and not empty. */
static rs_status read_variable(const char *name, unsigned *count, bool *found, rs_error *error)
{
    const char *text = getenv(name);
    unsigned long number;
    *found = text != NULL && text[0] != '\0';
    if (!*found)
        return RS_OK;
    if (!rs_parse_count(text, 1, RS_THREADS_MAX, &number))
        return rs_fail(error, RS_USAGE,
                       "%s=%s: must be a whole number from 1 to %d; mend it, or give -j N", name,
                       text, RS_THREADS_MAX);
    *count = (unsigned)number;
    return RS_OK;
}

/* One item of an OpenMP list, which blanks may surround. */
static bool parse_item(const char *text, size_t length, unsigned long *number)
{
    char item[32];
    while (length > 0 && strchr(" \t", text[0]) != NULL)
        text++, length--;
    while (length > 0 && strchr(" \t", text[length - 1]) != NULL)
        length--;
    if (length >= sizeof item)
        return false;
    memcpy(item, text, length);
    item[length] = '\0';
    return rs_parse_count(item, 1, RS_THREADS_MAX, number);
}

/* A variable of OpenMP: numbers for nested parallel regions, "4,2". Only the first one matters
 * here. */
static rs_status read_openmp(const char *name, unsigned *count, bool *found, rs_error *error)
{
    const char *text = getenv(name);
    *found = text != NULL && text[0] != '\0';
    for (const char *item = text; *found && item != NULL;) {
        const char *comma = strchrnul(item, ',');
        unsigned long number;
        if (!parse_item(item, (size_t)(comma - item), &number))
            return rs_fail(error, RS_USAGE,
                           "%s=%s: must be a whole number from 1 to %d, or several with commas; "
                           "mend it, or give -j N",
                           name, text, RS_THREADS_MAX);
        if (item == text)
            *count = (unsigned)number;
        item = *comma != '\0' ? comma + 1 : NULL;
    }
    return RS_OK;
}

/* CPUs in the affinity mask, which taskset, cpusets and Slurm's task plugins narrow. Doubles the
 * set until the kernel's own fits, for machines beyond CPU_SETSIZE. */
static unsigned affinity_count(void)
{
    for (int cpus = CPU_SETSIZE; cpus <= 1 << 20; cpus *= 2) {
        cpu_set_t *set = CPU_ALLOC((size_t)cpus);
        size_t bytes = CPU_ALLOC_SIZE((size_t)cpus);
        if (set == NULL)
            return 1;
        int failed = sched_getaffinity(0, bytes, set);
        int count = failed ? 0 : CPU_COUNT_S(bytes, set);
        CPU_FREE(set);
        if (count > 0)
            return (unsigned)count;
        if (errno != EINVAL)
            return 1;
    }
    return 1;
}

/* The CPUs of the affinity mask, or the quota of CPU time if that is less. A fraction of a CPU
 * counts as one thread. */
static rs_thread_choice available(void)
{
    rs_thread_choice choice = {.count = affinity_count(), .source = "CPUs available"};
    double quota = ceil(rs_cgroup_cpu_quota(""));
    if (quota < choice.count)
        choice = (rs_thread_choice){.count = (unsigned)quota, .source = "CPU quota of the cgroup"};
    return choice;
}

/* One of several tasks of a step: without --cpus-per-task, Slurm shows all CPUs of the node to each
 * of them. */
static bool shares_slurm_step(void)
{
    const char *tasks = getenv("SLURM_STEP_NUM_TASKS");
    return getenv("SLURM_STEP_ID") != NULL && (tasks == NULL || strcmp(tasks, "1") != 0);
}

static rs_status slurm_count(rs_thread_choice *choice, bool *found, rs_error *error)
{
    choice->source = "SLURM_CPUS_PER_TASK";
    rs_status status = read_variable(choice->source, &choice->count, found, error);
    if (status != RS_OK || *found)
        return status;
    if (shares_slurm_step()) {
        *found = true;
        *choice = (rs_thread_choice){.count = 1, .source = "one Slurm task of several"};
        return RS_OK;
    }
    choice->source = "SLURM_CPUS_ON_NODE";
    return read_variable(choice->source, &choice->count, found, error);
}

enum { STACK_LEAST = 256 };

/* A size as OpenMP reads it: "16k", "512 K", "1m", "65536b"; kilobytes without a letter. INFINITY
 * for text that OpenMP ignores. */
static double stack_kilobytes(const char *text)
{
    static const char letters[] = "bkmg";
    static const double factors[] = {1.0 / 1024, 1, 1024, 1024.0 * 1024};
    char *end;
    errno = 0;
    const unsigned long number = strtoul(text, &end, 10);
    if (end == text || errno != 0)
        return INFINITY;
    end += strspn(end, " \t");
    const char *letter = *end != '\0' ? strchr(letters, *end | 0x20) : &letters[1];
    if (letter == NULL || (*end != '\0' && end[1 + strspn(end + 1, " \t")] != '\0'))
        return INFINITY;
    return (double)number * factors[letter - letters];
}

/* OpenMP reads the variable before main begins, so it is too late to correct it. */
static rs_status check_stack(rs_error *error)
{
    static const char *const names[] = {"OMP_STACKSIZE", "GOMP_STACKSIZE"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        const char *text = getenv(names[i]);
        if (text != NULL && stack_kilobytes(text) < STACK_LEAST)
            return rs_fail(error, RS_USAGE,
                           "%s=%s: a thread needs a stack of %d kB; unset it, or give more",
                           names[i], text, STACK_LEAST);
    }
    return RS_OK;
}

rs_status rs_threads_choose(unsigned option, rs_thread_choice *choice, rs_error *error)
{
    rs_thread_choice chosen = {.count = option, .source = "-j"};
    rs_thread_choice slurm = {0};
    unsigned limit = 0;
    bool found;
    rs_status status = check_stack(error);
    if (status != RS_OK)
        return status;
    if (option == 0) {
        chosen.source = "OMP_NUM_THREADS";
        if ((status = read_openmp(chosen.source, &chosen.count, &found, error)) != RS_OK)
            return status;
        if (!found) {
            if ((status = slurm_count(&slurm, &found, error)) != RS_OK)
                return status;
            chosen = available();
            if (found && slurm.count < chosen.count)
                chosen = slurm;
        }
    }
    if (chosen.count > RS_THREADS_MAX)
        chosen.count = RS_THREADS_MAX;
    /* OpenMP would silently start fewer. */
    if ((status = read_openmp("OMP_THREAD_LIMIT", &limit, &found, error)) != RS_OK)
        return status;
    if (found && limit < chosen.count)
        chosen = (rs_thread_choice){.count = limit, .source = "OMP_THREAD_LIMIT"};
    *choice = chosen;
    return RS_OK;
}
