#include "bench_kernels.h"

#include <math.h>
#include <stdlib.h>

#include "clock.h"
#include "cost.h"
#include "kernel/dispatch.h"
#include "memory.h"
#include "statistics.h"
#include "store.h"
#include "task.h"

enum { ROUNDS = 7 };

/* Time for measuring the peak beside each row of each round. */
static const double peak_seconds = 2e-3;

/* The measurements of one row. */
struct meter {
    rs_trainer *trainer;
    rs_run_config config;
    size_t runs_per_round;
    size_t chains_per_round;
    double seconds[ROUNDS], peak[ROUNDS], fraction[ROUNDS];
};

rs_spread rs_spread_of(double *values, size_t count)
{
    double median = rs_median(values, count);
    return (rs_spread){median, values[0], values[count - 1]};
}

/* Flop/s of multiply-adds alone. */
static double measure_peak(const rs_bench_row *row, size_t count)
{
    const rs_kernel *kernel = rs_isa_kernel(row->isa, row->config.precision);
    double end, start = rs_thread_clock();
    double flop = kernel->fma_chains(count, &end);
    return flop / (rs_thread_clock() - start);
}

/* Trains `runs` runs with seeds from `seed` on, side by side where they are in a sweep. *seconds =
 * CPU time of each. */
static rs_status measure_runs(struct meter *meter, uint32_t seed, size_t runs, double *seconds,
                              rs_error *error)
{
    rs_run_config configs[RS_GROUP_RUNS_MOST];
    rs_run_result results[RS_GROUP_RUNS_MOST];
    const size_t together = rs_trainer_group_most(&meter->config);
    rs_status status = RS_OK;
    double start = rs_thread_clock();
    for (size_t first = 0, count; first < runs && status == RS_OK; first += count) {
        count = runs - first < together ? runs - first : together;
        for (size_t i = 0; i < count; i++) {
            configs[i] = meter->config;
            configs[i].seed = seed + (uint32_t)(first + i);
        }
        status = rs_trainer_run_group(meter->trainer, count, configs, results, error);
    }
    *seconds = (rs_thread_clock() - start) / (double)runs;
    return status;
}

/* Trains the first run or group, which also warms up caches, and chooses the runs of a round. */
static rs_status prepare(struct meter *meter, rs_bench_row *row, double seconds, bool updates_only,
                         rs_error *error)
{
    enum { TRIAL_CHAINS = 20000, SHARED_DATA_SEED = 1 };
    const size_t together = rs_trainer_group_most(&row->config);
    double once;
    rs_status status;
    meter->config = row->config;
    if (updates_only && rs_task_facts_at(row->config.task) == NULL) {
        meter->config.data_seed = SHARED_DATA_SEED;
        meter->config.test_samples = 1;
    }
    if ((status = rs_trainer_create(&meter->trainer, row->isa, error)) != RS_OK ||
        (status = measure_runs(meter, 1, together, &once, error)) != RS_OK)
        return status;
    double peak = measure_peak(row, TRIAL_CHAINS);
    double end, flop = rs_isa_kernel(row->isa, row->config.precision)->fma_chains(1, &end);
    meter->chains_per_round = (size_t)(peak_seconds * peak / flop) + 1;
    meter->runs_per_round =
        together * (size_t)fmax(1, round(seconds / ROUNDS / once / (double)together));
    row->flop = rs_cost_flop(&meter->config, row->isa);
    return RS_OK;
}

static rs_status measure_round(struct meter *meter, const rs_bench_row *row, size_t round,
                               rs_error *error)
{
    size_t runs = meter->runs_per_round;
    double before = measure_peak(row, meter->chains_per_round);
    rs_status status =
        measure_runs(meter, (uint32_t)(1 + round * runs), runs, &meter->seconds[round], error);
    double after = measure_peak(row, meter->chains_per_round);
    meter->peak[round] = (before + after) / 2;
    meter->fraction[round] = row->flop / meter->seconds[round] / meter->peak[round];
    return status;
}

/* Rows of a results file that differ in the seed alone. */
static void equal_row(const void *context, size_t row, uint32_t *run, rs_run_config *config)
{
    *run = (uint32_t)row;
    *config = *(const rs_run_config *)context;
    config->seed = (uint32_t)row;
}

static size_t row_bytes(const rs_run_config *config)
{
    enum { FEW = 1000, MANY = 2000 };
    rs_store_runs few = {.count = FEW, .row = equal_row, .context = config};
    rs_store_runs many = {.count = MANY, .row = equal_row, .context = config};
    return (size_t)((rs_store_bytes(&many, NULL) - rs_store_bytes(&few, NULL)) / (MANY - FEW));
}

static void conclude(struct meter *meter, rs_bench_row *row)
{
    row->runs = ROUNDS * meter->runs_per_round;
    row->seconds = rs_spread_of(meter->seconds, ROUNDS);
    row->peak = rs_spread_of(meter->peak, ROUNDS);
    row->fraction = rs_spread_of(meter->fraction, ROUNDS);
    row->trainer_bytes = rs_trainer_bytes(meter->trainer);
    row->row_bytes = row_bytes(&meter->config);
}

rs_status rs_bench_kernels(size_t count, rs_bench_row rows[], double seconds, bool updates_only,
                           rs_error *error)
{
    void *memory = NULL;
    rs_status status = rs_allocate(&memory, count, sizeof(struct meter), error);
    struct meter *meters = memory;
    for (size_t i = 0; i < count && status == RS_OK; i++)
        status = prepare(&meters[i], &rows[i], seconds, updates_only, error);
    for (size_t round = 0; round < ROUNDS; round++)
        for (size_t i = 0; i < count && status == RS_OK; i++)
            status = measure_round(&meters[i], &rows[i], round, error);
    for (size_t i = 0; i < count && meters != NULL; i++) {
        if (status == RS_OK)
            conclude(&meters[i], &rows[i]);
        rs_trainer_free(meters[i].trainer);
    }
    free(memory);
    return status;
}
