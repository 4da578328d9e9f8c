/* What a sweep costs besides its training, and what more threads are worth; prints JSON. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "instruction_set.h"
#include "json_print.h"
#include "options.h"
#include "sweep_cost.h"
#include "thread_scaling.h"
#include "threads.h"

static const char usage[] =
    "Usage: sweep_times overhead THREADS FOLDER RUNS...\n"
    "       sweep_times scaling THREADS FOLDER [SEEDS]\n"
    "\n"
    "overhead: CPU seconds of everything but the training, for sweeps of so many runs.\n"
    "scaling: a sweep of 1 to 128 states on 1, 2, 4, ... and THREADS threads, with as many runs\n"
    "for each thread: SEEDS (8) of each size. cpu_ratio: CPU time of a run, against one thread. "
    "idle: share of the\n"
    "threads' time without computing. THREADS 0: as many as `rnnsweep run` would take. FOLDER:\n"
    "where results files are written and removed.\n";

static json_t *overhead_json(const sweep_times *times, unsigned threads)
{
    const double seconds = times->plan + times->create + times->drive + times->close;
    return json_pack("{s:I, s:i, s:f, s:f, s:f, s:f, s:f}", "runs", (json_int_t)times->runs,
                     "threads", (int)threads, "plan_seconds", times->plan, "create_seconds",
                     times->create, "drive_seconds", times->drive, "close_seconds", times->close,
                     "cpu_seconds_per_run", seconds / (double)times->runs);
}

static rs_status measure_overhead(sweep_cost *sweep, int count, char **counts, json_t *list,
                                  rs_error *error)
{
    enum { RUNS_MOST = 10000000 };
    rs_status status = RS_OK;
    for (int i = 0; i < count && status == RS_OK; i++) {
        unsigned long runs;
        sweep_times times;
        char text[96];
        if (!rs_parse_count(counts[i], 1, RUNS_MOST, &runs))
            return rs_fail(error, RS_USAGE, "%s: RUNS must be a whole number from 1 to %d",
                           counts[i], RUNS_MOST);
        snprintf(text, sizeof text, "method: grid\nparameters: {states: %d}\nseeds: %lu\n",
                 SWEEP_COST_STATES, runs);
        sweep->text = text;
        if ((status = sweep_cost_measure(sweep, &times, error)) == RS_OK)
            json_array_append_new(list, overhead_json(&times, sweep->threads));
    }
    return status;
}

static json_t *spread_json(rs_spread spread)
{
    return json_pack("{s:f, s:f, s:f}", "median", spread.median, "min", spread.min, "max",
                     spread.max);
}

static rs_status measure_scaling(const sweep_cost *sweep, unsigned long seeds, json_t *list,
                                 rs_error *error)
{
    scaling_row rows[SCALING_ROWS] = {{0}};
    size_t count;
    rs_status status = thread_scaling_measure(sweep->folder, sweep->isa, sweep->threads,
                                              (unsigned)seeds, rows, &count, error);
    for (const scaling_row *row = rows; status == RS_OK && row < rows + count; row++)
        json_array_append_new(
            list, json_pack("{s:i, s:I, s:o, s:o, s:f, s:f, s:f}", "threads", (int)row->threads,
                            "runs", (json_int_t)row->runs, "seconds", spread_json(row->seconds),
                            "speedup", spread_json(row->speedup), "cpu_ratio", row->cpu, "idle",
                            row->idle, "serial_seconds_per_run", row->serial));
    return status;
}

static rs_status run(int argc, char **argv, rs_error *error)
{
    const bool overhead = argc > 4 && strcmp(argv[1], "overhead") == 0;
    const bool scaling = (argc == 4 || argc == 5) && strcmp(argv[1], "scaling") == 0;
    unsigned long wanted, seeds = 8;
    rs_thread_choice threads;
    rs_status status;
    if ((!overhead && !scaling) || !rs_parse_count(argv[2], 0, RS_THREADS_MAX, &wanted) ||
        (scaling && argc == 5 && !rs_parse_count(argv[4], 1, 1000, &seeds)))
        return rs_fail(error, RS_USAGE, "%s", usage);
    sweep_cost sweep = {.folder = argv[3], .train = scaling};
    if ((status = rs_instruction_set_choose(&sweep.isa, NULL, error)) != RS_OK ||
        (status = rs_threads_choose((unsigned)wanted, &threads, error)) != RS_OK)
        return status;
    sweep.threads = threads.count;
    json_t *list = json_array();
    status = overhead ? measure_overhead(&sweep, argc - 4, argv + 4, list, error)
                      : measure_scaling(&sweep, seeds, list, error);
    if (status == RS_OK)
        return rs_json_print(json_pack("{s:o}", argv[1], list), "the measurements", stdout, error);
    json_decref(list);
    return status;
}

int main(int argc, char **argv)
{
    rs_error error;
    const rs_status status = run(argc, argv, &error);
    if (status != RS_OK)
        fprintf(stderr, "%s\n", error.text);
    return rs_status_exit_code(status);
}
