/* Writing a results file: created whole, then filled by pwrite; HDF5 is out of the hot path.
 *
 * Life of a file: rs_store_create makes the complete file (NaN-filled, every status pending) under
 * a temporary name beside it, syncs it and gives it its name; rs_store_open finds the byte offset
 * of every dataset and closes HDF5 again; rs_store_put takes one finished run's row from any
 * thread; rs_store_commit writes and syncs the rows and only then sets the runs' status bytes. So a
 * file opens in every reader at any moment, and a status byte never precedes its row, even after a
 * power cut. layout.h has the datasets.
 *
 * Where a row's bytes come to lie depends on the file's runs alone. Two files of the same runs with
 * the same attributes differ in no byte but those of wall_time, whatever the order in which the
 * runs were put.
 *
 * rs_store_create uses HDF5, which knows no threads: one call at a time. Reading uses it in a child
 * process. */
#ifndef RS_STORE_H
#define RS_STORE_H

#include "file_io.h"
#include "identity.h"
#include "rnnsweep/rnnsweep.h"

/* The runs a results file has rows for, in row order. */
typedef struct rs_store_runs {
    size_t count;
    /* Run number and configuration of a row; pure and thread-safe. An open store may call it until
     * it is closed. */
    void (*row)(const void *context, size_t row, uint32_t *run, rs_run_config *config);
    const void *context;
    rs_hash sweep;  /* rs_plan_hash of the whole sweep (not of the shard) */
    size_t whole;   /* runs of the whole sweep; 0: as many as here */
    bool by_number; /* of a sweep that this program cannot expand: runs of its files are told apart
                       by their numbers */
    /* Files whose datasets that this program does not know a new file is to have, too. They outlive
     * the calls that take these runs. */
    size_t model_total;
    const struct rs_layout *const *models;
    /* Path of the group of weights of a row whose network this program does not know, else NULL;
     * the function may be missing. */
    const char *(*group)(const void *context, size_t row);
    /* Steps of the sequences on which runs are tested besides their test sets, rising. */
    size_t length_total;
    const uint32_t *lengths;
    const rs_checkpoints *checkpoints; /* of their weights; NULL: none */
    const rs_rungs *rungs;             /* at which they are measured; NULL: none */
    /* Trains a run anew whose row comes from another file without some of its checkpoints or rungs,
     * as rs_trainer_run does; NULL: they stay missing. */
    rs_status (*train)(void *context, const rs_run_config *config, rs_run_result *result,
                       rs_error *error);
    /* Makes the further tests of a network whose row comes from another file without them, as
     * rs_trainer_test_further does; NULL: they stay missing. */
    rs_status (*test)(void *context, const rs_run_config *config, const double *weights,
                      rs_run_result *result, rs_error *error);
    void *test_context;
    /* Files whose finished runs may have what such a row lacks of further tests and checkpoints, so
     * that neither is called; they outlive the calls that take these runs. */
    size_t lender_total;
    const char *const *lenders;
    /* Whether to give up while a file is created, which may take minutes; NULL: never. */
    bool (*stopped)(void);
    /* [count]: the rows of which runs are to be trained, in a file that has more; NULL: all. */
    const bool *wanted;
} rs_store_runs;

/* Gives runs the further tests, checkpoints and rungs of others. */
static inline void rs_store_runs_take_tests(rs_store_runs *runs, const rs_store_runs *others)
{
    runs->length_total = others->length_total;
    runs->lengths = others->lengths;
    runs->checkpoints = others->checkpoints;
    runs->rungs = others->rungs;
    runs->train = others->train;
    runs->test = others->test;
    runs->test_context = others->test_context;
    runs->lender_total = others->lender_total;
    runs->lenders = others->lenders;
    runs->stopped = others->stopped;
}

/* One text attribute of the file's root: provenance. */
typedef struct rs_store_attribute {
    const char *name;
    const char *value;
} rs_store_attribute;

/* Creates `path` (missing folders too). RS_CANNOT_CREATE when it exists, or when the folder is
 * missing rights or room; the message says which. RS_BAD_DATA when the runs do not fit a results
 * file (more than 2^31 - 1 updates). RS_STOPPED when `stopped` says so. No file is left behind on
 * failure. */
rs_status rs_store_create(const char *path, const rs_store_runs *runs,
                          const rs_store_attribute *attributes, size_t attribute_count,
                          rs_error *error);

/* The same in the place of a file, which gets the first free name of path.1, path.2, ..., put into
 * `aside`, once the new one is complete. The new one is given its mode and group. RS_CANNOT_CREATE,
 * also when the old one is write-protected. */
rs_status rs_store_create_anew(const char *path, const rs_store_runs *runs,
                               const rs_store_attribute *attributes, size_t attribute_count,
                               char aside[RS_PATH_MAX], rs_error *error);

/* Bytes that rs_store_create would take at most, texts of attributes aside; 0 when it would refuse
 * the runs, with *error as it would be. */
uint64_t rs_store_bytes(const rs_store_runs *runs, rs_error *error);

typedef struct rs_store rs_store;

/* Opens an existing results file to go on with. RS_BAD_DATA when it is no results file, is damaged,
 * or holds other runs: the message names the first differing keys; also when it is compressed, so
 * that rows cannot be written, and has runs that are not finished. RS_IO when it cannot be opened,
 * or has such runs and cannot be opened for writing. The path is opened once: should another file
 * be given this name, the store goes on with the file that it read. The file is not changed. */
rs_status rs_store_open(rs_store **store, const char *path, const rs_store_runs *runs,
                        rs_error *error);

/* Whether the file has a place for every further test of its runs, at their lengths and on the sets
 * of data files that have been read; and for every checkpoint; and whether it has their rungs and
 * no others. */
bool rs_store_has_tests(const rs_store *store);
bool rs_store_has_checkpoints(const rs_store *store);
bool rs_store_has_rungs(const rs_store *store);

/* Whether rows can be written to the file: it is not compressed, and may be written to. */
bool rs_store_is_writable(const rs_store *store);

size_t rs_store_count(const rs_store *store); /* rows */

/* How each row stood when the file was opened or last committed. */
rs_run_outcome rs_store_outcome(const rs_store *store, size_t row);

/* At how many rungs each run was measured, likewise; -1 where it is not known. */
int32_t rs_store_rungs_reached(const rs_store *store, size_t row);

/* Adds a finished run's row, which is written with others: at the next commit, or when some
 * megabytes have accumulated. Any thread, but one thread at a time for each row. `config` must
 * equal the row's; `wall_time` is in seconds. RS_IO if writing this row or earlier ones fails;
 * RS_BAD_DATA where the file may not be written to; RS_NO_MEMORY.
 *
 * In a file with rungs, the row of a run that was stopped at one may be put again with the same run
 * trained further, also before it is committed: the last one put counts. Should the process be
 * interrupted then, at any moment, the row is the old one, pending, or the new one. A file without
 * those rungs takes no run that was stopped: RS_INTERNAL. */
rs_status rs_store_put(rs_store *store, size_t row, const rs_run_config *config,
                       const rs_run_result *result, double wall_time, rs_error *error);

/* Makes the added rows durable, then marks them finished with their outcomes; not one that was put
 * again meanwhile with another outcome, until it is committed with that. One thread at a time;
 * others may add rows meanwhile. RS_IO; after a failed write or sync every later call fails too:
 * the system does not tell what was lost, so no more rows may be marked. */
rs_status rs_store_commit(rs_store *store, size_t count, const size_t rows[],
                          const rs_run_outcome outcomes[], rs_error *error);

/* Checks that the path still refers to this file and that the file still has the committed rows.
 * RS_IO if another program moved, removed, replaced or overwrote it: then no more runs should be
 * trained. Rows added and committed afterwards are not lost either. One thread at a time, as
 * rs_store_commit. */
rs_status rs_store_check(const rs_store *store, rs_error *error);

/* Syncs and, if rows were added, checks once more as rs_store_check. If that fails, the rows are
 * saved under another name, and RS_IO says where, or what is lost. Afterwards the store can only be
 * queried and closed. */
rs_status rs_store_finish(rs_store *store, rs_error *error);

/* The store's file, for rs_results_open_file: whatever has its name by now. */
int rs_store_file(const rs_store *store);

/* Finishes, unless that was done, and closes, without rows that were put and not committed; frees
 * the store also when it fails. Accepts NULL. */
rs_status rs_store_close(rs_store *store, rs_error *error);

#endif
