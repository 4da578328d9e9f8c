/* Whole rows of a results file, fast in rising order: neighbouring rows are read together. */
#ifndef RS_READER_H
#define RS_READER_H

#include "results.h"

typedef struct rs_reader rs_reader;

/* The results must outlive the reader. One thread at a time. `sharing`: number of readers that are
 * open together, with memory in proportion for each. */
rs_status rs_reader_create(rs_reader **reader, const rs_results *results, size_t sharing,
                           rs_error *error);
void rs_reader_free(rs_reader *reader); /* accepts NULL */

/* A run as it stands in the file. The result's pointers hold until the next read. */
typedef struct rs_stored_run {
    uint32_t run;
    rs_run_config config;
    rs_run_result result; /* gradient_check is not stored */
    double wall_time;
    bool intact; /* the row could be decompressed and its checksum is right; if not, trust only
                    `run`, and take the result for nothing */
} rs_stored_run;

/* Reads a row that was finished when the results were opened. RS_IO, RS_NO_MEMORY. */
rs_status rs_reader_read(rs_reader *reader, size_t row, rs_stored_run *run, rs_error *error);

/* The row's bytes alone, as rs_row_encode makes them; they hold until the next read. *intact as
 * above; *bytes may be NULL where it is false. RS_IO, RS_NO_MEMORY. */
rs_status rs_reader_read_bytes(rs_reader *reader, size_t row, const void **bytes, bool *intact,
                               rs_error *error);

/* Whether the time of the row read last is as it was written; no other number depends on it. */
bool rs_reader_time_is_intact(const rs_reader *reader, size_t row);

/* How many finished runs lack something that decided no run: a further test at one of these lengths
 * or on a set of a data file that has been read, a checkpoint, or what was measured at a rung that
 * they came to. checkpoints, rungs: NULL for none. RS_IO, RS_NO_MEMORY. */
typedef struct rs_lacking {
    size_t tests, checkpoints, rungs;
} rs_lacking;
rs_status rs_reader_count_lacking(const rs_results *results, size_t length_total,
                                  const uint32_t *lengths, const rs_checkpoints *checkpoints,
                                  const rs_rungs *rungs, rs_lacking *lacking, rs_error *error);

/* Hash of a run's configuration and results, wall_time aside: equal for equal bits, whatever the
 * layouts of the files. */
rs_hash rs_stored_run_hash(const rs_stored_run *run);

#endif
