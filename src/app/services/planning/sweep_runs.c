#include "sweep_runs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "console.h"
#include "data_file.h"
#include "task.h"

enum { MANY_RUNS = 20000000 };

/* ---- Data files ------------------------------------------------------------------------------ */

/* Reads a file; paths in results are absolute. */
static rs_status read_data(void *context, const char *name, const char *path, uint32_t *task,
                           rs_error *error)
{
    rs_data *data;
    (void)context;
    rs_status status = rs_data_read(&data, path, error);
    if (status != RS_OK)
        return status;
    char *whole = realpath(path, NULL);
    const rs_task_facts facts = rs_task_facts_of(data, name);
    status = rs_task_add(&facts, whole != NULL ? whole : path, data, task, error);
    free(whole);
    return status;
}

/* A file that a results file knows, which need not be there any more. */
static rs_status find_recorded(void *context, const char *name, const char *path, uint32_t *task,
                               rs_error *error)
{
    const int found = rs_task_find(name, strlen(name));
    (void)context;
    if (found < 0)
        return rs_fail(error, RS_BAD_DATA, "%s: no results of this data file are here", path);
    *task = (uint32_t)found;
    return RS_OK;
}

/* ---- Sweep files ----------------------------------------------------------------------------- */

/* Reads the file at `path`, or `text` where there is one, and prints what is to be said of it. */
static rs_status read_sweep(rs_plan **plan, const char *path, const char *text, size_t count,
                            const char *const overrides[], rs_error *error)
{
    const rs_data_source source = {.find = read_data};
    rs_diagnostics *diagnostics;
    rs_status status = rs_diagnostics_create(&diagnostics, error);
    if (status != RS_OK)
        return status;
    status = text != NULL ? rs_plan_parse(plan, path, text, strlen(text), count, overrides, &source,
                                          diagnostics, error)
                          : rs_plan_read(plan, path, count, overrides, &source, diagnostics, error);
    rs_diagnostics_print(diagnostics, stderr, rs_console_colour(stderr));
    rs_diagnostics_free(diagnostics);
    return status;
}

rs_status rs_sweep_of_settings(rs_plan **plan, const char *text, size_t count,
                               const char *const settings[], rs_error *error)
{
    return read_sweep(plan, "settings", text, count, settings, error);
}

rs_status rs_sweep_load(rs_plan **plan, const rs_arguments *arguments, rs_error *error)
{
    const rs_status status = read_sweep(plan, arguments->positional[0], NULL, arguments->count - 1,
                                        arguments->positional + 1, error);
    if (status == RS_OK && rs_plan_runs(*plan) >= MANY_RUNS)
        fprintf(stderr, "rnnsweep: %zu runs: looking at each takes a while\n", rs_plan_runs(*plan));
    return status;
}

void rs_sweep_warn(const rs_plan *plan)
{
    size_t equal = 0;
    rs_run_config config;
    rs_plan_run(plan, 0, &config);
    if (config.data_seed < 0 && !rs_plan_varies(plan, RS_PARAMETER_data_seed))
        return;
    for (size_t run = 0; run < rs_plan_runs(plan); run++) {
        rs_plan_run(plan, run, &config);
        equal += config.data_seed == (int64_t)config.seed;
    }
    if (equal > 0)
        fprintf(stderr,
                "rnnsweep: warning: in %zu of %zu runs data_seed is also the seed: their data and "
                "their first weights begin with the same random numbers; give it numbers that are "
                "no seeds, such as 1000000\n",
                equal, rs_plan_runs(plan));
}

/* Splits `text` into lines: replaces each line break by a NUL and points `lines` at the starts. */
static size_t cut_lines(char *text, const char **lines)
{
    size_t count = 0;
    for (char *line = text; *line != '\0';) {
        char *end = strchr(line, '\n');
        lines[count++] = line;
        if (end == NULL)
            break;
        *end = '\0';
        line = end + 1;
    }
    return count;
}

static rs_status parse_recorded(rs_plan **plan, const rs_results *results, const char *path,
                                const char *text, rs_error *error)
{
    const char *title = rs_results_attribute(results, "title");
    const char *recorded = rs_results_attribute(results, "rnnsweep_overrides");
    char *overrides = strdup(recorded != NULL ? recorded : "");
    const char **lines = overrides != NULL ? calloc(strlen(overrides) + 1, sizeof *lines) : NULL;
    rs_diagnostics *diagnostics = NULL;
    rs_status status = lines != NULL ? rs_diagnostics_create(&diagnostics, error)
                                     : rs_fail(error, RS_NO_MEMORY, "out of memory");
    if (status == RS_OK) {
        const rs_data_source source = {.find = find_recorded};
        status = rs_plan_parse(plan, title != NULL ? title : path, text, strlen(text),
                               cut_lines(overrides, lines), lines, &source, diagnostics, error);
    }
    rs_diagnostics_free(diagnostics);
    free(lines);
    free(overrides);
    return status;
}

rs_status rs_sweep_recorded(rs_plan **plan, rs_hash *identity, const rs_results *results,
                            const char *path, rs_error *error)
{
    rs_plan *fresh = NULL;
    char expanded[RS_HASH_TEXT];
    const char *text = rs_results_attribute(results, "rnnsweep_config");
    const char *hash = rs_results_sweep(results);
    if (text == NULL || hash == NULL)
        return rs_fail(error, RS_BAD_DATA, "%s does not record its sweep file", path);
    rs_status status = parse_recorded(&fresh, results, path, text, error);
    if (status != RS_OK)
        return status;
    const rs_hash found = rs_plan_hash(fresh);
    rs_hash_format(found, expanded);
    if (strcmp(hash, expanded) != 0) {
        rs_plan_free(fresh);
        return rs_fail(error, RS_BAD_DATA,
                       "%s: this version of rnnsweep expands its sweep file to other runs than the "
                       "one that wrote it: use that version",
                       path);
    }
    *plan = fresh;
    *identity = found;
    return RS_OK;
}

static void plan_row(const void *context, size_t row, uint32_t *run, rs_run_config *config)
{
    *run = (uint32_t)row;
    rs_plan_run(context, row, config);
}

rs_store_runs rs_sweep_runs(const rs_plan *plan, rs_hash identity)
{
    rs_store_runs runs = {
        .count = rs_plan_runs(plan), .row = plan_row, .context = plan, .sweep = identity};
    runs.lengths = rs_plan_test_lengths(plan, &runs.length_total);
    runs.checkpoints = rs_plan_checkpoints(plan);
    runs.rungs = rs_plan_rungs(plan);
    return runs;
}

rs_status rs_sweep_default_path(const rs_plan *plan, char **path, rs_error *error)
{
    static const char pattern[] = "results/%s.h5";
    const char *name = rs_plan_name(plan);
    size_t size = sizeof pattern + strlen(name);
    char *text = malloc(size);
    if (text == NULL)
        return rs_fail(error, RS_NO_MEMORY, "out of memory for a file name");
    snprintf(text, size, pattern, name);
    *path = text;
    return RS_OK;
}
