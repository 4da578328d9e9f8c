/* The states of the networks of many runs while they read sequences. */
#ifndef RS_TRAJECTORIES_H
#define RS_TRAJECTORIES_H

#include "sequences_asked.h"

/* What was written. */
typedef struct rs_trajectories {
    uint32_t sequences, steps, states;
    char what[RS_TASK_NAME + RS_DATA_NAME + 64]; /* "set test of parity" */
} rs_trajectories;

/* Writes the states of the networks of finished rows, at least one, after `update` updates or
 * RS_AT_END (stored_network.h), to a new file (trajectory_file.h). All runs must read sequences of
 * the same number, steps, kinds and widths: RS_USAGE names two that do not. Else as
 * rs_asked_sequences_find, rs_trajectory_file_create. On failure there is no file. */
rs_status rs_trajectories_write(rs_trajectories *written, const rs_results *results, size_t count,
                                const size_t rows[], unsigned update, const rs_asked *asked,
                                const char *path, rs_error *error);

#endif
