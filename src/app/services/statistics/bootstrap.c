#include "bootstrap.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "memory.h"
#include "random.h"

enum {
    RESAMPLES_MAX = 1000,
    RESAMPLES_MIN = 200,
    WEIGHTS = 2000000, /* kept at once: all resamples of up to 10000 values */
    INDICES = 1024     /* drawn at once */
};

struct rs_bootstrap {
    size_t count;     /* values that `weights` holds all resamples of, or 0 */
    int32_t *weights; /* [rows][count] */
    size_t room;
    double *means; /* [columns][resamples] */
    size_t means_room;
};

rs_status rs_bootstrap_create(rs_bootstrap **bootstrap, rs_error *error)
{
    void *fresh;
    rs_status status = rs_allocate(&fresh, 1, sizeof **bootstrap, error);
    if (status == RS_OK)
        *bootstrap = fresh;
    return status;
}

void rs_bootstrap_free(rs_bootstrap *bootstrap)
{
    if (bootstrap == NULL)
        return;
    free(bootstrap->weights);
    free(bootstrap->means);
    free(bootstrap);
}

size_t rs_bootstrap_resamples(size_t count)
{
    size_t resamples = count > 0 ? WEIGHTS / count : RESAMPLES_MAX;
    if (resamples > RESAMPLES_MAX)
        return RESAMPLES_MAX;
    return resamples < RESAMPLES_MIN ? RESAMPLES_MIN : resamples;
}

/* Takes the `drop` lowest and highest values out of a sorted resample of more than twice as many.
 */
static void trim(int32_t *weights, size_t count, size_t drop)
{
    int32_t left = (int32_t)drop, *at = weights;
    for (; left >= *at; at++) {
        left -= *at;
        *at = 0;
    }
    *at -= left;
    left = (int32_t)drop;
    for (at = weights + count - 1; left >= *at; at--) {
        left -= *at;
        *at = 0;
    }
    *at -= left;
}

/* weights[i]: how many of the resample's middle values, when it is sorted, are sorted value i. */
static void draw_weights(rs_random *random, size_t count, int32_t *weights)
{
    uint32_t block[INDICES];
    memset(weights, 0, count * sizeof *weights);
    for (size_t done = 0, here; done < count; done += here) {
        here = count - done < INDICES ? count - done : INDICES;
        rs_random_indices(random, (uint32_t)count, here, block);
        for (size_t i = 0; i < here; i++)
            weights[block[i]]++;
    }
    trim(weights, count, count / 4);
}

/* Four sums at once, which do not wait for each other. */
static double weighted_mean(const int32_t *weights, const double *values, size_t count)
{
    enum { LANES = 4 };
    const size_t middle = count - 2 * (count / 4);
    double sum[LANES] = {0};
    size_t i = 0;
    for (; i + LANES <= count; i += LANES)
        for (size_t lane = 0; lane < LANES; lane++)
            sum[lane] += weights[i + lane] * values[i + lane];
    for (; i < count; i++)
        sum[0] += weights[i] * values[i];
    return (sum[0] + sum[1] + sum[2] + sum[3]) / (double)middle;
}

/* Resamples by the block that memory is kept for. */
static rs_status resample(rs_bootstrap *bootstrap, size_t count, size_t columns,
                          const double *const sorted[], rs_error *error)
{
    size_t resamples = rs_bootstrap_resamples(count);
    size_t rows = WEIGHTS / count < resamples ? WEIGHTS / count : resamples;
    bool known = bootstrap->count == count;
    rs_random random;
    if (rows == 0)
        rows = 1;
    rs_status status = rs_grow((void **)&bootstrap->weights, &bootstrap->room, rows * count,
                               sizeof *bootstrap->weights, error);
    if (status != RS_OK)
        return status;
    rs_random_seed(&random, 0);
    for (size_t i = 0; i < resamples; i++) {
        int32_t *weights = bootstrap->weights + i % rows * count;
        if (!known)
            draw_weights(&random, count, weights);
        for (size_t column = 0; column < columns; column++)
            bootstrap->means[column * resamples + i] =
                weighted_mean(weights, sorted[column], count);
    }
    bootstrap->count = rows == resamples ? count : 0;
    return RS_OK;
}

rs_status rs_bootstrap_interquartile_means(rs_bootstrap *bootstrap, size_t count, size_t columns,
                                           const double *const sorted[], rs_interval intervals[],
                                           rs_error *error)
{
    size_t resamples = rs_bootstrap_resamples(count);
    bool varies = false;
    for (size_t column = 0; column < columns; column++) {
        double low = count > 0 ? sorted[column][0] : NAN;
        double high = count > 0 ? sorted[column][count - 1] : NAN;
        varies |= low < high;
        intervals[column] = (rs_interval){low, high};
    }
    if (!varies) /* nothing to draw: no values, one, or all the same */
        return RS_OK;
    rs_status status = rs_grow((void **)&bootstrap->means, &bootstrap->means_room,
                               columns * resamples, sizeof *bootstrap->means, error);
    if (status == RS_OK)
        status = resample(bootstrap, count, columns, sorted, error);
    for (size_t column = 0; status == RS_OK && column < columns; column++) {
        double *means = bootstrap->means + column * resamples;
        rs_sort(means, resamples);
        intervals[column] = (rs_interval){rs_quantile(means, resamples, 0.025),
                                          rs_quantile(means, resamples, 0.975)};
    }
    return status;
}
