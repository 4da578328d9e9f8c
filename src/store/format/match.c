#include "match.h"

#include <stdlib.h>
#include <string.h>

#include "layout.h"
#include "memory.h"

/* Open addressing: a slot holds a row + 1, or 0. The table is filled when a run is looked for that
 * is not at the row of its number, which none is in files of the whole sweep and in shards. */
struct rs_match {
    rs_store_runs runs;
    bool is_filled;
    size_t slot_mask;
    rs_hash *keys; /* by row */
    uint32_t *slots;
};

/* The values of a configuration one after the other, written without a loop over the table: this is
 * done once or twice for each of a million runs. */
#define RS_REAL(name, ...)     double name;
#define RS_OPTIONAL(name, ...) double name;
#define RS_COUNT(name, ...)    uint32_t name;
#define RS_CHOICE(name, ...)   uint32_t name;
#define RS_FLAG(name, ...)     uint32_t name;
#define RS_SEED(name, ...)     int64_t name;
#define RS_WHOLE(name, ...)    int64_t name;
typedef struct key_values {
    uint32_t seed;
#include "rnnsweep/parameters.def"
} key_values;
#undef RS_REAL
#undef RS_OPTIONAL
#undef RS_COUNT
#undef RS_CHOICE
#undef RS_FLAG
#undef RS_SEED
#undef RS_WHOLE

static void set_values(key_values *values, const rs_run_config *config)
{
    memset(values, 0, sizeof *values); /* the gaps */
    values->seed = config->seed;
#define RS_REAL(name, ...)     values->name = config->name + 0.0; /* no -0 */
#define RS_OPTIONAL(name, ...) values->name = config->name + 0.0;
#define RS_COUNT(name, ...)    values->name = config->name;
#define RS_CHOICE(name, ...)   values->name = config->name;
#define RS_FLAG(name, ...)     values->name = config->name;
#define RS_SEED(name, ...)     values->name = config->name;
#define RS_WHOLE(name, ...)    values->name = config->name;
#include "rnnsweep/parameters.def"
#undef RS_REAL
#undef RS_OPTIONAL
#undef RS_COUNT
#undef RS_CHOICE
#undef RS_FLAG
#undef RS_SEED
#undef RS_WHOLE
}

/* Whether two configurations have the same values. Unlike the bytes of the configurations, these
 * have no gaps between them. */
static bool same_values(const rs_run_config *one, const rs_run_config *other)
{
    key_values first, second;
    set_values(&first, one);
    set_values(&second, other);
    return memcmp(&first, &second, sizeof first) == 0;
}

static rs_hash key_of(const rs_match *match, size_t number, const rs_run_config *config)
{
    key_values values;
    if (match->runs.by_number)
        return rs_hash_bytes(&number, sizeof number);
    set_values(&values, config);
    return rs_hash_bytes(&values, sizeof values);
}

/* The slot of the key, or the free one where it belongs. */
static uint32_t *slot_of(const rs_match *match, const rs_hash *key)
{
    size_t at = key->low & match->slot_mask;
    while (match->slots[at] != 0 && !rs_hash_equal(match->keys[match->slots[at] - 1], *key))
        at = (at + 1) & match->slot_mask;
    return &match->slots[at];
}

/* Slots lie anywhere in memory: a few are fetched while the next keys are made. */
static void fill(rs_match *match)
{
    enum { AHEAD = 32 };
    const rs_store_runs *runs = &match->runs;
    for (size_t row = 0; row < runs->count + AHEAD; row++) {
        if (row < runs->count) {
            uint32_t run;
            rs_run_config config;
            runs->row(runs->context, row, &run, &config);
            match->keys[row] = key_of(match, run, &config);
            __builtin_prefetch(&match->slots[match->keys[row].low & match->slot_mask]);
        }
        if (row >= AHEAD) {
            uint32_t *slot = slot_of(match, &match->keys[row - AHEAD]);
            if (*slot == 0)
                *slot = (uint32_t)(row - AHEAD) + 1;
        }
    }
}

rs_status rs_match_create(rs_match **match, const rs_store_runs *runs, rs_error *error)
{
    rs_match *fresh = NULL;
    size_t slots = 2;
    rs_status status = rs_allocate((void **)&fresh, 1, sizeof *fresh, error);
    if (status != RS_OK)
        return status;
    while (slots < 2 * runs->count)
        slots *= 2;
    if ((status = rs_allocate((void **)&fresh->keys, runs->count, sizeof *fresh->keys, error)) !=
            RS_OK ||
        (status = rs_allocate((void **)&fresh->slots, slots, sizeof *fresh->slots, error)) !=
            RS_OK) {
        rs_match_free(fresh);
        return status;
    }
    fresh->runs = *runs;
    fresh->slot_mask = slots - 1;
    *match = fresh;
    return RS_OK;
}

void rs_match_free(rs_match *match)
{
    if (match == NULL)
        return;
    free(match->slots);
    free(match->keys);
    free(match);
}

/* Whether the run is that of the row of its number. */
static bool is_in_place(const rs_match *match, size_t number, const rs_run_config *config)
{
    uint32_t run;
    rs_run_config own;
    if (number >= match->runs.count)
        return false;
    match->runs.row(match->runs.context, number, &run, &own);
    return match->runs.by_number ? run == number : same_values(&own, config);
}

size_t rs_match_find(rs_match *match, size_t number, const rs_run_config *config)
{
    if (is_in_place(match, number, config))
        return number;
    if (!match->is_filled)
        fill(match);
    match->is_filled = true;
    const rs_hash key = key_of(match, number, config);
    const uint32_t row = *slot_of(match, &key);
    return row > 0 ? row - 1 : SIZE_MAX;
}
