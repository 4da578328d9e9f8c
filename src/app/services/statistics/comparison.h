/* A group of runs against a reference group, run by run: pairs agree in everything that the groups
 * do not differ by, above all in the seed. */
#ifndef RS_COMPARISON_H
#define RS_COMPARISON_H

#include "grouping.h"

/* What decides between two runs: a column of the results file. */
typedef struct rs_metric {
    const char *name;
    const double *column; /* [rows] */
    bool accuracy;        /* 0..1; else a loss */
    bool maximizes;
} rs_metric;

/* *metric = the sweep's own metric and goal, test_accuracy if it has none. RS_BAD_DATA when it is
 * no column to rank by. */
rs_status rs_metric_find(rs_metric *metric, const rs_results *results, rs_error *error);

/* What the run of a row achieved; a diverged run the worst there is: an accuracy of 0, an infinite
 * loss. NaN when the run is not finished or failed. */
double rs_metric_value(const rs_metric *metric, const rs_results *results, size_t row);

/* The reference group's runs, found by what makes a pair. */
typedef struct rs_reference rs_reference;

/* by: what the groups differ by. RS_NO_MEMORY. */
rs_status rs_reference_create(rs_reference **reference, const rs_results *results,
                              const rs_metric *metric, const rs_by *by, size_t count,
                              const uint32_t rows[], rs_error *error);
void rs_reference_free(rs_reference *reference); /* accepts NULL */

/* How many of the pairs the reference wins and loses; in the others both achieved the same. */
typedef struct rs_pair_count {
    size_t pairs, wins, losses;
} rs_pair_count;

rs_pair_count rs_reference_compare(const rs_reference *reference, size_t count,
                                   const uint32_t rows[]);

#endif
