/* The bytes of a results file that belong to no dataset: HDF5's own structure and the texts of its
 * attributes. None of them changes after the file was created. */
#ifndef RS_STRUCTURE_H
#define RS_STRUCTURE_H

#include "rnnsweep/rnnsweep.h"

/* Bytes from `start` up to `end`, of a dataset. */
typedef struct rs_stretch {
    uint64_t start, end;
} rs_stretch;

/* *sum: CRC-32C of the bytes outside of all stretches, in the file's first `size` bytes; of no more
 * than `most` of them, the first. Sorts the stretches, which may overlap. RS_IO, RS_NO_MEMORY. */
rs_status rs_structure_sum(int file, const char *path, uint64_t size, rs_stretch *taken,
                           size_t taken_total, uint64_t most, uint32_t *sum, rs_error *error);

typedef enum rs_structure_state {
    RS_STRUCTURE_INTACT,
    RS_STRUCTURE_ONE_BIT, /* one bit of it has changed */
    RS_STRUCTURE_CHANGED
} rs_structure_state;

/* Compares the bytes outside of all stretches with the sum they had. Bytes that another program has
 * changed look like one changed bit in one of 2^32 / bits cases. RS_IO, RS_NO_MEMORY. */
rs_status rs_structure_check(int file, const char *path, uint64_t size, rs_stretch *taken,
                             size_t taken_total, uint32_t wanted, rs_structure_state *state,
                             rs_error *error);

#endif
