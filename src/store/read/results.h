/* Reading a results file: whole columns, single curves and weights, attributes.
 *
 * The file describes itself (docs/layouts.md): a parameter that it lacks has its default in all
 * runs, a result that it lacks is missing, choices are read by the file's own words. A row with
 * settings that this program does not know is foreign: it is no run of any sweep here. A row of
 * which something is known to be wrong is damaged, and counts as pending.
 *
 * Works on files that are being written; rows whose status is pending hold NaN or old bytes and are
 * not to be used. Rows of runs that were stopped at a rung may be replaced meanwhile: those that
 * are when a file is opened count as pending. One thread at a time for each rs_results. */
#ifndef RS_RESULTS_H
#define RS_RESULTS_H

#include "identity.h"
#include "rnnsweep/rnnsweep.h"

typedef struct rs_results rs_results;

/* RS_IO when the file cannot be opened, RS_BAD_DATA when it is no results file or is damaged. All
 * is read from one file: when another one is given its name meanwhile, the old one is read, or the
 * new one, but no mixture. */
rs_status rs_results_open(rs_results **results, const char *path, rs_error *error);

/* The same for the file behind a descriptor, which is open for reading, stays the caller's and must
 * outlive the results. `path` is for messages. */
rs_status rs_results_open_file(rs_results **results, int file, const char *path, rs_error *error);

/* The same for those who read whole rows, or write them: of the results, rs_results_read_columns
 * has status, stop_reason and rungs_reached alone. */
rs_status rs_results_open_file_rows(rs_results **results, int file, const char *path,
                                    rs_error *error);

/* The same for a file that may be damaged, to save what is whole with rs_reader: also where HDF5
 * cannot read it but its directory is intact. Rows that cannot be decompressed are damaged. */
rs_status rs_results_rescue(rs_results **results, const char *path, rs_error *error);

/* The same with the columns of rs_results_open_file_rows. */
rs_status rs_results_rescue_rows(rs_results **results, const char *path, rs_error *error);

/* The same, to be checked by rs_check_file. */
rs_status rs_results_open_to_verify(rs_results **results, const char *path, rs_error *error);
void rs_results_close(rs_results *results); /* accepts NULL */

/* Closes the file alone, so that any number of results may be there at once: columns and layout
 * hold, rows can be read no more. */
void rs_results_close_file(rs_results *results);

/* Opens a file to see which datasets it has; of its rows nothing is read, and nothing may be
 * asked. *has_unknown: there is something that this program does not know. */
rs_status rs_results_describe(rs_results **results, const char *path, bool *has_unknown,
                              rs_error *error);

size_t rs_results_count(const rs_results *results); /* rows */
size_t rs_results_steps(const rs_results *results); /* extent of /step */
bool rs_results_real64(const rs_results *results);  /* float64 curves and weights */

int32_t rs_results_layout(const rs_results *results); /* version of its layout */

/* Whether parts of the file are compressed, so that no rows can be written to it. */
bool rs_results_compressed(const rs_results *results);

/* Text attribute of the root, or NULL; belongs to the results. */
const char *rs_results_attribute(const rs_results *results, const char *name);

/* Hash of the whole sweep, as text (rs_hash_format); NULL when the file has none. */
const char *rs_results_sweep(const rs_results *results);

/* Generation of the kernels that its runs were trained with: "3", or several, "2; 3". Where the
 * present ones give all its runs the same bits, it is theirs. */
const char *rs_results_kernels(const rs_results *results);

/* Attribute `index`, in the order of the file; false past the last. */
bool rs_results_attribute_at(const rs_results *results, size_t index, const char **name,
                             const char **value);

/* Whether an attribute of this name tells of the time, place or process of the writing, so that it
 * may differ between files of the same results. So may the column /wall_time. */
bool rs_results_attribute_is_circumstance(const char *name);

bool rs_results_is_damaged(const rs_results *results, size_t row);
/* Whether a row was marked finished, however it stands now; true of one whose mark is damaged. */
bool rs_results_was_finished(const rs_results *results, size_t row);
bool rs_results_is_foreign(const rs_results *results, size_t row);

/* Whether the row of a run that was stopped at a rung is not any more what it was when the results
 * were opened: a process trains the run further and has replaced it, or is about to. Such a row is
 * no damaged one, and counts as pending. */
bool rs_results_is_replaced(const rs_results *results, size_t row);

/* Names of the settings of foreign rows that this program does not know, "" when there are none. */
const char *rs_results_foreign(const rs_results *results);

/* Parameter `index` of those that the file has and this program does not know, with a row's value
 * as text: a word, or a number. False past the last. */
enum { RS_FOREIGN_TEXT = 64 };
bool rs_results_foreign_value(const rs_results *results, size_t row, size_t index,
                              const char **name, char text[RS_FOREIGN_TEXT]);

/* One row's configuration, read from its columns when the file was opened. Of a damaged or foreign
 * row, what is not known has its default. */
void rs_results_config(const rs_results *results, size_t row, rs_run_config *config);

/* False: parameter `parameter` has one value in all rows. */
bool rs_results_varies(const rs_results *results, size_t parameter);

/* Columns over rows, read when the file was opened; they belong to the results. */
typedef struct rs_results_columns {
    const int32_t *run;
    const int8_t *status;      /* rs_run_outcome */
    const int8_t *stop_reason; /* rs_stop_reason; -1 where it is not known */
    const double *initial_loss, *final_loss, *test_bit_accuracy, *test_accuracy, *test_loss,
        *wall_time, *updates, *solved_at; /* updates: -1 where it is not known */
    const int32_t *diverged_at;           /* -1: never */
    const int32_t *rungs_reached;         /* at which it was measured; -1: not known */
} rs_results_columns;
rs_results_columns rs_results_read_columns(const rs_results *results);

/* Row of a run number, or SIZE_MAX. Fast where numbers rise from row to row, as in all files that
 * nobody has changed. */
size_t rs_results_find(const rs_results *results, uint32_t run);

/* *intact: the checksums of a finished row are right. RS_IO, RS_NO_MEMORY. */
rs_status rs_results_check_row(const rs_results *results, size_t row, bool *intact,
                               rs_error *error);

/* One curve with the update number of each point. step, loss: [rs_results_steps]. */
rs_status rs_results_curve(const rs_results *results, size_t row, int32_t *step, double *loss,
                           rs_error *error);

/* Further tests that the file has: at lengths, then on sets; the label of one, "32" or the name of
 * its set. */
size_t rs_results_test_count(const rs_results *results);
bool rs_results_test_is_length(const rs_results *results, size_t test);
enum { RS_TEST_LABEL = 72 };
void rs_results_test_label(const rs_results *results, size_t test, char text[RS_TEST_LABEL]);

/* accuracy: [rows], NaN where a run has no such test. RS_IO, RS_NO_MEMORY. */
rs_status rs_results_test_accuracy(const rs_results *results, size_t test, double *accuracy,
                                   rs_error *error);

/* What the decisions of early termination rest on: what all runs were at each rung, beside their
 * columns. A row that is pending or damaged counts for nothing, whatever stands here. */
typedef struct rs_results_rungs {
    bool in_epochs;
    size_t count;      /* 0: the file has no rungs */
    const int32_t *at; /* [count], of the results */
    /* [rows * count], by row; NaN where a run did not come to a rung or was not measured there. */
    double *final_loss, *test_loss, *test_accuracy, *test_bit_accuracy;
} rs_results_rungs;

/* Whether the file has exactly these rungs. */
bool rs_results_has_rungs(const rs_results *results, const rs_rungs *rungs);

/* The rungs alone, without what was measured there. */
rs_results_rungs rs_results_rung_list(const rs_results *results);

/* *rungs begins as zeros. RS_IO, RS_NO_MEMORY. */
rs_status rs_results_read_rungs(const rs_results *results, rs_results_rungs *rungs,
                                rs_error *error);
void rs_results_rungs_free(rs_results_rungs *rungs);

/* A run's checks on its validation set, in their order; none where it has none. */
typedef struct rs_checks {
    size_t count;
    double *update, *loss, *accuracy; /* [count]; NaN where the file does not say */
} rs_checks;

/* *checks begins as zeros. RS_IO, RS_NO_MEMORY. */
rs_status rs_results_checks(const rs_results *results, size_t row, rs_checks *checks,
                            rs_error *error);
void rs_checks_free(rs_checks *checks);

/* One run's weights, as the block of network.h. weights: [count] of the network of the row's
 * configuration. RS_BAD_DATA when the file has those of a network of another shape. */
rs_status rs_results_weights(const rs_results *results, size_t row, double *weights,
                             rs_error *error);

/* Updates after which a run's weights were kept, rising. *updates: the caller frees it. RS_IO,
 * RS_NO_MEMORY. */
rs_status rs_results_checkpoints(const rs_results *results, size_t row, size_t *count,
                                 int32_t **updates, rs_error *error);

/* One run's weights after one of these updates, else as rs_results_weights. RS_USAGE when they were
 * not kept. */
rs_status rs_results_weights_at(const rs_results *results, size_t row, uint32_t update,
                                double *weights, rs_error *error);

#endif
