#include "kept.h"

#include <stdlib.h>

#include "memory.h"
#include "rnnsweep/rnnsweep.h"

/* Of one minibatch. */
static size_t batch_bytes(const rs_run_config *config, uint32_t steps)
{
    const rs_network network = rs_run_config_network(config);
    const size_t bytes = rs_assembly_need(&network, config->batch_size, steps);
    const size_t own = config->precision == RS_FLOAT64 ? bytes : bytes / 2;
    return (own + RS_ALIGNMENT - 1) / RS_ALIGNMENT * RS_ALIGNMENT;
}

/* Those that are kept: from the first on, as many as there is room for. */
static size_t batch_count(const rs_run_config *config, uint32_t steps)
{
    const size_t updates = rs_run_config_updates(config) / config->epochs;
    const size_t fitting = RS_KEPT_BYTES / batch_bytes(config, steps);
    return config->shuffle || config->fresh_data || rs_trainer_group_most(config) > 1 ? 0
           : updates < fitting                                                        ? updates
                                                                                      : fitting;
}

size_t rs_kept_need(const rs_run_config *config, uint32_t steps)
{
    return batch_count(config, steps) * (batch_bytes(config, steps) + sizeof(rs_kept_batch));
}

double rs_kept_share(const rs_run_config *config, uint32_t steps)
{
    const uint64_t updates = rs_run_config_updates(config) / config->epochs;
    return updates > 0 ? (double)batch_count(config, steps) / (double)updates : 0;
}

/* Not by rs_grow: nothing is worth being copied, and room is not doubled. */
static rs_status renew(void **block, size_t *have, size_t want, size_t size, rs_error *error)
{
    void *fresh = NULL;
    free(*block);
    *block = NULL;
    *have = 0;
    const rs_status status = rs_allocate(&fresh, want, size, error);
    if (status == RS_OK) {
        *block = fresh;
        *have = want;
    }
    return status;
}

rs_status rs_kept_reserve(rs_kept *kept, const rs_run_config *config, uint32_t steps,
                          rs_error *error)
{
    const size_t count = batch_count(config, steps), bytes = count * batch_bytes(config, steps);
    void *numbers = kept->bytes, *batches = kept->batches;
    rs_status status = RS_OK;
    if (bytes <= kept->room && count <= kept->batch_room)
        return RS_OK;
    kept->is_valid = false;
    if (bytes > kept->room)
        status = renew(&numbers, &kept->room, bytes, 1, error);
    if (status == RS_OK && count > kept->batch_room)
        status = renew(&batches, &kept->batch_room, count, sizeof *kept->batches, error);
    kept->bytes = numbers;
    kept->batches = batches;
    return status;
}

void rs_kept_free(rs_kept *kept)
{
    free(kept->bytes);
    free(kept->batches);
    *kept = (rs_kept){0};
}

/* Whether the runs of both have the same minibatches in the same form. */
static bool is_same(const rs_kept_key *a, const rs_kept_key *b)
{
    const rs_run_config *x = &a->config, *y = &b->config;
    return a->data == b->data && a->version == b->version && a->by_number == b->by_number &&
           x->precision == y->precision && x->batch_size == y->batch_size &&
           x->batching == y->batching && x->train_samples == y->train_samples &&
           x->train_fraction == y->train_fraction &&
           (x->train_fraction == 1 || (x->seed == y->seed && x->data_seed == y->data_seed)) &&
           x->readout == y->readout && x->shuffle == y->shuffle;
}

void rs_kept_begin(rs_kept *kept, const rs_kept_key *key, uint32_t steps)
{
    const size_t count = batch_count(&key->config, steps);
    const size_t bytes = batch_bytes(&key->config, steps);
    if (kept->is_valid && is_same(&kept->key, key) && kept->count == count)
        return;
    for (size_t k = 0; k < count; k++)
        kept->batches[k] =
            (rs_kept_batch){.assembly = {.bytes = kept->bytes + k * bytes, .room = bytes}};
    kept->count = count;
    kept->key = *key;
    kept->is_valid = true;
}

rs_kept_batch *rs_kept_at(rs_kept *kept, uint32_t k)
{
    return k < kept->count ? &kept->batches[k] : NULL;
}
