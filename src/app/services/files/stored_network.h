/* The trained network of one run of a results file. */
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

/* RS_USAGE when the row has no network that can be used: it is not trained, diverged, failed its
 * gradient check, or has settings that this version does not know. */
rs_status rs_stored_run_check_trained(const rs_results *results, size_t row, rs_error *error);

/* The outputs of a finished row's network: rs_predict with its configuration and weights. a, b:
 * [count]; probability: [count][sequence_length]. */
rs_status rs_stored_network_predict(const rs_results *results, size_t row, size_t count,
                                    const uint64_t *a, const uint64_t *b, double *probability,
                                    rs_error *error);

/* The same for sequences of any kind: rs_answer_sequences. */
rs_status rs_stored_network_answer(const rs_results *results, size_t row, const rs_data *data,
                                   const rs_data_set *set, double *logit, rs_score *score,
                                   rs_error *error);

/* The number that probabilities of bits, least significant first, represent. */
uint64_t rs_answer(const double *probability, uint32_t length);

#endif
