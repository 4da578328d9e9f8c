/* Memory that notices who leaves it: an inaccessible page follows the block, and the bytes between
 * block and pages hold a pattern. */
#ifndef FENCE_H
#define FENCE_H

#include <stdbool.h>
#include <stddef.h>

typedef struct fence {
    char *block;
    size_t bytes;
    char *map;
    size_t mapped;
} fence;

/* A block of `bytes`, aligned to `alignment` (a power of two up to a page), each byte `fill`. Ends
 * the process when memory is short. */
fence fence_take(size_t bytes, size_t alignment, unsigned char fill);

/* Gives the memory back; false when a byte beside the block was written. Reading or writing a whole
 * page away is a segmentation fault at the spot. */
bool fence_release(fence *f);

#endif
