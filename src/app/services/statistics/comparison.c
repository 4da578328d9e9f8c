#include "comparison.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "memory.h"
#include "metric.h"
#include "sign_flip.h"
#include "statistics.h"

struct reference_run {
    rs_hash pair;
    uint32_t row;
    double value; /* in the end */
};

struct pair {
    double reference, other;
    uint32_t unit;
};

/* Of one unit, while a group is compared. */
struct unit_sum {
    double difference;
    uint32_t pairs;
};

struct rs_reference {
    const rs_results *results;
    rs_units units; /* not its own */
    rs_metric metric;
    rs_key_set pairs_by;
    bool comparable; /* groups share units */
    size_t count;
    struct reference_run *entries; /* [count], sorted by pair */
    struct pair *pairs;
    size_t pair_room;
    double *values; /* two for each pair */
    size_t value_room;
    struct unit_sum *sums; /* [units.count], zero between calls */
    rs_sign_flips flips;
};

#define RS_METRIC(name, accuracy) +1
enum { METRICS = 0 RS_METRIC_LIST(RS_METRIC) };
#undef RS_METRIC

static rs_status refuse_metric(const char *name, const rs_metric metrics[METRICS], rs_error *error)
{
    char list[256] = "";
    for (size_t i = 0, length = 0; i < METRICS; i++)
        length += (size_t)snprintf(list + length, sizeof list - length, "%s%s", i > 0 ? ", " : "",
                                   metrics[i].name);
    return rs_fail(error, RS_BAD_DATA, "the metric '%s' is no column to rank by: there are %s",
                   name, list);
}

rs_status rs_metric_find(rs_metric *metric, const rs_results *results, const char *name,
                         rs_error *error)
{
    const rs_results_columns columns = rs_results_read_columns(results);
    const char *own = rs_results_attribute(results, "rnnsweep_metric");
    const char *goal = rs_results_attribute(results, "rnnsweep_goal");
#define RS_METRIC(name, accuracy) {#name, columns.name, accuracy, accuracy, 0, NULL},
    const rs_metric metrics[METRICS] = {RS_METRIC_LIST(RS_METRIC)};
#undef RS_METRIC
    if (own == NULL)
        own = metrics[0].name;
    if (name == NULL)
        name = own;
    for (size_t i = 0; i < METRICS; i++) {
        if (strcmp(name, metrics[i].name) != 0)
            continue;
        *metric = metrics[i];
        if (strcmp(name, own) == 0)
            metric->maximizes = goal == NULL || strcmp(goal, "minimize") != 0;
        return RS_OK;
    }
    return refuse_metric(name, metrics, error);
}

double rs_metric_worst(const rs_metric *metric)
{
    if (metric->accuracy)
        return metric->maximizes ? 0 : 1;
    return metric->maximizes ? -INFINITY : INFINITY;
}

double rs_metric_value(const rs_metric *metric, const rs_results *results, size_t row)
{
    switch (rs_results_read_columns(results).status[row]) {
    case RS_RUN_DONE:
        return metric->column[row];
    case RS_RUN_DIVERGED:
        return rs_metric_worst(metric);
    default:
        return NAN;
    }
}

void rs_metric_take_rungs(rs_metric *metric, const rs_results_rungs *rungs)
{
    const struct {
        const char *name;
        const double *at_rungs;
    } measured[] = {{"test_accuracy", rungs->test_accuracy},
                    {"test_bit_accuracy", rungs->test_bit_accuracy},
                    {"final_loss", rungs->final_loss},
                    {"test_loss", rungs->test_loss}};
    metric->rungs = rungs->count;
    for (size_t i = 0; i < sizeof measured / sizeof measured[0]; i++)
        if (strcmp(metric->name, measured[i].name) == 0)
            metric->at_rungs = measured[i].at_rungs;
}

double rs_metric_value_at(const rs_metric *metric, const rs_results *results, size_t row,
                          uint32_t level)
{
    const rs_results_columns columns = rs_results_read_columns(results);
    const bool came = columns.rungs_reached[row] > 0 && level < (size_t)columns.rungs_reached[row];
    if (level >= metric->rungs || !came)
        return rs_metric_value(metric, results, row);
    if (columns.status[row] == RS_RUN_PENDING || columns.status[row] == RS_RUN_FAILED)
        return NAN;
    const double value = metric->at_rungs != NULL ? metric->at_rungs[row * metric->rungs + level]
                                                  : metric->column[row];
    return isnan(value) && columns.status[row] == RS_RUN_DIVERGED ? rs_metric_worst(metric) : value;
}

static int compare_entries(const void *a, const void *b)
{
    const rs_hash x = ((const struct reference_run *)a)->pair,
                  y = ((const struct reference_run *)b)->pair;
    if (x.high != y.high)
        return x.high < y.high ? -1 : 1;
    return (x.low > y.low) - (x.low < y.low);
}

static struct reference_run make_reference_run(const rs_reference *reference, size_t row)
{
    rs_run_config config;
    rs_results_config(reference->results, row, &config);
    return (struct reference_run){rs_key_set_hash(&reference->pairs_by, &config), (uint32_t)row,
                                  rs_metric_value(&reference->metric, reference->results, row)};
}

rs_status rs_reference_create(rs_reference **reference, const rs_results *results,
                              const rs_metric *metric, const rs_key_set *pairs_by,
                              const rs_units *units, size_t count, const uint32_t rows[],
                              rs_error *error)
{
    rs_reference *fresh = NULL;
    rs_status status;
    if ((status = rs_allocate((void **)&fresh, 1, sizeof *fresh, error)) != RS_OK ||
        (status = rs_allocate((void **)&fresh->entries, count, sizeof *fresh->entries, error)) !=
            RS_OK ||
        (status = rs_allocate((void **)&fresh->sums, units->count, sizeof *fresh->sums, error)) !=
            RS_OK) {
        rs_reference_free(fresh);
        return status;
    }
    fresh->results = results;
    fresh->units = *units;
    fresh->metric = *metric;
    fresh->pairs_by = *pairs_by;
    fresh->comparable = pairs_by->parameter[units->place];
    for (size_t i = 0; i < count; i++) {
        fresh->entries[fresh->count] = make_reference_run(fresh, rows[i]);
        fresh->count += !isnan(fresh->entries[fresh->count].value);
    }
    qsort(fresh->entries, fresh->count, sizeof *fresh->entries, compare_entries);
    *reference = fresh;
    return RS_OK;
}

void rs_reference_free(rs_reference *reference)
{
    if (reference == NULL)
        return;
    free(reference->entries);
    free(reference->pairs);
    free(reference->values);
    free(reference->sums);
    rs_sign_flips_free(&reference->flips);
    free(reference);
}

/* Fills `pairs` in the order of the rows, and counts them. */
static void find_pairs(const rs_reference *reference, uint32_t level, size_t count,
                       const uint32_t rows[], rs_pair_count *result)
{
    const rs_metric *metric = &reference->metric;
    for (size_t i = 0; i < count; i++) {
        const struct reference_run own = make_reference_run(reference, rows[i]);
        const struct reference_run *other = bsearch(&own, reference->entries, reference->count,
                                                    sizeof *reference->entries, compare_entries);
        const double ours = rs_metric_value_at(metric, reference->results, rows[i], level);
        if (isnan(ours) || other == NULL)
            continue;
        const double theirs = rs_metric_value_at(metric, reference->results, other->row, level);
        if (isnan(theirs))
            continue;
        bool larger = theirs > ours, smaller = theirs < ours;
        result->wins += metric->maximizes ? larger : smaller;
        result->losses += metric->maximizes ? smaller : larger;
        reference->pairs[result->pairs++] =
            (struct pair){theirs, ours, reference->units.of_row[rows[i]]};
    }
}

static double side_of(double value, double median)
{
    return value > median ? 1 : value < median ? 0 : 0.5;
}

/* Replaces losses by the side of their common median that they are on. */
static void take_sides(rs_reference *reference, size_t pairs)
{
    for (size_t i = 0; i < pairs; i++) {
        reference->values[2 * i] = reference->pairs[i].reference;
        reference->values[2 * i + 1] = reference->pairs[i].other;
    }
    double median = rs_median(reference->values, 2 * pairs);
    for (size_t i = 0; i < pairs; i++) {
        reference->pairs[i].reference = side_of(reference->pairs[i].reference, median);
        reference->pairs[i].other = side_of(reference->pairs[i].other, median);
    }
}

/* values[0 .. units - 1]: each unit's mean difference, by its first pair. */
static size_t average_units(rs_reference *reference, size_t pairs)
{
    const double sign = reference->metric.maximizes ? 1 : -1;
    size_t units = 0;
    for (size_t i = 0; i < pairs; i++) {
        const struct pair *pair = &reference->pairs[i];
        struct unit_sum *sum = &reference->sums[pair->unit];
        sum->difference += sign * (pair->reference - pair->other);
        sum->pairs++;
    }
    for (size_t i = 0; i < pairs; i++) {
        struct unit_sum *sum = &reference->sums[reference->pairs[i].unit];
        if (sum->pairs > 0)
            reference->values[units++] = rs_sign_flip_quantum(sum->difference / sum->pairs);
        *sum = (struct unit_sum){0};
    }
    return units;
}

rs_status rs_reference_compare(rs_reference *reference, uint32_t level, size_t count,
                               const uint32_t rows[], rs_pair_count *result, rs_error *error)
{
    rs_pair_count found = {.p = NAN};
    rs_status status = RS_OK;
    if (reference->comparable) {
        if ((status = rs_grow((void **)&reference->pairs, &reference->pair_room, count,
                              sizeof *reference->pairs, error)) != RS_OK ||
            (status = rs_grow((void **)&reference->values, &reference->value_room, 2 * count,
                              sizeof *reference->values, error)) != RS_OK)
            return status;
        find_pairs(reference, level, count, rows, &found);
    }
    if (found.pairs > 0) {
        if (!reference->metric.accuracy)
            take_sides(reference, found.pairs);
        found.units = average_units(reference, found.pairs);
        status =
            rs_sign_flip_test(&reference->flips, found.units, reference->values, &found.p, error);
    }
    if (status == RS_OK)
        *result = found;
    return status;
}
