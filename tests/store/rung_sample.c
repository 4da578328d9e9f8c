#include "rung_sample.h"

#include <math.h>
#include <stdlib.h>

static const uint32_t epochs[RUNG_SAMPLE_RUNGS] = {1, 2}, updates[RUNG_SAMPLE_RUNGS] = {3, 6};
static const rs_rungs in_epochs_or_not[] = {{false, RUNG_SAMPLE_RUNGS, updates},
                                            {true, RUNG_SAMPLE_RUNGS, epochs}};

void rung_sample_init(sample_sweep *sample, size_t count, bool in_epochs)
{
    sample_init(sample, count, false);
    sample->runs.rungs = &in_epochs_or_not[in_epochs];
}

static uint64_t rung_update(const sample_sweep *sample, const rs_run_config *config, size_t rung)
{
    const rs_rungs *rungs = sample->runs.rungs;
    return rs_rungs_update(rungs, rung, rs_run_config_updates(config) / config->epochs);
}

/* Numbers that float32 holds; the same at an update, whatever the number of its rung. */
static double measured(const sample_sweep *sample, const rs_run_config *config, size_t row,
                       size_t rung, size_t what)
{
    return (double)(64 * row + 4 * rung_update(sample, config, rung) + what) / 4096;
}

/* Leaves a run as it was at the last rung that it has come to. */
static void stop(const sample_sweep *sample, rung_result *finished)
{
    rs_run_result *result = &finished->run.result;
    const rs_run_config *config = &finished->run.config;
    const size_t last = result->rung_count - 1;
    result->outcome = RS_RUN_STOPPED;
    result->stop_reason = RS_STOP_RUNG;
    result->updates = (int64_t)rung_update(sample, config, last);
    result->final_loss = result->rung_loss[last];
    result->test_loss = result->rung_test_loss[last];
    result->test_accuracy = result->rung_accuracy[last];
    result->test_bit_accuracy = result->rung_bit_accuracy[last];
    for (size_t i = 0; i < result->loss_count; i++)
        if (i * config->loss_interval > (uint64_t)result->updates)
            finished->run.loss[i] = (double)NAN;
    for (size_t i = 0; i < result->weight_count; i++)
        finished->run.weights[i] += (double)result->updates;
}

void rung_sample_finish(const sample_sweep *sample, size_t row, size_t reached,
                        rung_result *finished)
{
    rs_run_result *result = &finished->run.result;
    sample_finish(sample, row, &finished->run);
    const uint64_t whole = rs_run_config_updates(&finished->run.config);
    const uint64_t end = result->outcome == RS_RUN_DONE       ? whole
                         : result->outcome == RS_RUN_DIVERGED ? (uint64_t)result->diverged_at
                                                              : 0;
    if (result->outcome == RS_RUN_DONE) {
        result->updates = (int64_t)whole;
        result->stop_reason = RS_STOP_END;
    }
    const size_t count = sample->runs.rungs != NULL ? sample->runs.rungs->count : 0;
    for (size_t rung = 0; rung < count; rung++)
        for (size_t what = 0; what < 4; what++)
            finished->rungs[what][rung] = measured(sample, &finished->run.config, row, rung, what);
    result->rung_loss = finished->rungs[0];
    result->rung_test_loss = finished->rungs[1];
    result->rung_accuracy = finished->rungs[2];
    result->rung_bit_accuracy = finished->rungs[3];
    while (result->rung_count < count && result->rung_count < reached &&
           rung_update(sample, &finished->run.config, result->rung_count) < end)
        result->rung_count++;
    if (result->rung_count == reached && reached > 0)
        stop(sample, finished);
}

rs_status rung_sample_put(const sample_sweep *sample, rs_store *store, size_t row, size_t reached,
                          rs_run_outcome *outcome, rs_error *error)
{
    rung_result finished;
    rung_sample_finish(sample, row, reached, &finished);
    *outcome = finished.run.result.outcome;
    return rs_store_put(store, row, &finished.run.config, &finished.run.result,
                        finished.run.wall_time, error);
}

/* Whether a run is to be trained on to so many rungs. */
static bool goes_on(const rs_store *store, size_t row, size_t reached)
{
    const rs_run_outcome outcome = rs_store_outcome(store, row);
    return outcome == RS_RUN_PENDING ||
           (outcome == RS_RUN_STOPPED && (size_t)rs_store_rungs_reached(store, row) < reached);
}

rs_status rung_sample_write(const sample_sweep *sample, rs_store *store, size_t first,
                            size_t stride, size_t reached, rs_error *error)
{
    size_t count = 0;
    size_t *rows = malloc(sample->runs.count * sizeof *rows);
    rs_run_outcome *outcomes = malloc(sample->runs.count * sizeof *outcomes);
    rs_status status = rows != NULL && outcomes != NULL ? RS_OK : RS_NO_MEMORY;
    for (size_t row = first; status == RS_OK && row < sample->runs.count; row += stride)
        if (goes_on(store, row, reached)) {
            rows[count] = row;
            status = rung_sample_put(sample, store, row, reached, &outcomes[count++], error);
        }
    if (status == RS_OK)
        status = rs_store_commit(store, count, rows, outcomes, error);
    free(rows);
    free(outcomes);
    return status;
}
