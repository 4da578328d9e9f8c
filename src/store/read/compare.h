/* Comparing what two results files say of one run. */
#ifndef RS_COMPARE_H
#define RS_COMPARE_H

#include "reader.h"

/* Two results files with a reader each. */
typedef struct rs_results_pair {
    const rs_results *results[2];
    rs_reader *readers[2];
} rs_results_pair;

/* Whether rows that are finished have the same configuration and, to the bit, the same results:
 * numbers, curve, weights, and of checks, further tests, checkpoints and rungs all that both files
 * have places for. Times may differ, and so may the files' layouts. RS_IO, RS_NO_MEMORY. */
rs_status rs_compare_rows(const rs_results_pair *pair, const size_t rows[2], bool *same,
                          rs_error *error);

/* A scale whose places are not all in both files, so that the results there are compared in part
 * or not at all: the first from `*index` on of check, test_length, test_set, checkpoint and rung.
 * *index becomes the one to go on from; NULL past the last. */
const char *rs_compare_find_scale(const rs_results_pair *pair, size_t *index);

#endif
