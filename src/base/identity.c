#include "identity.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

static rs_hash from_xxhash(XXH128_hash_t value)
{
    return (rs_hash){.high = value.high64, .low = value.low64};
}

/* Without a loop over the table, as it is done for each of a million runs. */
static void find_differing(const rs_run_config *config, bool differs[RS_PARAMETER_TOTAL])
{
#define RS_DIFFERS(name, fallback)     differs[RS_PARAMETER_##name] = config->name != (fallback);
#define RS_REAL(name, fallback, ...)   RS_DIFFERS(name, fallback)
#define RS_COUNT(name, fallback, ...)  RS_DIFFERS(name, fallback)
#define RS_CHOICE(name, fallback, ...) RS_DIFFERS(name, fallback)
#define RS_FLAG(name, fallback, ...)   RS_DIFFERS(name, fallback)
#define RS_OPTIONAL(name, ...)         RS_DIFFERS(name, -1)
#define RS_SEED(name, ...)             RS_DIFFERS(name, -1)
#include "rnnsweep/parameters.def"
#undef RS_DIFFERS
#undef RS_REAL
#undef RS_COUNT
#undef RS_CHOICE
#undef RS_FLAG
#undef RS_OPTIONAL
#undef RS_SEED
}

bool rs_identity_same_setting(const rs_run_config *a, const rs_run_config *b)
{
#define RS_SAME(name, ...)     &&a->name == b->name
#define RS_REAL(name, ...)     RS_SAME(name)
#define RS_COUNT(name, ...)    RS_SAME(name)
#define RS_CHOICE(name, ...)   RS_SAME(name)
#define RS_FLAG(name, ...)     RS_SAME(name)
#define RS_OPTIONAL(name, ...) RS_SAME(name)
#define RS_SEED(name, ...)     RS_SAME(name)
    return true
#include "rnnsweep/parameters.def"
        ;
#undef RS_SAME
#undef RS_REAL
#undef RS_COUNT
#undef RS_CHOICE
#undef RS_FLAG
#undef RS_OPTIONAL
#undef RS_SEED
}

void rs_identity_find_order(rs_identity_order *order, const rs_run_config *config)
{
    bool differs[RS_PARAMETER_TOTAL];
    find_differing(config, differs);
    if (memcmp(differs, order->differs, sizeof differs) == 0)
        return;
    memcpy(order->differs, differs, sizeof differs);
    order->count = 0;
    for (size_t i = 0; i < RS_PARAMETER_TOTAL; i++) {
        size_t place = order->count;
        if (!differs[i])
            continue;
        for (; place > 0 &&
               strcmp(rs_parameters[order->order[place - 1]].name, rs_parameters[i].name) > 0;
             place--)
            order->order[place] = order->order[place - 1];
        order->order[place] = i;
        order->count++;
    }
}

rs_hash rs_run_identity(const rs_run_config *config)
{
    char text[64 + RS_PARAMETER_TOTAL * 64], *end = stpcpy(text, "rnnsweep run 1\n");
    rs_identity_order counts = {.count = 0};
    rs_identity_find_order(&counts, config);
    for (size_t i = 0; i < counts.count; i++) {
        const rs_parameter *parameter = &rs_parameters[counts.order[i]];
        char spelt[RS_PARAMETER_TEXT];
        rs_parameter_format(parameter, rs_parameter_get(parameter, config), spelt);
        end = stpcpy(stpcpy(stpcpy(stpcpy(end, parameter->name), "="), spelt), "\n");
    }
    end += sprintf(end, "seed=%u\n", config->seed);
    return rs_hash_bytes(text, (size_t)(end - text));
}

rs_hash rs_hash_bytes(const void *bytes, size_t size)
{
    return from_xxhash(XXH3_128bits(bytes, size));
}

bool rs_hash_equal(rs_hash a, rs_hash b)
{
    return a.high == b.high && a.low == b.low;
}

void rs_hash_format(rs_hash hash, char text[RS_HASH_TEXT])
{
    snprintf(text, RS_HASH_TEXT, "%016llx%016llx", (unsigned long long)hash.high,
             (unsigned long long)hash.low);
}

bool rs_hash_parse(const char *text, rs_hash *hash)
{
    enum { HALF = RS_HASH_TEXT / 2 };
    char half[HALF + 1] = "";
    if (text == NULL || strlen(text) != RS_HASH_TEXT - 1 ||
        strspn(text, "0123456789abcdef") != RS_HASH_TEXT - 1)
        return false;
    memcpy(half, text, HALF);
    hash->high = strtoull(half, NULL, 16);
    hash->low = strtoull(text + HALF, NULL, 16);
    return true;
}

rs_status rs_hash_stream_create(rs_hash_stream **stream, rs_error *error)
{
    XXH3_state_t *state = XXH3_createState();
    if (state == NULL || XXH3_128bits_reset(state) != XXH_OK) {
        XXH3_freeState(state);
        return rs_fail(error, RS_NO_MEMORY, "out of memory for a hash");
    }
    *stream = (rs_hash_stream *)state;
    return RS_OK;
}

void rs_hash_stream_add(rs_hash_stream *stream, const void *bytes, size_t size)
{
    XXH3_128bits_update((XXH3_state_t *)stream, bytes, size);
}

rs_hash rs_hash_stream_finish(rs_hash_stream *stream)
{
    rs_hash hash = from_xxhash(XXH3_128bits_digest((XXH3_state_t *)stream));
    rs_hash_stream_free(stream);
    return hash;
}

void rs_hash_stream_free(rs_hash_stream *stream)
{
    XXH3_freeState((XXH3_state_t *)stream);
}
