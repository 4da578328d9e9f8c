/* Rows of a results file in the form in which an open store writes them. Between files of one sweep
 * the forms agree, and the bytes are passed on as they stand; a sweep that has grown may have given
 * its file other steps, types or numbers of runs, and rows are then decoded and encoded anew. */
#ifndef RS_CARRY_H
#define RS_CARRY_H

#include "reader.h"
#include "store.h"

typedef struct rs_carrier rs_carrier;

/* Both must outlive it. `sharing` as of rs_reader_create. One thread at a time. RS_NO_MEMORY. */
rs_status rs_carrier_create(rs_carrier **carrier, const rs_results *from, const rs_store *to,
                            size_t sharing, rs_error *error);
void rs_carrier_free(rs_carrier *carrier); /* accepts NULL */

/* A row to be given to rs_store_put_bytes. */
typedef struct rs_carried {
    const void *bytes; /* they hold until the next read */
    rs_hash hash;      /* of the results in the store's form, wall_time aside */
    double wall_time;
    rs_run_outcome outcome;
} rs_carried;

/* Reads a row of the file that was finished when it was opened. *intact: its checksum is right.
 * RS_IO, RS_NO_MEMORY. */
rs_status rs_carrier_read(rs_carrier *carrier, size_t row, bool *intact, rs_error *error);

/* The row read last, intact, as row `target` of the store, which must have the same configuration.
 * RS_NO_MEMORY. */
rs_status rs_carrier_convert(rs_carrier *carrier, size_t target, rs_carried *carried,
                             rs_error *error);

#endif
