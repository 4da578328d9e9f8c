/* Inside of rs_store, for the rest of this layer. */
#ifndef RS_STORE_FILE_H
#define RS_STORE_FILE_H

#include <stdatomic.h>

#include "batch.h"
#include "file_io.h"
#include "replace.h"
#include "results_file.h"

struct rs_store {
    char *path;
    int file;
    rs_results *results; /* what the file was found to be; its columns are gone */
    const rs_layout *layout;
    const rs_row_format *formats; /* by group */
    rs_batch *batch;
    rs_store_runs runs;
    int8_t *outcomes;        /* [runs] */
    int32_t *numbers;        /* [runs], of the runs */
    rs_replacing *replacing; /* NULL in a file without rungs or stopped runs */
    bool complete; /* and compressed, or open for reading only: there is nothing to write */
    /* The first failed sync. The kernel reports lost pages once: a later sync that succeeds says
     * nothing about them, so nothing is committed any more. */
    rs_error failure;

    /* What the file was when it was opened, for watch.h. */
    rs_file_state state;
    uint32_t fixed; /* checksum of what no run changes */
    rs_store_attribute *attributes;
    size_t attribute_count, attribute_room;
    atomic_bool changed; /* rows were put */
    bool finished;
};

static inline const rs_row_format *rs_store_format(const rs_store *store, size_t row)
{
    return &store->formats[store->layout->places[row].group];
}

/* Makes the row that rs_store_put writes: bytes[rs_store_format(store, row)->size]. RS_INTERNAL
 * when the numbers of losses or weights are not those of the run. */
rs_status rs_store_encode(const rs_store *store, size_t row, const rs_run_config *config,
                          const rs_run_result *result, double wall_time, void *bytes,
                          rs_error *error);

/* The row as the file has it; what was put last must have been committed. RS_IO. */
rs_status rs_store_read_row(const rs_store *store, size_t row, void *bytes, rs_error *error);

/* rs_store_put of a row made already, which is copied. */
rs_status rs_store_put_bytes(rs_store *store, size_t row, const void *bytes, rs_error *error);

/* rs_store_commit of rows whose outcomes are given as the file's own numbers of /status. */
rs_status rs_store_commit_codes(rs_store *store, size_t count, const size_t rows[],
                                const int8_t codes[], rs_error *error);

/* Makes what was written durable. RS_IO, also when an earlier sync failed. */
rs_status rs_store_sync(rs_store *store, rs_error *error);

/* Closes the file and frees the store, whatever was written. */
void rs_store_free(rs_store *store);

/* Whether rows that are not finished have something that a new file does not give them: values of
 * datasets that this program does not know. */
bool rs_store_keeps(const rs_store *store);

/* Gives all rows that are not finished the results of a new file, where it was created without
 * them. RS_IO, RS_NO_MEMORY. */
rs_status rs_store_fill_pending(rs_store *store, rs_error *error);

#endif
