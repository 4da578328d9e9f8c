#include "sign_flip.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "memory.h"
#include "statistics.h"

enum {
    COUNTED_MAX = 20, /* differences whose signs are all tried */
    SHIFTED_MAX = 512,
    GRID = 8192 /* steps that the sum of all differences is divided into */
};

void rs_sign_flips_free(rs_sign_flips *flips)
{
    free(flips->sums);
    free(flips->ways);
    *flips = (rs_sign_flips){0};
}

double rs_sign_flip_quantum(double difference)
{
    return rint(difference * 1e6);
}

/* sums[0 .. 2^count - 1] of all subsets. */
static void subset_sums(const double *sizes, size_t count, double *sums)
{
    sums[0] = 0;
    for (size_t i = 0, filled = 1; i < count; i++, filled *= 2)
        for (size_t k = 0; k < filled; k++)
            sums[filled + k] = sums[k] + sizes[i];
}

/* Share of the subsets whose sum is at most `limit`. */
static double count_subsets(const double *sizes, size_t count, double limit, double *sums)
{
    size_t half = count / 2, low = (size_t)1 << half, high = (size_t)1 << (count - half), at = high;
    double *first = sums, *second = sums + low, subsets = 0;
    subset_sums(sizes, half, first);
    subset_sums(sizes + half, count - half, second);
    rs_sort(first, low);
    rs_sort(second, high);
    for (size_t i = 0; i < low; i++) {
        while (at > 0 && first[i] + second[at - 1] > limit)
            at--;
        subsets += (double)at;
    }
    return ldexp(subsets, -(int)count);
}

/* The smallest of the differences when all are multiples of it, otherwise 0. They rise in size. */
static double common_step(size_t count, const double differences[])
{
    double step = fabs(differences[0]);
    for (size_t i = 0; i < count; i++) {
        double size = fabs(differences[i]), times = rint(size / step);
        if (fabs(size - times * step) > 0.5 * (times + 1))
            return 0;
    }
    return step;
}

/* The sizes as whole numbers: of their common step if the grid has room for it, otherwise of 1/GRID
 * of their sum. */
static void step_sizes(double *sizes, size_t count, double total)
{
    double step = common_step(count, sizes);
    bool room = step > 0 && total / step <= GRID;
    for (size_t i = 0; i < count; i++)
        sizes[i] = room ? rint(sizes[i] / step) : floor(sizes[i] * (GRID / total) + 0.5);
}

/* The same as count_subsets, for whole sizes: ways[w] becomes the share of subsets of sum w. */
static double shift_subsets(const double *sizes, size_t count, size_t limit, double *ways)
{
    double share = 0;
    size_t largest = 0; /* sum so far */
    memset(ways, 0, (limit + 1) * sizeof *ways);
    ways[0] = 1;
    for (size_t i = 0; i < count; i++) {
        size_t size = (size_t)sizes[i];
        largest = largest + size < limit ? largest + size : limit;
        for (size_t w = largest + 1; w-- > size;)
            ways[w] = 0.5 * (ways[w] + ways[w - size]);
        for (size_t w = 0; w < size && w <= largest; w++)
            ways[w] *= 0.5;
    }
    for (size_t w = 0; w <= limit; w++)
        share += ways[w];
    return fmin(share, 1);
}

static int compare_sizes(const void *a, const void *b)
{
    double x = fabs(*(const double *)a), y = fabs(*(const double *)b);
    if (x < y || x > y)
        return x < y ? -1 : 1;
    x = *(const double *)a;
    y = *(const double *)b;
    return (x > y) - (x < y);
}

static rs_status test_by_counting(rs_sign_flips *flips, size_t count, double sizes[], double sum,
                                  double total, double *p, rs_error *error)
{
    rs_status status = rs_grow((void **)&flips->sums, &flips->sums_room,
                               (size_t)2 << (COUNTED_MAX / 2), sizeof *flips->sums, error);
    /* Half a millionth of each: equal sums may have been rounded apart. */
    if (status == RS_OK)
        *p = count_subsets(sizes, count, (total - sum) / 2 + 0.5 * (double)count, flips->sums);
    return status;
}

static rs_status test_by_shifting(rs_sign_flips *flips, size_t count, const double differences[],
                                  double sizes[], double total, double *p, rs_error *error)
{
    double negative = 0;
    step_sizes(sizes, count, total);
    for (size_t i = 0; i < count; i++)
        if (differences[i] < 0)
            negative += sizes[i];
    size_t limit = (size_t)negative;
    rs_status status =
        rs_grow((void **)&flips->ways, &flips->ways_room, limit + 1, sizeof *flips->ways, error);
    if (status == RS_OK)
        *p = shift_subsets(sizes, count, limit, flips->ways);
    return status;
}

/* With half a step for continuity. */
static double test_by_normal(size_t count, const double differences[], double sum)
{
    double squares = 0;
    for (size_t i = 0; i < count; i++)
        squares += differences[i] * differences[i];
    return 0.5 * erfc((sum - common_step(count, differences)) / sqrt(2 * squares));
}

rs_status rs_sign_flip_test(rs_sign_flips *flips, size_t count, double differences[], double *p,
                            rs_error *error)
{
    double sizes[SHIFTED_MAX], sum = 0, total = 0;
    size_t apart = 0;
    for (size_t i = 0; i < count; i++)
        if (differences[i] != 0)
            differences[apart++] = differences[i];
    qsort(differences, apart, sizeof *differences, compare_sizes);
    for (size_t i = 0; i < apart; i++) {
        sum += differences[i];
        total += fabs(differences[i]);
        if (i < SHIFTED_MAX)
            sizes[i] = fabs(differences[i]);
    }
    if (apart <= COUNTED_MAX)
        return test_by_counting(flips, apart, sizes, sum, total, p, error);
    if (apart <= SHIFTED_MAX)
        return test_by_shifting(flips, apart, differences, sizes, total, p, error);
    *p = test_by_normal(apart, differences, sum);
    return RS_OK;
}
