#include "statistics.h"

#include <math.h>
#include <stdlib.h>

rs_interval rs_wilson_interval(size_t successes, size_t trials)
{
    const double z = 1.959963984540054; /* 0.975 quantile of the normal distribution */
    if (trials == 0)
        return (rs_interval){0, 1};
    double n = (double)trials, share = (double)successes / n;
    double centre = share + z * z / (2 * n);
    double half = z * sqrt(share * (1 - share) / n + z * z / (4 * n * n));
    double scale = 1 + z * z / n;
    /* At 0 and n the bound is exact, which rounding would miss by a last bit. */
    return (rs_interval){.low = successes == 0 ? 0 : (centre - half) / scale,
                         .high = successes == trials ? 1 : (centre + half) / scale};
}

double rs_mean(const double *values, size_t count)
{
    double sum = 0;
    for (size_t i = 0; i < count; i++)
        sum += values[i];
    return count > 0 ? sum / (double)count : NAN;
}

static int compare_values(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

double rs_median(double *values, size_t count)
{
    if (count == 0)
        return NAN;
    qsort(values, count, sizeof *values, compare_values);
    double upper = values[count / 2], lower = values[(count - 1) / 2];
    return upper == lower ? upper : lower + (upper - lower) / 2;
}
