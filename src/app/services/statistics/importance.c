#include "importance.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "memory.h"

enum { FEWEST_UNITS = 3 };

struct axis {
    size_t parameter;
    size_t levels, stride; /* level of a cell: cell / stride % levels */
    double *values;        /* [levels] rising */
};

/* Outcomes in the order of the axes: the last one runs fastest. */
struct grid {
    struct axis axes[RS_PARAMETER_TOTAL];
    size_t axis_count, cells, units;
    double *values; /* [cells][units]; less the unit's mean */
};

static void free_grid(struct grid *grid)
{
    for (size_t i = 0; i < grid->axis_count; i++)
        free(grid->axes[i].values);
    free(grid->values);
}

static size_t level_of(const struct axis *axis, size_t cell)
{
    return cell / axis->stride % axis->levels;
}

/* ---- From groups to a grid ------------------------------------------------------------------- */

static double value_of_group(const rs_summary *summary, size_t group, size_t parameter)
{
    const rs_grouping *grouping = &summary->grouping;
    rs_run_config config;
    rs_results_config(summary->results, grouping->rows[grouping->groups[group].first], &config);
    return rs_parameter_get(&rs_parameters[parameter], &config);
}

static rs_status add_axis(struct grid *grid, const rs_summary *summary, size_t parameter,
                          rs_error *error)
{
    struct axis *axis = &grid->axes[grid->axis_count];
    size_t groups = summary->grouping.count, levels = 0;
    rs_status status = rs_allocate((void **)&axis->values, groups, sizeof *axis->values, error);
    if (status != RS_OK)
        return status;
    for (size_t group = 0; group < groups; group++)
        axis->values[group] = value_of_group(summary, group, parameter);
    rs_sort(axis->values, groups);
    for (size_t i = 0; i < groups; i++)
        if (levels == 0 || axis->values[i] != axis->values[levels - 1])
            axis->values[levels++] = axis->values[i];
    axis->parameter = parameter;
    axis->levels = levels;
    grid->axis_count++;
    return RS_OK;
}

static rs_status refuse_grid(rs_error *error)
{
    return rs_fail(
        error, RS_BAD_DATA,
        "importance needs a full grid, every combination of the values, with %d seeds in "
        "common; `python3 -m rnnsweep importance FILE` estimates it from other sweeps",
        FEWEST_UNITS);
}

/* Axes, and that every combination of their levels is a group. */
static rs_status find_axes(struct grid *grid, const rs_summary *summary, rs_error *error)
{
    double cells = 1;
    for (size_t i = 0; i < RS_PARAMETER_TOTAL; i++) {
        rs_status status;
        if (!summary->question.by.parameter[i])
            continue;
        if ((status = add_axis(grid, summary, i, error)) != RS_OK)
            return status;
        cells *= (double)grid->axes[grid->axis_count - 1].levels;
    }
    if (grid->axis_count == 0)
        return rs_fail(error, RS_BAD_DATA,
                       "nothing is swept but the seed: no parameter can matter");
    if (cells != (double)summary->grouping.count)
        return refuse_grid(error);
    grid->cells = 1;
    for (size_t i = grid->axis_count; i-- > 0;) {
        grid->axes[i].stride = grid->cells;
        grid->cells *= grid->axes[i].levels;
    }
    return RS_OK;
}

static int compare_values(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static size_t cell_of_group(const struct grid *grid, const rs_summary *summary, size_t group)
{
    size_t cell = 0;
    for (size_t i = 0; i < grid->axis_count; i++) {
        const struct axis *axis = &grid->axes[i];
        double value = value_of_group(summary, group, axis->parameter);
        const double *found =
            bsearch(&value, axis->values, axis->levels, sizeof value, compare_values);
        cell += (size_t)(found - axis->values) * axis->stride;
    }
    return cell;
}

/* Share of the sorted values that are smaller or, by half, equal: the mean rank of equals. */
static double rank_among(const double *sorted, size_t count, double value)
{
    size_t below[2] = {0, 0}; /* values less than it, and not larger */
    for (int inclusive = 0; inclusive < 2; inclusive++) {
        size_t low = 0, high = count;
        while (low < high) {
            size_t middle = low + (high - low) / 2;
            if (sorted[middle] < value || (inclusive != 0 && sorted[middle] == value))
                low = middle + 1;
            else
                high = middle;
        }
        below[inclusive] = low;
    }
    return (double)(below[0] + 1 + below[1]) / 2 / (double)count;
}

/* Replaces values by their ranks, as a share of how many there are. */
static rs_status take_ranks(double *values, size_t count, rs_error *error)
{
    double *sorted;
    size_t present = 0;
    rs_status status = rs_allocate((void **)&sorted, count, sizeof *sorted, error);
    if (status != RS_OK)
        return status;
    for (size_t i = 0; i < count; i++)
        if (!isnan(values[i]))
            sorted[present++] = values[i];
    rs_sort(sorted, present);
    for (size_t i = 0; i < count; i++)
        if (!isnan(values[i]))
            values[i] = rank_among(sorted, present, values[i]);
    free(sorted);
    return RS_OK;
}

uint32_t rs_importance_level(const rs_summary *summary)
{
    uint32_t level = (uint32_t)summary->levels.rungs.count;
    for (size_t rank = 0; rank < summary->finished; rank++)
        if (summary->ranking[rank].level < level)
            level = summary->ranking[rank].level;
    return level;
}

/* values[cells][units of the summary], NaN where no run is finished. */
static rs_status fill_grid(struct grid *grid, const rs_summary *summary, rs_error *error)
{
    const rs_grouping *grouping = &summary->grouping;
    size_t units = summary->units.count, count = grid->cells * units;
    rs_status status = rs_allocate((void **)&grid->values, count, sizeof *grid->values, error);
    if (status != RS_OK)
        return status;
    for (size_t i = 0; i < count; i++)
        grid->values[i] = NAN;
    const uint32_t level = rs_importance_level(summary);
    for (size_t group = 0; group < grouping->count; group++) {
        size_t cell = cell_of_group(grid, summary, group);
        const uint32_t *rows = grouping->rows + grouping->groups[group].first;
        for (size_t i = 0; i < grouping->groups[group].count; i++)
            grid->values[cell * units + summary->units.of_row[rows[i]]] =
                rs_metric_value_at(&summary->metric, summary->results, rows[i], level);
    }
    return summary->metric.accuracy ? RS_OK : take_ranks(grid->values, count, error);
}

/* Keeps the units that have a value in every cell, less their means. */
static rs_status keep_whole_units(struct grid *grid, size_t units, rs_error *error)
{
    size_t kept = 0;
    for (size_t unit = 0; unit < units; unit++) {
        double sum = 0;
        for (size_t cell = 0; cell < grid->cells; cell++)
            sum += grid->values[cell * units + unit];
        if (isnan(sum))
            continue;
        for (size_t cell = 0; cell < grid->cells; cell++)
            grid->values[cell * units + kept] =
                grid->values[cell * units + unit] - sum / (double)grid->cells;
        kept++;
    }
    for (size_t cell = 0; cell < grid->cells; cell++)
        for (size_t unit = 0; unit < kept; unit++)
            grid->values[cell * kept + unit] = grid->values[cell * units + unit];
    grid->units = kept;
    return kept < FEWEST_UNITS ? refuse_grid(error) : RS_OK;
}

/* ---- Effects and their variances ------------------------------------------------------------- */

/* Of some effects, without the noise of the units; and without each unit. */
struct variance {
    double whole;
    double *left; /* [units] */
};

/* Mean squares of effects[count][units], by sums over pairs of different units. */
static rs_status measure(struct variance *variance, size_t count, size_t units,
                         const double *effects, rs_error *error)
{
    double products = 0, size = (double)count, n = (double)units, *own;
    rs_status status = rs_allocate((void **)&own, units, sizeof *own, error);
    if (status != RS_OK)
        return status;
    for (size_t unit = 0; unit < units; unit++)
        variance->left[unit] = 0;
    for (size_t i = 0; i < count; i++) {
        const double *effect = effects + i * units;
        double total = 0;
        for (size_t unit = 0; unit < units; unit++)
            total += effect[unit];
        products += total * total;
        for (size_t unit = 0; unit < units; unit++) {
            double square = effect[unit] * effect[unit];
            products -= square;
            own[unit] += effect[unit] * total;
            variance->left[unit] += 2 * square;
        }
    }
    for (size_t unit = 0; unit < units; unit++)
        variance->left[unit] =
            (products - 2 * own[unit] + variance->left[unit]) / ((n - 1) * (n - 2) * size);
    variance->whole = products / (n * (n - 1) * size);
    free(own);
    return RS_OK;
}

/* margin[levels of a x levels of b][units]: means over the other axes; b NULL for one axis. */
static rs_status average(double **margin, const struct grid *grid, const struct axis *a,
                         const struct axis *b, rs_error *error)
{
    size_t count = a->levels * (b != NULL ? b->levels : 1);
    double *means, members = (double)grid->cells / (double)count;
    rs_status status = rs_allocate((void **)&means, count * grid->units, sizeof *means, error);
    if (status != RS_OK)
        return status;
    for (size_t cell = 0; cell < grid->cells; cell++) {
        size_t place = level_of(a, cell);
        if (b != NULL)
            place = place * b->levels + level_of(b, cell);
        for (size_t unit = 0; unit < grid->units; unit++)
            means[place * grid->units + unit] += grid->values[cell * grid->units + unit];
    }
    for (size_t i = 0; i < count * grid->units; i++)
        means[i] /= members;
    *margin = means;
    return RS_OK;
}

/* What both levels do beyond each of them. */
static void subtract_mains(double *both, const double *first, size_t first_levels,
                           const double *second, size_t second_levels, size_t units)
{
    for (size_t i = 0; i < first_levels; i++)
        for (size_t k = 0; k < second_levels; k++)
            for (size_t unit = 0; unit < units; unit++)
                both[(i * second_levels + k) * units + unit] -=
                    first[i * units + unit] + second[k * units + unit];
}

/* ---- Shares ---------------------------------------------------------------------------------- */

struct shares {
    const struct grid *grid;
    struct variance whole, part, rest; /* rest: shares, not variances */
    double *mains[RS_PARAMETER_TOTAL]; /* margins of single axes */
};

static rs_interval jackknife(double share, const double *left, size_t units)
{
    double n = (double)units, mean = rs_mean(left, units), squares = 0;
    for (size_t unit = 0; unit < units; unit++)
        squares += (left[unit] - mean) * (left[unit] - mean);
    double half = rs_student_quantile(n - 1) * sqrt((n - 1) / n * squares);
    double centre = fmax(0, share); /* below 0 says that it is small, not how small */
    return (rs_interval){fmax(0, centre - half), fmin(1, centre + half)};
}

/* Adds one effect from its variance, and takes it from the rest. */
static void add_effect(rs_importance *importance, struct shares *shares, const rs_effect *effect)
{
    size_t units = shares->grid->units;
    rs_effect *added = &importance->effects[importance->count++];
    *added = *effect;
    added->share = shares->part.whole / shares->whole.whole;
    shares->rest.whole -= added->share;
    for (size_t unit = 0; unit < units; unit++) {
        shares->part.left[unit] /= shares->whole.left[unit];
        shares->rest.left[unit] -= shares->part.left[unit];
    }
    added->interval = jackknife(added->share, shares->part.left, units);
}

static rs_status add_mains(rs_importance *importance, struct shares *shares, rs_error *error)
{
    const struct grid *grid = shares->grid;
    rs_status status = RS_OK;
    for (size_t i = 0; status == RS_OK && i < grid->axis_count; i++) {
        const struct axis *axis = &grid->axes[i];
        const rs_effect effect = {.order = 1, .parameters = {axis->parameter}};
        if ((status = average(&shares->mains[i], grid, axis, NULL, error)) == RS_OK &&
            (status = measure(&shares->part, axis->levels, grid->units, shares->mains[i], error)) ==
                RS_OK)
            add_effect(importance, shares, &effect);
    }
    return status;
}

static rs_status add_pair(rs_importance *importance, struct shares *shares, size_t one,
                          size_t other, rs_error *error)
{
    const struct grid *grid = shares->grid;
    const struct axis *a = &grid->axes[one], *b = &grid->axes[other];
    const rs_effect effect = {.order = 2, .parameters = {a->parameter, b->parameter}};
    double *both;
    rs_status status = average(&both, grid, a, b, error);
    if (status != RS_OK)
        return status;
    subtract_mains(both, shares->mains[one], a->levels, shares->mains[other], b->levels,
                   grid->units);
    if ((status = measure(&shares->part, a->levels * b->levels, grid->units, both, error)) == RS_OK)
        add_effect(importance, shares, &effect);
    free(both);
    return status;
}

static rs_status prepare_shares(struct shares *shares, rs_error *error)
{
    size_t units = shares->grid->units;
    rs_status status;
    if ((status = rs_allocate((void **)&shares->whole.left, units, sizeof(double), error)) !=
            RS_OK ||
        (status = rs_allocate((void **)&shares->part.left, units, sizeof(double), error)) !=
            RS_OK ||
        (status = rs_allocate((void **)&shares->rest.left, units, sizeof(double), error)) !=
            RS_OK ||
        (status = measure(&shares->whole, shares->grid->cells, units, shares->grid->values,
                          error)) != RS_OK)
        return status;
    bool nothing = shares->whole.whole <= 0;
    for (size_t unit = 0; unit < units; unit++) {
        nothing |= shares->whole.left[unit] <= 0;
        shares->rest.left[unit] = 1;
    }
    shares->rest.whole = 1;
    return nothing ? rs_fail(error, RS_BAD_DATA,
                             "the configurations do not differ in this metric: nothing matters")
                   : RS_OK;
}

static void free_shares(struct shares *shares)
{
    free(shares->whole.left);
    free(shares->part.left);
    free(shares->rest.left);
    for (size_t i = 0; i < shares->grid->axis_count; i++)
        free(shares->mains[i]);
}

/* The largest first; equals stay in their order. */
static void sort_effects(rs_importance *importance)
{
    for (size_t i = 1; i < importance->count; i++) {
        rs_effect moved = importance->effects[i];
        size_t place = i;
        for (; place > 0 && importance->effects[place - 1].share < moved.share; place--)
            importance->effects[place] = importance->effects[place - 1];
        importance->effects[place] = moved;
    }
}

static rs_status split(rs_importance *importance, const struct grid *grid, rs_error *error)
{
    struct shares shares = {.grid = grid};
    size_t axes = grid->axis_count;
    rs_status status;
    importance->units = grid->units;
    if ((status = rs_allocate((void **)&importance->effects, axes + axes * (axes - 1) / 2 + 1,
                              sizeof *importance->effects, error)) != RS_OK ||
        (status = prepare_shares(&shares, error)) != RS_OK ||
        (status = add_mains(importance, &shares, error)) != RS_OK)
        goto done;
    for (size_t one = 0; one < axes; one++)
        for (size_t other = one + 1; other < axes; other++)
            if ((status = add_pair(importance, &shares, one, other, error)) != RS_OK)
                goto done;
    if (axes > 2)
        importance->effects[importance->count++] =
            (rs_effect){.share = shares.rest.whole,
                        .interval = jackknife(shares.rest.whole, shares.rest.left, grid->units)};
    sort_effects(importance);
done:
    free_shares(&shares);
    return status;
}

rs_status rs_importance_measure(rs_importance *importance, const rs_summary *summary,
                                rs_error *error)
{
    struct grid grid = {0};
    rs_importance made = {0};
    rs_status status;
    if (summary->finished == 0)
        return rs_fail(error, RS_BAD_DATA, "no run is finished");
    if ((status = find_axes(&grid, summary, error)) == RS_OK &&
        (status = fill_grid(&grid, summary, error)) == RS_OK &&
        (status = keep_whole_units(&grid, summary->units.count, error)) == RS_OK &&
        (status = split(&made, &grid, error)) == RS_OK)
        *importance = made;
    else
        rs_importance_free(&made);
    free_grid(&grid);
    return status;
}

void rs_importance_free(rs_importance *importance)
{
    free(importance->effects);
    *importance = (rs_importance){0};
}

void rs_effect_name(const rs_effect *effect, char text[RS_EFFECT_TEXT])
{
    if (effect->order == 0)
        snprintf(text, RS_EFFECT_TEXT, "rest");
    else if (effect->order == 1)
        snprintf(text, RS_EFFECT_TEXT, "%s", rs_parameters[effect->parameters[0]].name);
    else
        snprintf(text, RS_EFFECT_TEXT, "%s x %s", rs_parameters[effect->parameters[0]].name,
                 rs_parameters[effect->parameters[1]].name);
}
