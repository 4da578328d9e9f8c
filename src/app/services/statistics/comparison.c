#include "comparison.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "memory.h"
#include "metric.h"

struct entry {
    rs_hash pair;
    double value;
};

struct rs_reference {
    const rs_results *results;
    rs_metric metric;
    rs_by pairs_by;
    size_t count;
    struct entry *entries; /* [count], sorted by pair */
};

rs_status rs_metric_find(rs_metric *metric, const rs_results *results, rs_error *error)
{
    const rs_results_columns columns = rs_results_read_columns(results);
    const char *name = rs_results_attribute(results, "rnnsweep_metric");
    const char *goal = rs_results_attribute(results, "rnnsweep_goal");
    bool maximizes = goal == NULL || strcmp(goal, "minimize") != 0;
#define RS_METRIC(name, accuracy) {#name, columns.name, accuracy, maximizes},
    const rs_metric metrics[] = {RS_METRIC_LIST(RS_METRIC)};
#undef RS_METRIC
    for (size_t i = 0; i < sizeof metrics / sizeof metrics[0]; i++)
        if (name == NULL || strcmp(name, metrics[i].name) == 0) {
            *metric = metrics[i];
            return RS_OK;
        }
    return rs_fail(error, RS_BAD_DATA, "the file's metric '%s' is no column to rank by", name);
}

double rs_metric_value(const rs_metric *metric, const rs_results *results, size_t row)
{
    switch (rs_results_read_columns(results).status[row]) {
    case RS_RUN_DONE:
        return metric->column[row];
    case RS_RUN_DIVERGED:
        if (metric->accuracy)
            return metric->maximizes ? 0 : 1;
        return metric->maximizes ? -INFINITY : INFINITY;
    default:
        return NAN;
    }
}

static int compare_entries(const void *a, const void *b)
{
    const rs_hash x = ((const struct entry *)a)->pair, y = ((const struct entry *)b)->pair;
    if (x.high != y.high)
        return x.high < y.high ? -1 : 1;
    return (x.low > y.low) - (x.low < y.low);
}

static struct entry make_entry(const rs_reference *reference, size_t row)
{
    rs_run_config config;
    rs_results_config(reference->results, row, &config);
    return (struct entry){rs_by_hash(&reference->pairs_by, &config),
                          rs_metric_value(&reference->metric, reference->results, row)};
}

rs_status rs_reference_create(rs_reference **reference, const rs_results *results,
                              const rs_metric *metric, const rs_by *by, size_t count,
                              const uint32_t rows[], rs_error *error)
{
    rs_reference *fresh = NULL;
    rs_status status;
    if ((status = rs_allocate((void **)&fresh, 1, sizeof *fresh, error)) != RS_OK ||
        (status = rs_allocate((void **)&fresh->entries, count, sizeof *fresh->entries, error)) !=
            RS_OK) {
        rs_reference_free(fresh);
        return status;
    }
    fresh->results = results;
    fresh->metric = *metric;
    fresh->pairs_by = rs_by_others(by);
    for (size_t i = 0; i < count; i++) {
        fresh->entries[fresh->count] = make_entry(fresh, rows[i]);
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
    free(reference);
}

rs_pair_count rs_reference_compare(const rs_reference *reference, size_t count,
                                   const uint32_t rows[])
{
    rs_pair_count result = {0};
    for (size_t i = 0; i < count; i++) {
        const struct entry own = make_entry(reference, rows[i]);
        const struct entry *other = bsearch(&own, reference->entries, reference->count,
                                            sizeof *reference->entries, compare_entries);
        if (isnan(own.value) || other == NULL)
            continue;
        bool larger = other->value > own.value, smaller = other->value < own.value;
        result.pairs++;
        result.wins += reference->metric.maximizes ? larger : smaller;
        result.losses += reference->metric.maximizes ? smaller : larger;
    }
    return result;
}
