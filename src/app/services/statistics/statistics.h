/* Small statistics over seeds. */
#ifndef RS_STATISTICS_H
#define RS_STATISTICS_H

#include <stddef.h>

#include "rnnsweep/status.h"

typedef struct rs_interval {
    double low, high;
} rs_interval;

/* Wilson's score interval at 95 % for a share of `successes` out of `trials` (Wilson 1927, JASA 22;
 * no continuity correction). {0, 1} for no trials. */
rs_interval rs_wilson_interval(size_t successes, size_t trials);

/* Rising; no NaN. */
void rs_sort(double *values, size_t count);

/* NaN for no values. */
double rs_mean(const double *values, size_t count);

/* The quantile of sorted values at `share`, 0..1, by linear interpolation between the values around
 * share (count - 1): definition 7 of Hyndman and Fan 1996, the default of NumPy and R. Infinities
 * are allowed. NaN for no values. */
double rs_quantile(const double *sorted, size_t count, double share);

/* Sorts the values for it. */
double rs_median(double *values, size_t count);

/* Mean of sorted values without the floor(count / 4) smallest and largest ones:
 * scipy.stats.trim_mean(values, 0.25). NaN for no values. */
double rs_interquartile_mean(const double *sorted, size_t count);

/* One-sided exact sign test: the probability of at least `wins` wins among wins + losses fair
 * tosses. Ties are left out beforehand (Dixon and Mood 1946, JASA 41). When the pairs are of
 * successes and failures, it is McNemar's exact test. 1 for no pairs. */
double rs_sign_test(size_t wins, size_t losses);

#endif
