/* Laying out the scratch memory of a kernel call: the same code measures (base NULL) and places. */
#ifndef RS_SCRATCH_H
#define RS_SCRATCH_H

#include <stddef.h>

typedef struct scratch {
    char *base; /* NULL: only measure */
    size_t used;
} scratch;

/* Room for `bytes`, aligned to 64; NULL while measuring. */
static inline void *scratch_take(scratch *s, size_t bytes)
{
    void *block = s->base != NULL ? s->base + s->used : NULL;
    s->used += (bytes + 63) / 64 * 64;
    return block;
}

#endif
