/* A group of runs against a reference group, run by run: pairs agree in everything that does not
 * tell the groups apart, above all in the seed. */
#ifndef RS_COMPARISON_H
#define RS_COMPARISON_H

#include "levels.h"
#include "units.h"

/* What decides between two runs: a column of the results file. */
typedef struct rs_metric {
    const char *name;
    const double *column; /* [rows] */
    bool accuracy;        /* 0..1; else a loss */
    bool maximizes;
    size_t rungs;           /* 0 unless rs_metric_take_rungs gave it some */
    const double *at_rungs; /* [rows][rungs]; NULL: it is what it was at the beginning */
} rs_metric;

/* *metric = the column `name`, or when that is NULL the sweep's own metric, test_accuracy if it has
 * none. The goal is the sweep's where it is the sweep's metric, otherwise to maximise an accuracy
 * and to minimise a loss. RS_BAD_DATA when it is no column to rank by. */
rs_status rs_metric_find(rs_metric *metric, const rs_results *results, const char *name,
                         rs_error *error);

/* What the run of a row achieved; a diverged run the worst there is: an accuracy of 0, an infinite
 * loss. NaN when the run is not finished or failed. */
double rs_metric_value(const rs_metric *metric, const rs_results *results, size_t row);

/* What a run that diverged has achieved. */
double rs_metric_worst(const rs_metric *metric);

/* So that rs_metric_value_at can be asked. The rungs must live as long. */
void rs_metric_take_rungs(rs_metric *metric, const rs_results_rungs *rungs);

/* What the run of a row had achieved when it came to a level; one that ended before, in the end.
 * NaN when it did not come there, is not finished or failed. */
double rs_metric_value_at(const rs_metric *metric, const rs_results *results, size_t row,
                          uint32_t level);

/* The reference group's runs, found by what makes a pair. */
typedef struct rs_reference rs_reference;

/* pairs_by: what the runs of a pair agree in; without the unit, groups share nothing to compare.
 * The memory of the units must live as long. RS_NO_MEMORY. */
rs_status rs_reference_create(rs_reference **reference, const rs_results *results,
                              const rs_metric *metric, const rs_key_set *pairs_by,
                              const rs_units *units, size_t count, const uint32_t rows[],
                              rs_error *error);
void rs_reference_free(rs_reference *reference); /* accepts NULL */

/* A group against the reference at a level that both came to, in pairs of runs that agree in
 * `pairs_by`.
 *
 * p: could the reference's lead be luck? The differences of a unit's pairs are averaged, and the
 * units' averages tested by sign flips (sign_flip.h), one-sided. The difference of a pair is that
 * of the statistic that groups are ranked by: of accuracies, which are ranked by their mean, the
 * values; of losses, which are ranked by their median, whether they lie above the median of both
 * groups together (1, on it 1/2, below it 0), so that the larger median has the larger sum. */
typedef struct rs_pair_count {
    size_t pairs, wins, losses; /* of the reference; in the other pairs both achieved the same */
    size_t units;               /* that have pairs */
    double p;                   /* NaN without pairs */
} rs_pair_count;

/* RS_NO_MEMORY. */
rs_status rs_reference_compare(rs_reference *reference, uint32_t level, size_t count,
                               const uint32_t rows[], rs_pair_count *result, rs_error *error);

#endif
