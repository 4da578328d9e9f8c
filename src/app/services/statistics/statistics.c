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

/* P(X >= at_least) of a fair binomial X; at_least above the mean, so that the terms fall. */
static double upper_tail(size_t trials, size_t at_least)
{
    double n = (double)trials, first = (double)at_least;
    double term = exp(lgamma(n + 1) - lgamma(first + 1) - lgamma(n - first + 1) - n * log(2)),
           sum = 0;
    for (size_t k = at_least; k <= trials && term > 0 && sum + term > sum; k++) {
        sum += term;
        term *= (double)(trials - k) / (double)(k + 1);
    }
    return sum;
}

double rs_sign_test(size_t wins, size_t losses)
{
    if (wins > losses)
        return upper_tail(wins + losses, wins);
    /* P(X >= wins) = 1 - P(X <= wins - 1) = 1 - P(X >= losses + 1) */
    return 1 - upper_tail(wins + losses, losses + 1);
}
