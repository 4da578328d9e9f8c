/* Writing a results file: created whole, then filled by pwrite; HDF5 is out of the hot path.
 *
 * Life of a file: rs_store_create makes the complete file (NaN-filled, every status pending) under
 * a temporary name beside it, syncs it and renames it into place; rs_store_open finds the byte
 * offset of every dataset and closes HDF5 again; rs_store_put writes one finished run's rows from
 * any thread; rs_store_commit syncs the data and only then sets the runs' status bytes. So a file
 * opens in every reader at any moment, and a status byte never precedes its row, even after a power
 * cut. */
#ifndef RS_STORE_H
#define RS_STORE_H

#include "identity.h"
#include "rnnsweep/rnnsweep.h"

/* The runs a results file has rows for, in row order. */
typedef struct rs_store_runs {
    size_t count;
    /* Run number and configuration of a row; pure and thread-safe. */
    void (*row)(const void *context, size_t row, uint32_t *run, rs_run_config *config);
    const void *context;
    rs_hash sweep; /* rs_plan_hash of the whole sweep (not of the shard) */
} rs_store_runs;

/* One text attribute of the file's root: provenance. */
typedef struct rs_store_attribute {
    const char *name;
    const char *value;
} rs_store_attribute;

/* Creates `path` (missing folders too). RS_CANNOT_CREATE when it exists, or when the folder is
 * missing rights or room; the message says which. Nothing is left behind on failure. */
rs_status rs_store_create(const char *path, const rs_store_runs *runs,
                          const rs_store_attribute *attributes, size_t attribute_count,
                          rs_error *error);

/* Bytes that rs_store_create would take. */
uint64_t rs_store_bytes(const rs_store_runs *runs);

typedef struct rs_store rs_store;

/* Opens an existing results file to go on with. RS_BAD_DATA when it is no results file, is damaged,
 * or holds other runs: the message names the first differing keys. The file is not changed. */
rs_status rs_store_open(rs_store **store, const char *path, const rs_store_runs *runs,
                        rs_error *error);

/* How each row stood when the file was opened or last committed. */
rs_run_outcome rs_store_outcome(const rs_store *store, size_t row);

/* Writes a finished run's numbers. Any thread, one row by one thread at a time. `wall_time` in
 * seconds. RS_IO. */
rs_status rs_store_put(rs_store *store, size_t row, const rs_run_result *result, double wall_time,
                       rs_error *error);

/* Makes rows that were put durable, then marks them finished. One thread at a time. */
rs_status rs_store_commit(rs_store *store, size_t count, const size_t rows[],
                          const rs_run_outcome outcomes[], rs_error *error);

/* Syncs and closes; frees the store also when it fails. Accepts NULL. */
rs_status rs_store_close(rs_store *store, rs_error *error);

#endif
