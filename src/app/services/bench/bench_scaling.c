#include "bench_scaling.h"

#include <math.h>
#include <stdio.h>

/* What the rounds of a row have measured. */
struct rounds {
    double seconds[RS_SCALING_ROUNDS], speedup[RS_SCALING_ROUNDS], cpu[RS_SCALING_ROUNDS],
        idle[RS_SCALING_ROUNDS], serial[RS_SCALING_ROUNDS];
};

/* 1, 2, 4, ... and `most`. */
static size_t choose_threads(unsigned most, rs_scaling_row rows[RS_SCALING_ROWS])
{
    size_t count = 0;
    for (unsigned threads = 1; threads < most && count < RS_SCALING_ROWS - 1; threads *= 2)
        rows[count++].threads = threads;
    rows[count++].threads = most;
    return count;
}

/* Eight networks of each width for each thread: the costliest is a thousand times the cheapest. */
static rs_status train(const char *folder, const rs_isa *isa, unsigned threads,
                       rs_bench_sweep_times *times, rs_error *error)
{
    char text[128];
    const rs_bench_sweep sweep = {
        .text = text, .folder = folder, .isa = isa, .threads = threads, .train = true};
    snprintf(text, sizeof text,
             "method: grid\nparameters: {states: [1, 3, 8, 16, 32, 64, 128]}\nseeds: %u\n",
             8 * threads);
    return rs_bench_sweep_run(&sweep, times, error);
}

static void note(struct rounds *rounds, int round, unsigned threads,
                 const rs_bench_sweep_times *times, const rs_bench_sweep_times *alone)
{
    double runs = (double)times->runs, runs_alone = (double)alone->runs;
    rounds->seconds[round] = times->wall;
    rounds->speedup[round] = runs / times->wall / (runs_alone / alone->wall);
    rounds->cpu[round] = times->drive / runs / (alone->drive / runs_alone);
    rounds->idle[round] = fmax(0, 1 - times->drive / (threads * times->wall));
    rounds->serial[round] = (times->plan + times->create + times->close) / runs;
}

static void summarise(rs_scaling_row *row, struct rounds *rounds)
{
    row->seconds = rs_spread_of(rounds->seconds, RS_SCALING_ROUNDS);
    row->speedup = rs_spread_of(rounds->speedup, RS_SCALING_ROUNDS);
    row->cpu = rs_spread_of(rounds->cpu, RS_SCALING_ROUNDS).median;
    row->idle = rs_spread_of(rounds->idle, RS_SCALING_ROUNDS).median;
    row->serial = rs_spread_of(rounds->serial, RS_SCALING_ROUNDS).min;
}

rs_status rs_bench_scaling(const char *folder, const rs_isa *isa, unsigned most,
                           rs_scaling_row rows[RS_SCALING_ROWS], size_t *count, rs_error *error)
{
    struct rounds rounds[RS_SCALING_ROWS];
    rs_bench_sweep_times times = {0}, alone = {0};
    rs_status status = RS_OK;
    *count = choose_threads(most, rows);
    for (int round = 0; round < RS_SCALING_ROUNDS && status == RS_OK; round++)
        for (size_t i = 0; i < *count && status == RS_OK; i++) {
            status = train(folder, isa, rows[i].threads, &times, error);
            if (status != RS_OK)
                break;
            if (i == 0)
                alone = times;
            rows[i].runs = times.runs;
            note(&rounds[i], round, rows[i].threads, &times, &alone);
        }
    for (size_t i = 0; i < *count && status == RS_OK; i++)
        summarise(&rows[i], &rounds[i]);
    return status;
}
