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

/* How many bytes are outside of the stretches, which are sorted. */
static uint64_t count_bytes(uint64_t size, const rs_stretch *taken, size_t taken_total)
{
    uint64_t at = 0, count = 0;
    for (size_t i = 0; i < taken_total && at < size; i++) {
        const uint64_t next = taken[i].start < size ? taken[i].start : size;
        count += next > at ? next - at : 0;
        at = taken[i].end > at ? taken[i].end : at;
    }
    return count + (size > at ? size - at : 0);
}

/* A CRC is linear: `difference` of two sums is the sum of the changed bits alone, started at 0. A
 * single bit gives the polynomial if it is the last one, and each bit after it shifts the register
 * once more. */
static bool one_bit_gives(uint32_t difference, uint64_t bytes)
{
    const uint32_t polynomial = 0x82f63b78;
    uint32_t sum = polynomial;
    for (uint64_t bit = 0; bit < 8 * bytes; bit++) {
        if (sum == difference)
            return true;
        sum = (sum >> 1) ^ ((sum & 1) != 0 ? polynomial : 0);
    }
    return false;
}

rs_status rs_structure_check(int file, const char *path, uint64_t size, rs_stretch *taken,
                             size_t taken_total, uint32_t wanted, rs_structure_state *state,
                             rs_error *error)
{
    uint32_t sum = 0;
    rs_status status =
        rs_structure_sum(file, path, size, taken, taken_total, UINT64_MAX, &sum, error);
    if (status != RS_OK)
        return status;
    if (sum == wanted)
        *state = RS_STRUCTURE_INTACT;
    else
        *state = one_bit_gives(sum ^ wanted, count_bytes(size, taken, taken_total))
                     ? RS_STRUCTURE_ONE_BIT
                     : RS_STRUCTURE_CHANGED;
    return RS_OK;
}
