/* A run as the original notebook shows it: its first training sample, and additions by the trained
 * network. */
#ifndef RS_NOTEBOOK_H
#define RS_NOTEBOOK_H

#include <stdio.h>

#include "stored_network.h"

/* The first training pair of the run: x1 + x2 = t, bits least significant first, then the number.
 */
rs_status rs_notebook_print_training_sample(const rs_run_config *config, FILE *stream,
                                            rs_error *error);

/* Prints a + b with the network's answer y and marks under its wrong bits. probability:
 * [length]. */
void rs_notebook_print_addition(uint64_t a, uint64_t b, const double *probability, uint32_t length,
                                FILE *stream);

/* Prints the first `count` test pairs of a run with the answers of its network. */
rs_status rs_notebook_print_additions(const rs_stored_network *network, size_t count, FILE *stream,
                                      rs_error *error);

/* The whole report of one finished run: training sample, gradient check, losses, accuracy, and the
 * first five test additions. */
rs_status rs_notebook_print_report(const rs_results *results, size_t row, FILE *stream,
                                   rs_error *error);

#endif
