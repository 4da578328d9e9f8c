#include "hash.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

static rs_hash from_xxhash(XXH128_hash_t value)
{
    return (rs_hash){.high = value.high64, .low = value.low64};
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
