/* A made-up sweep that uses every feature of a results file: several numbers of states, lengths and
 * loss intervals, both precisions, seeds beyond 31 bits, diverged and failed runs. Every number is
 * a simple function of the row, which check_file.py computes again. */
#ifndef SAMPLE_H
#define SAMPLE_H

#include <stdbool.h>

#include "import.h"
#include "store.h"

typedef struct sample_sweep {
    bool wide;       /* some runs are float64 */
    double momentum; /* of every run */
    double delay;    /* added to the time of every run */
    uint32_t first;  /* seed of row 0 is first + 1, its run number 3 first */
    rs_store_runs runs;
} sample_sweep;

/* Fills the runs of *sample, which they point to. */
void sample_init(sample_sweep *sample, size_t count, bool wide);

/* A finished run of a row; the result's arrays belong to the caller. */
enum { SAMPLE_LOSS_MAX = 64, SAMPLE_WEIGHTS_MAX = 128 };
typedef struct sample_result {
    rs_run_config config;
    rs_run_result result;
    double wall_time;
    double loss[SAMPLE_LOSS_MAX], weights[SAMPLE_WEIGHTS_MAX];
} sample_result;
void sample_finish(const sample_sweep *sample, size_t row, sample_result *finished);

/* Puts and commits those of the rows first, first + stride, ... of an open store that are pending.
 */
rs_status sample_write(const sample_sweep *sample, rs_store *store, size_t first, size_t stride,
                       rs_error *error);

/* Creates a file of the sample without results; writes all of its rows to it. */
rs_status sample_create(const sample_sweep *sample, const char *path, rs_error *error);
rs_status sample_fill(const sample_sweep *sample, const char *path, rs_error *error);

/* The file that sample_create and sample_fill make, out of the rows of others. */
rs_status sample_rebuild(const sample_sweep *sample, const char *path, rs_import_form form,
                         size_t file_count, const char *const files[], rs_error *error);

#endif
