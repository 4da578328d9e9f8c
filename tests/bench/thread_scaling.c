#include "thread_scaling.h"

#include <math.h>
#include <stdio.h>

/* What the rounds of a row have measured. */
struct rounds {
    double seconds[SCALING_ROUNDS], speedup[SCALING_ROUNDS], cpu[SCALING_ROUNDS],
        idle[SCALING_ROUNDS], serial[SCALING_ROUNDS];
};

/* 1, 2, 4, ... and `most`. */
static size_t choose_threads(unsigned most, scaling_row rows[SCALING_ROWS])
{
    size_t count = 0;
    for (unsigned threads = 1; threads < most && count < SCALING_ROWS - 1; threads *= 2)
        rows[count++].threads = threads;
    rows[count++].threads = most;
    return count;
}

/* `seeds` networks of each width for each thread: the costliest is a thousand times the cheapest.
 */
static rs_status train(const char *folder, const rs_isa *isa, unsigned threads, unsigned seeds,
                       sweep_times *times, rs_error *error)
{
    char text[128];
    const sweep_cost sweep = {
        .text = text, .folder = folder, .isa = isa, .threads = threads, .train = true};
    snprintf(text, sizeof text,
             "method: grid\nparameters: {states: [1, 3, 8, 16, 32, 64, 128]}\nseeds: %u\n",
             seeds * threads);
    return sweep_cost_measure(&sweep, times, error);
}

static void note(struct rounds *rounds, int round, unsigned threads, const sweep_times *times,
                 const sweep_times *alone)
{
    double runs = (double)times->runs, runs_alone = (double)alone->runs;
    rounds->seconds[round] = times->wall;
    rounds->speedup[round] = runs / times->wall / (runs_alone / alone->wall);
    rounds->cpu[round] = times->drive / runs / (alone->drive / runs_alone);
    rounds->idle[round] = fmax(0, 1 - times->drive / (threads * times->wall));
    rounds->serial[round] = (times->plan + times->create + times->close) / runs;
}

static void summarise(scaling_row *row, struct rounds *rounds)
{
    row->seconds = rs_spread_of(rounds->seconds, SCALING_ROUNDS);
    row->speedup = rs_spread_of(rounds->speedup, SCALING_ROUNDS);
    row->cpu = rs_spread_of(rounds->cpu, SCALING_ROUNDS).median;
    row->idle = rs_spread_of(rounds->idle, SCALING_ROUNDS).median;
    row->serial = rs_spread_of(rounds->serial, SCALING_ROUNDS).min;
}

rs_status thread_scaling_measure(const char *folder, const rs_isa *isa, unsigned most,
                                 unsigned seeds, scaling_row rows[SCALING_ROWS], size_t *count,
                                 rs_error *error)
{
    struct rounds rounds[SCALING_ROWS];
    sweep_times times = {0}, alone = {0};
    rs_status status = RS_OK;
    *count = choose_threads(most, rows);
    for (int round = 0; round < SCALING_ROUNDS && status == RS_OK; round++)
        for (size_t i = 0; i < *count && status == RS_OK; i++) {
            status = train(folder, isa, rows[i].threads, seeds, &times, error);
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
