/* Small statistics over seeds. */
#ifndef RS_STATISTICS_H
#define RS_STATISTICS_H

#include <stddef.h>

typedef struct rs_interval {
    double low, high;
} rs_interval;

/* Wilson's score interval at 95 % for a share of `successes` out of `trials` (Wilson 1927, JASA 22;
 * no continuity correction). {0, 1} for no trials. */
rs_interval rs_wilson_interval(size_t successes, size_t trials);

/* NaN for no values. The median sorts `values` in place; infinities are allowed. */
double rs_mean(const double *values, size_t count);
double rs_median(double *values, size_t count);

#endif
