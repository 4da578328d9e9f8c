/* The network of one run of a results file, as it was trained or at a checkpoint. */
#ifndef RS_STORED_NETWORK_H
#define RS_STORED_NETWORK_H

#include "answer.h"
#include "run_choice.h"

/* Opens the results file at `path` and finds the run that words[0..count-1] name (run_choice.h).
 * RS_BAD_DATA if its checksum is wrong; else as rs_run_choose and rs_results_open. */
rs_status rs_stored_run_open(rs_results **results, rs_run_choice *choice, const char *path,
                             size_t count, const char *const words[], rs_error *error);

/* RS_BAD_DATA when the checksum of a finished row is wrong: only whole rows are shown. RS_IO,
 * RS_NO_MEMORY. */
rs_status rs_stored_run_check(const rs_results *results, const char *path, size_t row,
                              rs_error *error);

/* Which network: that of a row after `update` updates, whose weights the file has as a checkpoint.
 */
typedef struct rs_stored_network {
    const rs_results *results;
    size_t row;
    unsigned update; /* RS_AT_END: as the run left it */
} rs_stored_network;

#define RS_AT_END UINT32_MAX

int32_t rs_stored_network_run(const rs_stored_network *network); /* number of its run */

/* RS_USAGE when it cannot be used: the run is not trained, diverged, failed its gradient check, or
 * has settings that this version does not know; or the file has no such checkpoint of it, and then
 * the message names those that it has. A run that diverged has networks at checkpoints. */
rs_status rs_stored_network_check(const rs_stored_network *network, rs_error *error);

/* Writes updates with commas between them, the middle of many as three points. */
enum { RS_CHECKPOINTS_TEXT = 512 };
void rs_checkpoints_write(size_t count, const int32_t *updates, size_t size, char *text);

/* Its weights, as rs_results_weights. */
rs_status rs_stored_network_weights(const rs_stored_network *network, double *weights,
                                    rs_error *error);

/* Its outputs: rs_predict with the configuration of the run. a, b: [count]; probability:
 * [count][sequence_length]. */
rs_status rs_stored_network_predict(const rs_stored_network *network, size_t count,
                                    const uint64_t *a, const uint64_t *b, double *probability,
                                    rs_error *error);

/* The same for sequences of any kind: rs_answer_sequences. */
rs_status rs_stored_network_answer(const rs_stored_network *network, const rs_data *data,
                                   const rs_data_set *set, double *logit, rs_score *score,
                                   rs_error *error);

/* The number that probabilities of bits, least significant first, represent. */
uint64_t rs_answer(const double *probability, uint32_t length);

#endif
