/* Accuracies of further tests, over seeds: at lengths that were not trained, and on named sets. */
#ifndef RS_TESTS_REPORT_H
#define RS_TESTS_REPORT_H

#include "summary.h"

typedef enum rs_tests_form { RS_TESTS_TABLE, RS_TESTS_CSV, RS_TESTS_JSON } rs_tests_form;

/* One line for each test and group of the summary, the best groups first: the share of runs that
 * are right in it, as of solved runs, and the mean and the interquartile mean of its accuracy over
 * the units, with their intervals. RS_USAGE when the file has no such test. RS_IO, RS_NO_MEMORY. */
rs_status rs_tests_report(rs_summary *summary, size_t limit, rs_tests_form form, FILE *stream,
                          rs_error *error);

#endif
