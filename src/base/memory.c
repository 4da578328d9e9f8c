#include "memory.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

rs_status rs_allocate(void **block, size_t count, size_t size, rs_error *error)
{
    size_t bytes;
    if (__builtin_mul_overflow(count, size, &bytes) || bytes > SIZE_MAX - RS_ALIGNMENT)
        return rs_fail(error, RS_NO_MEMORY, "out of memory: %zu elements of %zu bytes", count,
                       size);
    bytes = (bytes + RS_ALIGNMENT - 1) / RS_ALIGNMENT * RS_ALIGNMENT;
    void *fresh = aligned_alloc(RS_ALIGNMENT, bytes > 0 ? bytes : RS_ALIGNMENT);
    if (fresh == NULL)
        return rs_fail(error, RS_NO_MEMORY, "out of memory: %zu bytes wanted", bytes);
    memset(fresh, 0, bytes);
    *block = fresh;
    return RS_OK;
}

rs_status rs_grow(void **block, size_t *have, size_t want, size_t size, rs_error *error)
{
    if (want <= *have)
        return RS_OK;
    size_t room = want < SIZE_MAX / 2 && want < 2 * *have ? 2 * *have : want;
    void *fresh = NULL;
    rs_status status = rs_allocate(&fresh, room, size, error);
    if (fresh == NULL)
        return status;
    if (*block != NULL)
        memcpy(fresh, *block, *have * size);
    free(*block);
    *block = fresh;
    *have = room;
    return RS_OK;
}
