#include "statistics.h"

#include <math.h>
#include <stdlib.h>

static const double z = 1.959963984540054; /* 0.975 quantile of the normal distribution */

/* Wilson's interval of a share out of `trials`, which need be no whole number. */
static rs_interval wilson(double share, double trials)
{
    double centre = share + z * z / (2 * trials);
    double half = z * sqrt(share * (1 - share) / trials + z * z / (4 * trials * trials));
    double scale = 1 + z * z / trials;
    /* At 0 and 1 the bound is exact, which rounding would miss by a last bit. */
    return (rs_interval){.low = share <= 0 ? 0 : (centre - half) / scale,
                         .high = share >= 1 ? 1 : (centre + half) / scale};
}

rs_interval rs_wilson_interval(size_t successes, size_t trials)
{
    if (trials == 0)
        return (rs_interval){0, 1};
    return wilson((double)successes / (double)trials, (double)trials);
}

double rs_student_quantile(double freedom)
{
    double z2 = z * z;
    double g1 = z * (z2 + 1) / 4;
    double g2 = z * ((5 * z2 + 16) * z2 + 3) / 96;
    double g3 = z * (((3 * z2 + 19) * z2 + 17) * z2 - 15) / 384;
    double g4 = z * ((((79 * z2 + 776) * z2 + 1482) * z2 - 1920) * z2 - 945) / 92160;
    return z + (g1 + (g2 + (g3 + g4 / freedom) / freedom) / freedom) / freedom;
}

rs_interval rs_wilson_of_units(const rs_unit_counts *counts)
{
    double units = (double)counts->units, trials = (double)counts->trials, effective = units;
    double share = (double)counts->successes / trials;
    if (counts->trials == counts->units)
        return rs_wilson_interval(counts->successes, counts->trials);
    if (counts->units > 1 && counts->successes > 0 && counts->successes < counts->trials) {
        double freedom = fmin(units - 1, fmax(1, (double)counts->rarer));
        double ratio = z / rs_student_quantile(freedom);
        effective = counts->spread > 0 ? share * (1 - share) * trials * trials * (units - 1) /
                                             (units * counts->spread) * ratio * ratio
                                       : trials;
        effective = fmin(fmax(effective, units), trials);
    }
    return wilson(share, effective);
}

static int compare_values(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

void rs_sort(double *values, size_t count)
{
    qsort(values, count, sizeof *values, compare_values);
}

double rs_mean(const double *values, size_t count)
{
    double sum = 0;
    for (size_t i = 0; i < count; i++)
        sum += values[i];
    return count > 0 ? sum / (double)count : NAN;
}

double rs_quantile(const double *sorted, size_t count, double share)
{
    if (count == 0)
        return NAN;
    double place = share * (double)(count - 1);
    size_t below = (size_t)place;
    if (below + 1 >= count)
        return sorted[count - 1];
    double part = place - (double)below, low = sorted[below], high = sorted[below + 1];
    return low == high || part == 0 ? low : low + part * (high - low);
}

double rs_median(double *values, size_t count)
{
    rs_sort(values, count);
    return rs_quantile(values, count, 0.5);
}

double rs_interquartile_mean(const double *sorted, size_t count)
{
    return rs_mean(sorted + count / 4, count - 2 * (count / 4));
}
