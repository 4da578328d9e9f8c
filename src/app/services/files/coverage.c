#include "coverage.h"

#include <stdlib.h>
#include <string.h>

#include "memory.h"
#include "sweep_runs.h"

rs_status rs_coverage_begin(rs_coverage *coverage, const rs_plan *plan, rs_hash identity,
                            const char *origin, rs_error *error)
{
    void *outcomes = NULL;
    rs_status status;
    coverage->plan = plan;
    coverage->runs = rs_sweep_runs(plan, identity);
    if ((status = rs_match_create(&coverage->match, &coverage->runs, error)) != RS_OK ||
        (status = rs_allocate(&outcomes, coverage->runs.count, 1, error)) != RS_OK)
        return status;
    coverage->outcomes = outcomes;
    coverage->first = strdup(origin);
    return coverage->first != NULL ? RS_OK : rs_fail(error, RS_NO_MEMORY, "out of memory");
}

static rs_status begin_with_file(rs_coverage *coverage, const rs_results *results, const char *path,
                                 rs_error *error)
{
    rs_hash identity;
    rs_status status = rs_sweep_recorded(&coverage->own, &identity, results, path, error);
    return status == RS_OK ? rs_coverage_begin(coverage, coverage->own, identity, path, error)
                           : status;
}

static rs_status check_sweep(const rs_coverage *coverage, const rs_results *results,
                             const char *path, rs_error *error)
{
    char expected[RS_HASH_TEXT];
    rs_hash_format(coverage->runs.sweep, expected);
    const char *hash = rs_results_sweep(results);
    if (hash == NULL || strcmp(hash, expected) != 0)
        return rs_fail(error, RS_BAD_DATA, "%s and %s are of different sweeps", coverage->first,
                       path);
    return RS_OK;
}

rs_status rs_coverage_add(rs_coverage *coverage, const rs_results *results, const char *path,
                          rs_error *error)
{
    rs_status status = RS_OK;
    if (coverage->plan == NULL)
        status = begin_with_file(coverage, results, path, error);
    if (status == RS_OK)
        status = check_sweep(coverage, results, path, error);
    const int8_t *outcomes = rs_results_read_columns(results).status;
    const int32_t *runs = rs_results_read_columns(results).run;
    for (size_t row = 0; status == RS_OK && row < rs_results_count(results); row++) {
        rs_run_config config;
        rs_results_config(results, row, &config);
        size_t run = rs_match_find(coverage->match, (size_t)runs[row], &config);
        if (run == SIZE_MAX)
            return rs_fail(error, RS_BAD_DATA, "%s: run %d is not one of its sweep: damaged", path,
                           rs_results_read_columns(results).run[row]);
        if (outcomes[row] != RS_RUN_PENDING)
            coverage->outcomes[run] = outcomes[row];
    }
    return status;
}

void rs_coverage_forget(rs_coverage *coverage)
{
    memset(coverage->outcomes, RS_RUN_PENDING, coverage->runs.count);
}

void rs_coverage_free(rs_coverage *coverage)
{
    free(coverage->first);
    free(coverage->outcomes);
    rs_match_free(coverage->match);
    rs_plan_free(coverage->own);
    *coverage = (rs_coverage){0};
}

rs_coverage_count rs_coverage_counts(const rs_coverage *coverage)
{
    rs_coverage_count count = {.total = coverage->runs.count};
    for (size_t run = 0; run < count.total; run++)
        count.of[coverage->outcomes[run]]++;
    return count;
}

void rs_coverage_print_missing(const rs_coverage *coverage, size_t ranges, FILE *stream)
{
    const char *separator = "";
    for (size_t run = 0; run < coverage->runs.count; run++) {
        size_t last = run;
        if (coverage->outcomes[run] != RS_RUN_PENDING)
            continue;
        if (ranges-- == 0) {
            fprintf(stream, "%s...", separator);
            return;
        }
        while (last + 1 < coverage->runs.count && coverage->outcomes[last + 1] == RS_RUN_PENDING)
            last++;
        fprintf(stream, last > run ? "%s%zu-%zu" : "%s%zu", separator, run, last);
        separator = ",";
        run = last;
    }
}
