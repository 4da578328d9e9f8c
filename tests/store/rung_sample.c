#include "rung_sample.h"

#include <math.h>

static const uint32_t epochs[RUNG_SAMPLE_RUNGS] = {1, 2}, updates[RUNG_SAMPLE_RUNGS] = {3, 6};
static const rs_rungs in_epochs_or_not[] = {{false, RUNG_SAMPLE_RUNGS, updates},
                                            {true, RUNG_SAMPLE_RUNGS, epochs}};

void rung_sample_init(sample_sweep *sample, size_t count, bool in_epochs)
{
    sample_init(sample, count, false);
    sample->runs.rungs = &in_epochs_or_not[in_epochs];
}

/* Numbers that float32 holds. */
static double measured(size_t row, size_t rung, size_t what)
{
    return (double)(8 * row + 4 * rung + what) / 1024;
}

static uint64_t rung_update(const sample_sweep *sample, const rs_run_config *config, size_t rung)
{
    const rs_rungs *rungs = sample->runs.rungs;
    return rs_rungs_update(rungs, rung, rs_run_config_updates(config) / config->epochs);
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
        finished->run.weights[i] += (double)(1 + last);
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
    for (size_t rung = 0; rung < RUNG_SAMPLE_RUNGS; rung++)
        for (size_t what = 0; what < 4; what++)
            finished->rungs[what][rung] = measured(row, rung, what);
    result->rung_loss = finished->rungs[0];
    result->rung_test_loss = finished->rungs[1];
    result->rung_accuracy = finished->rungs[2];
    result->rung_bit_accuracy = finished->rungs[3];
    while (result->rung_count < RUNG_SAMPLE_RUNGS && result->rung_count < reached &&
           rung_update(sample, &finished->run.config, result->rung_count) < end)
        result->rung_count++;
    if (result->rung_count == reached && reached > 0)
        stop(sample, finished);
}
