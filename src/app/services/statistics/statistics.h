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

/* The same where several trials come from one unit, such as the runs of one seed, and are not
 * independent. With one trial a unit it is Wilson's interval. Otherwise it is Wilson's for the
 * number of independent trials that would tell as much (E. L. Korn and B. I. Graubard, Survey
 * Methodology 24, 1998): p (1 - p) / V times (z / t)^2, between the number of units and that of
 * trials. V is the variance of the share p between units, t Student's quantile with as many degrees
 * of freedom as units have the rarer outcome, at most units - 1. A share of 0 or 1 counts each unit
 * once.
 *
 * spread: sum over the units of (successes - share trials)^2; rarer: units that have both, or the
 * outcome that less than half of the trials have. */
typedef struct rs_unit_counts {
    size_t successes, trials, units, rarer;
    double spread;
} rs_unit_counts;
rs_interval rs_wilson_of_units(const rs_unit_counts *counts);

/* 0.975 quantile of Student's distribution: Cornish and Fisher's expansion (Abramowitz and Stegun,
 * 26.7.5), 0.3 % off at 3 degrees of freedom and less beyond. */
double rs_student_quantile(double freedom);

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

#endif
