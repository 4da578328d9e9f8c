#include "sample.h"

#include <math.h>
#include <stdlib.h>

#include "memory.h"

static void sample_row(const void *context, size_t row, uint32_t *run, rs_run_config *config)
{
    static const uint32_t states[] = {3, 2, 5, 1};
    const sample_sweep *sample = context;
    uint32_t number = sample->first + (uint32_t)row;
    *config = rs_run_config_default();
    *run = 3 * number;
    config->states = states[number / 3 % 4];
    config->learning_rate = 0.001 * (1 + number % 7);
    config->momentum = sample->momentum;
    config->epsilon_placement = number % 2;
    config->precision = sample->wide && number % 5 == 0 ? RS_FLOAT64 : RS_FLOAT32;
    config->train_samples = 40;
    config->batch_size = 10;
    config->batching = number / 2 % 2;
    config->epochs = 1 + number % 3;
    config->loss_interval = 2 << number % 2;
    config->gradient_check = number % 4 == 3;
    config->data_seed = number % 3 == 0 ? -1 : 1000 + (int64_t)number;
    config->seed = (sample->wide ? UINT32_C(4294960000) : 0) + number + 1;
}

void sample_init(sample_sweep *sample, size_t count, bool wide)
{
    sample->wide = wide;
    sample->momentum = 0.8;
    sample->delay = 0;
    sample->first = 0;
    sample->runs = (rs_store_runs){
        .count = count, .row = sample_row, .context = sample, .sweep = {0x1234, 0x5678}};
}

void sample_finish(const sample_sweep *sample, size_t row, sample_result *finished)
{
    uint32_t run;
    sample_row(sample, row, &run, &finished->config);
    const rs_run_config config = finished->config;
    const rs_network network = rs_run_config_network(&config);
    const bool diverged = run % 7 == 5;
    rs_run_result *result = &finished->result;
    *result = (rs_run_result){
        .outcome = diverged        ? RS_RUN_DIVERGED
                   : run % 11 == 7 ? RS_RUN_FAILED
                                   : RS_RUN_DONE,
        .diverged_at = diverged ? 2 : -1,
        .updates = diverged ? 2 : 40 + run,
        .stop_reason = diverged ? RS_STOP_DIVERGED : (rs_stop_reason)(run % 4),
        .solved_at = run % 5 == 0 ? (double)NAN : run - 1.0,
        .initial_loss = 0.7,
        .final_loss = diverged ? (double)NAN : 1.0 / (1 + run),
        .test_bit_accuracy = diverged ? (double)NAN : 1 - 1.0 / (2 + run),
        .test_accuracy = diverged ? (double)NAN : 1 - 1.0 / (3 + run),
        .test_loss = diverged ? (double)NAN : 1.0 / (4 + run),
        .loss_count = rs_run_config_updates(&config) / config.loss_interval + 1,
        .loss = finished->loss,
        .weight_count = network.count,
        .weights = finished->weights,
    };
    finished->wall_time = 0.25 + run + sample->delay;
    for (size_t i = 0; i < result->loss_count; i++)
        finished->loss[i] = diverged && i > 0 ? -(double)NAN : (run + 1) / 3.0 + (double)i / 7;
    for (size_t i = 0; i < result->weight_count; i++)
        finished->weights[i] = (double)i / 3 - run;
}

rs_status sample_write(const sample_sweep *sample, rs_store *store, size_t first, size_t stride,
                       rs_error *error)
{
    size_t count = 0;
    size_t *rows = malloc(sample->runs.count * sizeof *rows);
    rs_run_outcome *outcomes = malloc(sample->runs.count * sizeof *outcomes);
    rs_status status = rows != NULL && outcomes != NULL ? RS_OK : RS_NO_MEMORY;
    for (size_t row = first; status == RS_OK && row < sample->runs.count; row += stride) {
        sample_result finished;
        if (rs_store_outcome(store, row) != RS_RUN_PENDING)
            continue;
        sample_finish(sample, row, &finished);
        status =
            rs_store_put(store, row, &finished.config, &finished.result, finished.wall_time, error);
        rows[count] = row;
        outcomes[count++] = finished.result.outcome;
    }
    if (status == RS_OK)
        status = rs_store_commit(store, count, rows, outcomes, error);
    free(rows);
    free(outcomes);
    return status;
}

static const rs_store_attribute attributes[] = {
    {"title", "A sample"}, {"date_created", "2026-01-01T00:00:00Z"}, {"summary", ""}};

rs_status sample_create(const sample_sweep *sample, const char *path, rs_error *error)
{
    return rs_store_create(path, &sample->runs, attributes,
                           sizeof attributes / sizeof attributes[0], error);
}

rs_status sample_fill(const sample_sweep *sample, const char *path, rs_error *error)
{
    rs_store *store = NULL;
    rs_status status = rs_store_open(&store, path, &sample->runs, error);
    if (status != RS_OK)
        return status;
    status = sample_write(sample, store, 0, 1, error);
    rs_status closed = rs_store_close(store, status == RS_OK ? error : NULL);
    return status == RS_OK ? closed : status;
}

rs_status sample_rebuild(const sample_sweep *sample, const char *path, rs_import_form form,
                         size_t file_count, const char *const files[], rs_error *error)
{
    rs_imported imported;
    return rs_import_as_new(path, form, &sample->runs, attributes,
                            sizeof attributes / sizeof attributes[0], file_count, files, &imported,
                            error);
}
