/* Bootstrap intervals of the interquartile mean, cheap for very many groups.
 *
 * Percentile bootstrap (B. Efron, "Bootstrap methods: another look at the jackknife", Annals of
 * Statistics 7, 1979) of the interquartile mean, which R. Agarwal et al., "Deep reinforcement
 * learning at the edge of the statistical precipice", NeurIPS 2021, recommend over few runs.
 *
 * Resample b of n values takes those with the indices numpy.random.RandomState(0).randint(0, n,
 * size=(B, n))[b] of the sorted values. So the same n has the same resamples in every group and
 * column, an interval depends on the values alone, and anyone can redo it. A resample is not even
 * sorted: how often each sorted value falls among its middle ones is a weight that depends on n
 * alone, and the weights of one n serve all groups of that size. */
#ifndef RS_BOOTSTRAP_H
#define RS_BOOTSTRAP_H

#include "statistics.h"

typedef struct rs_bootstrap rs_bootstrap;

/* One thread at a time for each. RS_NO_MEMORY. */
rs_status rs_bootstrap_create(rs_bootstrap **bootstrap, rs_error *error);
void rs_bootstrap_free(rs_bootstrap *bootstrap); /* accepts NULL */

/* B: 1000 up to 2000 values, then falling, as intervals get narrow, to 200 from 10000 on. */
size_t rs_bootstrap_resamples(size_t count);

/* 95 % intervals of the interquartile means of `columns` samples of `count` values each, sorted and
 * finite; {NaN, NaN} for no values. RS_NO_MEMORY. */
rs_status rs_bootstrap_interquartile_means(rs_bootstrap *bootstrap, size_t count, size_t columns,
                                           const double *const sorted[], rs_interval intervals[],
                                           rs_error *error);

#endif
