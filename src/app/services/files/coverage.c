#include "coverage.h"

#include <stdlib.h>
#include <string.h>

#include "memory.h"
#include "options.h"
#include "sweep_runs.h"

static rs_status reserve(rs_coverage *coverage, size_t total, rs_error *error)
{
    void *outcomes = coverage->outcomes;
    if (total <= coverage->total)
        return RS_OK;
    rs_status status = rs_grow(&outcomes, &coverage->room, total, 1, error);
    coverage->outcomes = outcomes;
    if (status == RS_OK)
        coverage->total = total;
    return status;
}

static rs_status copy_text(char **copy, const char *text, rs_error *error)
{
    *copy = strdup(text);
    return *copy != NULL ? RS_OK : rs_fail(error, RS_NO_MEMORY, "out of memory");
}

/* Whether the sweep has early termination. */
static bool is_staged(const rs_coverage *coverage)
{
    return coverage->goals.halving != NULL;
}

rs_status rs_coverage_begin(rs_coverage *coverage, const rs_plan *plan, rs_hash identity,
                            const char *origin, rs_error *error)
{
    char sweep[RS_HASH_TEXT];
    rs_status status;
    coverage->plan = plan;
    coverage->runs = rs_sweep_runs(plan, identity);
    rs_hash_format(identity, sweep);
    if ((rs_plan_halving(plan) != NULL &&
         (status = rs_goals_begin(&coverage->goals, plan, identity, error)) != RS_OK) ||
        (status = rs_match_create(&coverage->match, &coverage->runs, error)) != RS_OK ||
        (status = reserve(coverage, coverage->runs.count, error)) != RS_OK ||
        (status = copy_text(&coverage->first, origin, error)) != RS_OK ||
        (status = copy_text(&coverage->name, rs_plan_name(plan), error)) != RS_OK)
        return status;
    return copy_text(&coverage->sweep, sweep, error);
}

/* Counts a file whose sweep this program cannot expand, for the reason in *reason. */
static rs_status begin_by_number(rs_coverage *coverage, const rs_results *results, const char *path,
                                 const rs_error *reason, rs_error *error)
{
    const char *title = rs_results_attribute(results, "title");
    const char *whole = rs_results_attribute(results, "rnnsweep_runs");
    const char *hash = rs_results_sweep(results);
    unsigned long total = 0;
    rs_status status;
    if (hash == NULL)
        return rs_fail(error, reason->status, "%s", reason->text);
    if (whole != NULL && !rs_parse_count(whole, 1, INT32_MAX, &total))
        total = 0;
    if ((status = copy_text(&coverage->first, path, error)) != RS_OK ||
        (status = copy_text(&coverage->name, title != NULL ? title : path, error)) != RS_OK ||
        (status = copy_text(&coverage->sweep, hash, error)) != RS_OK)
        return status;
    return reserve(coverage, total, error);
}

static rs_status begin_with_file(rs_coverage *coverage, const rs_results *results, const char *path,
                                 rs_error *error)
{
    rs_hash identity;
    rs_error reason = {0};
    rs_status status = rs_sweep_recorded(&coverage->own, &identity, results, path, &reason);
    if (status == RS_OK)
        return rs_coverage_begin(coverage, coverage->own, identity, path, error);
    if (status == RS_NO_MEMORY)
        return rs_fail(error, status, "%s", reason.text);
    return begin_by_number(coverage, results, path, &reason, error);
}

static rs_status check_sweep(const rs_coverage *coverage, const rs_results *results,
                             const char *path, rs_error *error)
{
    const char *hash = rs_results_sweep(results);
    if (hash == NULL || strcmp(hash, coverage->sweep) != 0)
        return rs_fail(error, RS_BAD_DATA, "%s and %s are of different sweeps", coverage->first,
                       path);
    return RS_OK;
}

/* A finished row that is not a run of the plan is damaged, or the file is wrong. */
static rs_status check_stray_row(rs_coverage *coverage, const rs_results *results, size_t row,
                                 const char *path, rs_error *error)
{
    bool intact;
    rs_status status = rs_results_check_row(results, row, &intact, error);
    if (status != RS_OK)
        return status;
    if (intact)
        return rs_fail(error, RS_BAD_DATA, "%s: run %d is not one of its sweep", path,
                       rs_results_read_columns(results).run[row]);
    coverage->damaged++;
    return RS_OK;
}

static rs_status add_row(rs_coverage *coverage, const rs_results *results, size_t row,
                         const char *path, rs_error *error)
{
    const rs_results_columns columns = rs_results_read_columns(results);
    rs_run_config config;
    size_t run = (size_t)columns.run[row];
    rs_status status = RS_OK;
    if (rs_results_is_damaged(results, row)) {
        coverage->damaged += rs_results_was_finished(results, row);
        return RS_OK;
    }
    if (rs_results_is_foreign(results, row) && columns.status[row] != RS_RUN_PENDING)
        coverage->foreign++;
    if (coverage->plan != NULL) {
        rs_results_config(results, row, &config);
        run = rs_results_is_foreign(results, row) ? SIZE_MAX
                                                  : rs_match_find(coverage->match, run, &config);
        if (run == SIZE_MAX)
            return columns.status[row] != RS_RUN_PENDING && !rs_results_is_foreign(results, row)
                       ? check_stray_row(coverage, results, row, path, error)
                       : RS_OK;
    } else {
        status = reserve(coverage, run + 1, error);
    }
    /* One file may have what another one was stopped at. */
    if (status == RS_OK && columns.status[row] != RS_RUN_PENDING &&
        (columns.status[row] != RS_RUN_STOPPED || coverage->outcomes[run] == RS_RUN_PENDING))
        coverage->outcomes[run] = columns.status[row];
    return status;
}

rs_status rs_coverage_expect(rs_coverage *coverage, const rs_results *results, const char *path,
                             rs_error *error)
{
    rs_status status = RS_OK;
    if (coverage->sweep == NULL)
        status = begin_with_file(coverage, results, path, error);
    return status == RS_OK ? check_sweep(coverage, results, path, error) : status;
}

rs_status rs_coverage_add(rs_coverage *coverage, const rs_results *results, const char *path,
                          rs_error *error)
{
    rs_status status = rs_coverage_expect(coverage, results, path, error);
    for (size_t row = 0; status == RS_OK && row < rs_results_count(results); row++)
        status = add_row(coverage, results, row, path, error);
    return status == RS_OK && is_staged(coverage) ? rs_goals_add(&coverage->goals, results, error)
                                                  : status;
}

rs_status rs_coverage_decide(rs_coverage *coverage, rs_error *error)
{
    return is_staged(coverage) ? rs_goals_decide(&coverage->goals, error) : RS_OK;
}

bool rs_coverage_is_missing(const rs_coverage *coverage, size_t run)
{
    const int8_t outcome = coverage->outcomes[run];
    if (is_staged(coverage))
        return !rs_goals_is_met(&coverage->goals, run);
    /* Of a sweep that cannot be expanded, it is not known whether a stopped run goes on. */
    return outcome == RS_RUN_PENDING || (outcome == RS_RUN_STOPPED && coverage->plan != NULL);
}

size_t rs_coverage_lacks(const rs_coverage *coverage, size_t run)
{
    return is_staged(coverage) ? rs_goals_lacks(&coverage->goals, run)
                               : rs_coverage_is_missing(coverage, run);
}

void rs_coverage_free(rs_coverage *coverage)
{
    free(coverage->first);
    free(coverage->name);
    free(coverage->sweep);
    free(coverage->outcomes);
    rs_match_free(coverage->match);
    rs_goals_free(&coverage->goals);
    rs_plan_free(coverage->own);
    *coverage = (rs_coverage){0};
}

const char *rs_coverage_name(const rs_coverage *coverage)
{
    return coverage->name;
}

rs_coverage_count rs_coverage_counts(const rs_coverage *coverage)
{
    rs_coverage_count count = {.total = coverage->total};
    for (size_t run = 0; run < count.total; run++) {
        const bool missing = rs_coverage_is_missing(coverage, run);
        count.of[missing ? RS_RUN_PENDING : coverage->outcomes[run]]++;
        count.missing += missing;
    }
    return count;
}

/* "rung 1 of 3, at 10 epochs: 12 of 24 configurations kept" */
static void print_rungs(const rs_coverage *coverage, FILE *stream)
{
    const rs_goals *goals = &coverage->goals;
    const size_t open = rs_goals_open(goals);
    char text[RS_GOALS_RUNG_TEXT];
    for (size_t rung = 0; rung < open; rung++) {
        rs_goals_name_rung(goals, rung, text);
        fprintf(stream, "%s: %zu of %zu configurations kept\n", text, rs_goals_on(goals, rung + 1),
                rs_goals_on(goals, rung));
    }
    if (rs_goals_wait(goals)) {
        rs_goals_name_rung(goals, open, text);
        fprintf(stream, "%s: %zu configurations, to be decided\n", text, rs_goals_on(goals, open));
    }
    fprintf(stream, "updates made: %.0f %% of those of all runs to their ends\n",
            100 * rs_goals_share_made(goals));
}

void rs_coverage_print_notes(const rs_coverage *coverage, FILE *stream)
{
    if (is_staged(coverage))
        print_rungs(coverage, stream);
    if (coverage->foreign > 0)
        fprintf(stream, "%zu of the finished runs %s settings that this version does not know\n",
                coverage->foreign, coverage->foreign == 1 ? "has" : "have");
    if (coverage->damaged > 0)
        fprintf(stream, "%zu %s as missing; `rnnsweep verify` names %s\n", coverage->damaged,
                coverage->damaged == 1 ? "row is damaged and counts" : "rows are damaged and count",
                coverage->damaged == 1 ? "it" : "them");
}

void rs_coverage_print_missing(const rs_coverage *coverage, size_t ranges, FILE *stream)
{
    const char *separator = "";
    for (size_t run = 0; run < coverage->total; run++) {
        size_t last = run;
        if (!rs_coverage_is_missing(coverage, run))
            continue;
        if (ranges-- == 0) {
            fprintf(stream, "%s...", separator);
            return;
        }
        while (last + 1 < coverage->total && rs_coverage_is_missing(coverage, last + 1))
            last++;
        fprintf(stream, last > run ? "%s%zu-%zu" : "%s%zu", separator, run, last);
        separator = ",";
        run = last;
    }
}
