#include "overlap.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "match.h"
#include "memory.h"

static void row_of_file(const void *context, size_t row, uint32_t *run, rs_run_config *config)
{
    const rs_results *results = context;
    *run = (uint32_t)rs_results_read_columns(results).run[row];
    rs_results_config(results, row, config);
}

static rs_status compare(rs_overlap *overlap, const rs_store_runs *sweep, rs_match *match,
                         rs_error *error)
{
    bool *found = NULL; /* by row of the sweep */
    rs_status status = rs_allocate((void **)&found, sweep->count, sizeof *found, error);
    overlap->in_place = overlap->runs.count == sweep->count;
    for (size_t row = 0; status == RS_OK && row < overlap->runs.count; row++) {
        rs_run_config config;
        uint32_t run, wanted;
        if (rs_results_is_damaged(overlap->results, row)) {
            overlap->damaged++;
            overlap->in_place = false;
            continue;
        }
        if (rs_results_is_foreign(overlap->results, row))
            continue;
        row_of_file(overlap->results, row, &run, &config);
        const size_t there = rs_match_find(match, run, &config);
        overlap->in_place &= there == row;
        if (there == SIZE_MAX || found[there])
            continue;
        found[there] = overlap->wanted[row] = true;
        overlap->shared++;
        sweep->row(sweep->context, there, &wanted, &config);
        overlap->in_place &= run == wanted;
    }
    overlap->missing = sweep->count - overlap->shared;
    free(found);
    return status;
}

rs_status rs_overlap_runs(rs_store_runs *runs, const rs_results *results, const char *path,
                          rs_error *error)
{
    *runs =
        (rs_store_runs){.count = rs_results_count(results), .row = row_of_file, .context = results};
    if (!rs_hash_parse(rs_results_sweep(results), &runs->sweep))
        return rs_fail(error, RS_BAD_DATA, "%s: does not say of which sweep it is", path);
    return RS_OK;
}

rs_status rs_overlap_find(rs_overlap *overlap, const char *path, const rs_store_runs *sweep,
                          rs_error *error)
{
    rs_overlap made = {.results = NULL};
    rs_match *match = NULL;
    rs_status status;
    if ((status = rs_results_open(&made.results, path, error)) != RS_OK)
        return status;
    if ((status = rs_overlap_runs(&made.runs, made.results, path, error)) == RS_OK &&
        (status = rs_allocate((void **)&made.wanted, made.runs.count, sizeof *made.wanted,
                              error)) == RS_OK &&
        (status = rs_match_create(&match, sweep, error)) == RS_OK)
        status = compare(&made, sweep, match, error);
    made.runs.wanted = made.wanted;
    rs_match_free(match);
    if (status == RS_OK)
        *overlap = made;
    else
        rs_overlap_free(&made);
    return status;
}

void rs_overlap_free(rs_overlap *overlap)
{
    free(overlap->wanted);
    rs_results_close(overlap->results);
    *overlap = (rs_overlap){.results = NULL};
}

/* ---- What sets them apart -------------------------------------------------------------------- */

enum { VALUES_MAX = 256, SHOWN = 4 };

/* The values of one parameter, or of the seed, each once. */
struct values {
    double list[VALUES_MAX];
    size_t count;
    bool more;
};

static bool has_value(const struct values *values, double value)
{
    for (size_t i = 0; i < values->count; i++)
        if (values->list[i] == value)
            return true;
    return false;
}

static double value_of(size_t parameter, const rs_run_config *config)
{
    return parameter < RS_PARAMETER_TOTAL ? rs_parameter_get(&rs_parameters[parameter], config)
                                          : (double)config->seed;
}

static void collect(struct values sets[RS_PARAMETER_TOTAL + 1], const rs_store_runs *runs)
{
    for (size_t row = 0; row < runs->count; row++) {
        uint32_t run;
        rs_run_config config;
        runs->row(runs->context, row, &run, &config);
        for (size_t i = 0; i <= RS_PARAMETER_TOTAL; i++) {
            struct values *set = &sets[i];
            const double value = value_of(i, &config);
            if (has_value(set, value))
                continue;
            if (set->count < VALUES_MAX)
                set->list[set->count++] = value;
            else
                set->more = true;
        }
    }
}

static void append(char text[RS_OVERLAP_TEXT], const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void append(char text[RS_OVERLAP_TEXT], const char *format, ...)
{
    const size_t length = strlen(text);
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text + length, RS_OVERLAP_TEXT - length, format, arguments);
    va_end(arguments);
}

/* "0.8, 0.9 only in the sweep", of what `these` have and `those` have not. */
static size_t append_only(char text[RS_OVERLAP_TEXT], size_t parameter, const struct values *these,
                          const struct values *those, const char *before, const char *where)
{
    const rs_parameter *spelling =
        &rs_parameters[parameter < RS_PARAMETER_TOTAL ? parameter : RS_PARAMETER_data_seed];
    size_t only = 0;
    for (size_t i = 0; i < these->count; i++) {
        char value[RS_PARAMETER_TEXT];
        if (has_value(those, these->list[i]))
            continue;
        rs_parameter_format(spelling, these->list[i], value);
        if (only < SHOWN)
            append(text, "%s%s", only == 0 ? before : ", ", value);
        only++;
    }
    if (only > 0)
        append(text, "%s only in the %s", only > SHOWN || these->more ? ", ..." : "", where);
    return only;
}

void rs_overlap_describe(const rs_overlap *overlap, const rs_store_runs *sweep,
                         char text[RS_OVERLAP_TEXT])
{
    void *made = NULL;
    struct values(*sets)[RS_PARAMETER_TOTAL + 1];
    text[0] = '\0';
    if (rs_allocate(&made, 2, sizeof *sets, NULL) != RS_OK)
        return;
    sets = made;
    collect(sets[0], &overlap->runs);
    collect(sets[1], sweep);
    for (size_t i = 0; i <= RS_PARAMETER_TOTAL; i++) {
        char values[RS_OVERLAP_TEXT] = "";
        const struct values *file = &sets[0][i], *here = &sets[1][i];
        const size_t gone = append_only(values, i, file, here, "", "file");
        append_only(values, i, here, file, gone > 0 ? "; " : "", "sweep");
        if (values[0] != '\0')
            append(text, "%s%s (%s)", text[0] != '\0' ? ", " : "",
                   i < RS_PARAMETER_TOTAL ? rs_parameters[i].name : "seed", values);
    }
    if (text[0] == '\0')
        append(text, "they combine the same values otherwise");
    free(made);
}
