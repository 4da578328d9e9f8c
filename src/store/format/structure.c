#include "structure.h"

#include <stdlib.h>

#include "file_io.h"
#include "memory.h"
#include "row.h"

enum { BLOCK_BYTES = 1 << 18 };

static int compare_stretches(const void *a, const void *b)
{
    const rs_stretch *first = a, *second = b;
    return (first->start > second->start) - (first->start < second->start);
}

/* Adds the bytes from `start` up to `end` to the sum, at most *left of them. */
static rs_status add_bytes(int file, const char *path, void *block, uint64_t start, uint64_t end,
                           uint64_t *left, uint32_t *sum, rs_error *error)
{
    rs_status status = RS_OK;
    while (status == RS_OK && start<end && * left> 0) {
        uint64_t here = end - start < BLOCK_BYTES ? end - start : BLOCK_BYTES;
        here = here < *left ? here : *left;
        status = rs_file_read(file, path, block, (size_t)here, start, error);
        if (status == RS_OK)
            *sum = rs_checksum(*sum, block, (size_t)here);
        start += here;
        *left -= here;
    }
    return status;
}

rs_status rs_structure_sum(int file, const char *path, uint64_t size, rs_stretch *taken,
                           size_t taken_total, uint64_t most, uint32_t *sum, rs_error *error)
{
    void *block = NULL;
    uint64_t at = 0, left = most;
    uint32_t fresh = 0;
    rs_status status = rs_allocate(&block, BLOCK_BYTES, 1, error);
    if (taken_total > 1)
        qsort(taken, taken_total, sizeof *taken, compare_stretches);
    for (size_t i = 0; status == RS_OK && i <= taken_total; i++) {
        const uint64_t next = i < taken_total && taken[i].start < size ? taken[i].start : size;
        status = add_bytes(file, path, block, at, next, &left, &fresh, error);
        if (i < taken_total && taken[i].end > at)
            at = taken[i].end;
    }
    free(block);
    if (status == RS_OK)
        *sum = fresh;
    return status;
}
