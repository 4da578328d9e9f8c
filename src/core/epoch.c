#include "epoch.h"

#include <stdlib.h>
#include <string.h>

#include "memory.h"
#include "task_shape.h"

/* ---- Memory ---------------------------------------------------------------------------------- */

/* Whether sequences are taken in another order than the addition task has drawn them. */
static bool has_order(const rs_run_config *config)
{
    return config->task != RS_TASK_ADDITION || config->shuffle || config->train_fraction < 1;
}

/* Numbers of each array. */
typedef struct extents {
    size_t order, counts, first;
} extents;

static extents extents_of(const rs_run_config *config, uint32_t steps)
{
    return (extents){has_order(config) ? config->train_samples : 0, (size_t)steps + 2,
                     rs_run_config_updates(config) / config->epochs + 1};
}

size_t rs_epoch_need(const rs_run_config *config, uint32_t steps)
{
    const extents e = extents_of(config, steps);
    return (3 * e.order + e.counts + e.first) * sizeof(uint32_t);
}

static rs_status reserve(uint32_t **block, size_t *room, size_t count, rs_error *error)
{
    void *grown = *block;
    rs_status status = rs_grow(&grown, room, count, sizeof **block, error);
    *block = grown;
    return status;
}

rs_status rs_epoch_reserve(rs_epoch *epoch, const rs_run_config *config, uint32_t steps,
                           rs_error *error)
{
    const extents e = extents_of(config, steps);
    rs_status status = reserve(&epoch->order, &epoch->order_room, e.order, error);
    if (status == RS_OK)
        status = reserve(&epoch->used_of, &epoch->used_room, e.order, error);
    if (status == RS_OK)
        status = reserve(&epoch->sorted, &epoch->sorted_room, e.order, error);
    if (status == RS_OK)
        status = reserve(&epoch->counts, &epoch->count_room, e.counts, error);
    return status == RS_OK ? reserve(&epoch->first, &epoch->first_room, e.first, error) : status;
}

void rs_epoch_free(rs_epoch *epoch)
{
    free(epoch->order);
    free(epoch->used_of);
    free(epoch->sorted);
    free(epoch->counts);
    free(epoch->first);
    *epoch = (rs_epoch){0};
}

size_t rs_epoch_bytes(const rs_epoch *epoch)
{
    return (epoch->order_room + epoch->used_room + epoch->sorted_room + epoch->count_room +
            epoch->first_room) *
           sizeof(uint32_t);
}

/* ---- Lengths --------------------------------------------------------------------------------- */

static uint32_t length_of(const rs_data_set *set, uint32_t sequence)
{
    return set != NULL ? rs_data_length(set, sequence) : 1;
}

/* Puts `count` sequences in the order of their lengths, those of a length as they were; then
 * counts[length + 1] - counts[length] of them have that length. */
static void sort_by_length(rs_epoch *e, const rs_data_set *set, const uint32_t *from,
                           uint32_t count, uint32_t *to)
{
    const size_t steps = set != NULL ? set->steps : 1;
    memset(e->counts, 0, (steps + 2) * sizeof *e->counts);
    for (uint32_t i = 0; i < count; i++)
        e->counts[length_of(set, from[i]) + 1]++;
    for (size_t length = 1; length < steps + 2; length++)
        e->counts[length] += e->counts[length - 1];
    for (uint32_t i = 0; i < count; i++)
        to[e->counts[length_of(set, from[i])]++] = from[i];
    memmove(e->counts + 1, e->counts, (steps + 1) * sizeof *e->counts); /* back to the beginnings */
    e->counts[0] = 0;
}

/* ---- The sequences of a run ------------------------------------------------------------------ */

static int ascending(const void *a, const void *b)
{
    const uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

/* Of each length, ascending, a random part of its sequences. */
static void choose_part(rs_epoch *e, const rs_run_config *config, const rs_data_set *set)
{
    const uint32_t key[] = {config->data_seed >= 0 ? (uint32_t)config->data_seed : config->seed, 4};
    const size_t steps = set != NULL ? set->steps : 1;
    rs_random random;
    rs_random_seed_words(&random, key, 2);
    sort_by_length(e, set, e->used_of, config->train_samples, e->sorted);
    e->used = 0;
    for (size_t length = 1; length <= steps; length++) {
        const uint32_t first = e->counts[length], count = e->counts[length + 1] - first;
        const uint32_t part = rs_run_config_fraction(config, count);
        if (count == 0)
            continue;
        rs_random_permutation(&random, count, e->order);
        for (uint32_t i = 0; i < part; i++)
            e->used_of[e->used++] = e->sorted[first + e->order[i]];
    }
    qsort(e->used_of, e->used, sizeof *e->used_of, ascending);
}

/* Minibatches of one length each, the last of a length perhaps smaller. */
static void cut_by_length(rs_epoch *e, const rs_run_config *config, const rs_data_set *set)
{
    const size_t steps = set != NULL ? set->steps : 1;
    memcpy(e->sorted, e->order, e->used * sizeof *e->order);
    sort_by_length(e, set, e->sorted, e->used, e->order);
    e->updates = 0;
    for (size_t length = 1; length <= steps; length++)
        for (uint32_t at = e->counts[length]; at < e->counts[length + 1]; at += config->batch_size)
            e->first[e->updates++] = at;
    e->first[e->updates] = e->used;
}

static void cut_evenly(rs_epoch *e, const rs_run_config *config)
{
    const bool sliding = config->batching == RS_BATCHING_SLIDING;
    e->updates = e->used / config->batch_size;
    for (uint32_t k = 0; k <= e->updates; k++)
        e->first[k] = sliding ? k : k * config->batch_size;
}

uint32_t rs_epoch_samples(const rs_epoch *epoch, const rs_run_config *config, uint32_t k)
{
    return rs_run_config_groups_lengths(config) ? epoch->first[k + 1] - epoch->first[k]
                                                : config->batch_size;
}

/* ---- Epochs ---------------------------------------------------------------------------------- */

void rs_epoch_next(rs_epoch *e, const rs_run_config *config, const rs_data_set *set)
{
    if (!config->shuffle)
        return;
    if (e->remembers)
        e->before = e->shuffles;
    rs_random_permutation(&e->shuffles, e->used, e->order);
    for (uint32_t i = 0; i < e->used; i++)
        e->order[i] = e->used_of[e->order[i]];
    if (rs_run_config_groups_lengths(config))
        cut_by_length(e, config, set);
}

void rs_epoch_begin_run(rs_epoch *e, const rs_run_config *config, const rs_data_set *set)
{
    const uint32_t key[] = {config->seed, 1};
    e->used = config->train_samples;
    for (uint32_t i = 0; has_order(config) && i < e->used; i++)
        e->used_of[i] = i;
    if (config->train_fraction < 1)
        choose_part(e, config, set);
    if (has_order(config))
        memcpy(e->order, e->used_of, e->used * sizeof *e->order);
    if (rs_run_config_groups_lengths(config))
        cut_by_length(e, config, set);
    else
        cut_evenly(e, config);
    if (config->shuffle) {
        rs_random_seed_words(&e->shuffles, key, 2);
        rs_epoch_next(e, config, set);
    }
}
