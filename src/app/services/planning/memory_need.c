#include "memory_need.h"

#include <stdio.h>

#include "memory_limit.h"
#include "task_shape.h"

/* Measured: 25 MB, and 192 bytes a run for the final table of the best configurations. */
enum { BYTES_PER_PROCESS = 25 << 20, BYTES_PER_RUN = 192 };

void rs_format_bytes(double bytes, char text[RS_BYTES_TEXT])
{
    static const char *const units[] = {"bytes", "kB", "MB", "GB", "TB", "PB"};
    size_t unit = 0;
    for (; bytes >= 1000 && unit + 1 < sizeof units / sizeof units[0]; unit++)
        bytes /= 1000;
    snprintf(text, RS_BYTES_TEXT, unit == 0 ? "%.0f %s" : "%.3g %s", bytes, units[unit]);
}

/* Whether both configurations need the same trainer memory. */
static bool needs_the_same(const rs_run_config *a, const rs_run_config *b)
{
    const rs_task_shape x = rs_task_shape_of(a), y = rs_task_shape_of(b);
    return a->task == b->task && x.inputs == y.inputs && x.outputs == y.outputs &&
           x.train_steps == y.train_steps && a->fresh_data == b->fresh_data && a->cell == b->cell &&
           a->states == b->states && a->train_samples == b->train_samples &&
           a->test_samples == b->test_samples && a->batch_size == b->batch_size &&
           a->sequence_length == b->sequence_length && a->epochs == b->epochs &&
           a->shuffle == b->shuffle && a->loss_interval == b->loss_interval &&
           a->precision == b->precision && a->validation_samples == b->validation_samples &&
           (a->validation_samples == 0 || a->check_interval == b->check_interval) &&
           a->batching == b->batching && a->train_fraction == b->train_fraction;
}

/* Of the data of a task that was not seen yet; threads share it. */
static uint64_t data_need(uint32_t task, bool seen[RS_TASKS_MOST])
{
    const rs_data *data = rs_task_data(task);
    const uint64_t bytes = data != NULL && !seen[task] ? data->mapping_bytes : 0;
    seen[task] = true;
    return bytes;
}

uint64_t rs_memory_need(const rs_store_runs *runs, size_t count, const rs_isa *isa,
                        unsigned threads, uint64_t enough)
{
    uint64_t shared = BYTES_PER_PROCESS + (uint64_t)BYTES_PER_RUN * count;
    const uint64_t trainers = threads < count ? threads : count;
    uint64_t most = 0;
    bool seen[RS_TASKS_MOST] = {false};
    const rs_trainer_extras extras = {.length_count = runs->length_total,
                                      .lengths = runs->lengths,
                                      .checkpoints = runs->checkpoints,
                                      .rungs = runs->rungs};
    rs_run_config config, last = rs_run_config_default();
    uint32_t run;
    if (shared > enough)
        return shared;
    for (size_t row = 0; row < runs->count; row++) {
        runs->row(runs->context, row, &run, &config);
        if (row > 0 && needs_the_same(&config, &last))
            continue;
        last = config;
        shared += data_need(config.task, seen);
        const size_t group = rs_trainer_group_most(&config);
        const size_t most_together = group < count ? group : count;
        const uint64_t need = rs_trainer_need(isa, &config, most_together) +
                              rs_trainer_need_extras(isa, &config, most_together, &extras);
        most = need > most ? need : most;
    }
    return shared + trainers * most;
}

rs_status rs_memory_check(const rs_store_runs *runs, const rs_isa *isa, unsigned threads,
                          rs_error *error)
{
    const rs_memory_limit limit = rs_memory_limit_read("");
    const uint64_t need = rs_memory_need(runs, runs->count, isa, threads, limit.bytes);
    char needed[RS_BYTES_TEXT], allowed[RS_BYTES_TEXT];
    if (need <= limit.bytes)
        return RS_OK;
    rs_format_bytes((double)need, needed);
    rs_format_bytes((double)limit.bytes, allowed);
    return rs_fail(
        error, RS_NO_MEMORY,
        "%zu runs on %u thread%s need about %s of memory, and %s has %s: take fewer threads "
        "(-j), a part of the sweep (--shard), or another machine",
        runs->count, threads, threads == 1 ? "" : "s", needed, limit.source, allowed);
}
