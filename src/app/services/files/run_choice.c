#include "run_choice.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "comparison.h"
#include "memory.h"
#include "options.h"
#include "where.h"

static rs_status find_number(const rs_results *results, const char *path, unsigned long run,
                             size_t *row, rs_error *error)
{
    const int32_t *runs = rs_results_read_columns(results).run;
    size_t count = rs_results_count(results), found = rs_results_find(results, (uint32_t)run);
    if (found == SIZE_MAX)
        return rs_fail(error, RS_USAGE, "%s has no run %lu: it holds %zu runs, from %d to %d", path,
                       run, count, runs[0], runs[count - 1]);
    *row = found;
    return RS_OK;
}

/* Runs whose settings this version does not know fulfil no condition. */
static bool fulfils(const rs_filter *filter, const rs_results *results, size_t row)
{
    rs_run_config config;
    if (rs_results_is_damaged(results, row) || rs_results_is_foreign(results, row))
        return false;
    rs_results_config(results, row, &config);
    return filter == NULL || rs_filter_holds(filter, &config);
}

/* Whether `value` is better than `than`, by the metric and then by the final loss. */
static bool is_better(const rs_metric *metric, const rs_results *results, size_t row, size_t than)
{
    const rs_metric loss = {.column = rs_results_read_columns(results).final_loss};
    const double value = rs_metric_value(metric, results, row);
    const double other = rs_metric_value(metric, results, than);
    if (value != other)
        return metric->maximizes ? value > other : value < other;
    return rs_metric_value(&loss, results, row) < rs_metric_value(&loss, results, than);
}

static rs_status find_best(rs_run_choice *choice, const rs_results *results,
                           const rs_filter *filter, rs_error *error)
{
    rs_metric metric;
    rs_status status = rs_metric_find(&metric, results, NULL, error);
    choice->row = SIZE_MAX;
    for (size_t row = 0; status == RS_OK && row < rs_results_count(results); row++) {
        if (!fulfils(filter, results, row) || isnan(rs_metric_value(&metric, results, row)))
            continue;
        choice->candidates++;
        if (choice->row == SIZE_MAX || is_better(&metric, results, row, choice->row))
            choice->row = row;
    }
    choice->metric = metric.name;
    if (status == RS_OK && choice->row == SIZE_MAX)
        return rs_fail(error, RS_USAGE, "best: no finished run of the file is like that");
    return status;
}

static rs_status find_only(rs_run_choice *choice, const rs_results *results,
                           const rs_filter *filter, rs_error *error)
{
    const int32_t *runs = rs_results_read_columns(results).run;
    size_t first[2] = {0};
    for (size_t row = 0; row < rs_results_count(results); row++)
        if (fulfils(filter, results, row)) {
            if (choice->candidates < 2)
                first[choice->candidates] = row;
            choice->candidates++;
        }
    choice->row = first[0];
    if (choice->candidates == 0)
        return rs_fail(error, RS_USAGE, "no run of the file is like that");
    if (choice->candidates > 1)
        return rs_fail(error, RS_USAGE,
                       "%zu runs are like that, %d and %d for instance: add conditions, such as "
                       "seed=1, or `best`",
                       choice->candidates, runs[first[0]], runs[first[1]]);
    return RS_OK;
}

/* Splits the words: those that are conditions go to texts[0..*count-1]. */
static rs_status read_words(size_t total, const char *const words[], const char *texts[],
                            size_t *count, bool *best, rs_error *error)
{
    unsigned long run;
    for (size_t i = 0; i < total; i++) {
        if (rs_parse_count(words[i], 0, INT32_MAX, &run))
            return rs_fail(error, RS_USAGE, "run %lu: a run's number stands alone", run);
        if (strcmp(words[i], "best") == 0)
            *best = true;
        else if (strchr(words[i], '=') != NULL)
            texts[(*count)++] = words[i];
        else
            return rs_fail(error, RS_USAGE,
                           "'%s' is no run: give a run's number (0, 1, 2, ...), `best`, or "
                           "conditions such as states=3 seed=1",
                           words[i]);
    }
    return RS_OK;
}

static rs_status choose_by_words(rs_run_choice *choice, rs_results *results, size_t total,
                                 const char *const words[], rs_error *error)
{
    void *texts = NULL;
    rs_filter *filter = NULL;
    size_t count = 0;
    bool best = false, checked;
    rs_status status;
    if ((status = rs_check_heads(results, &checked, error)) != RS_OK ||
        (status = rs_allocate(&texts, total, sizeof(char *), error)) != RS_OK ||
        (status = read_words(total, words, texts, &count, &best, error)) != RS_OK)
        goto done;
    if ((status = rs_where_read(&filter, "RUN", count, texts, error)) != RS_OK ||
        (status = rs_where_settle(filter, "RUN", results, error)) != RS_OK)
        goto done;
    status = best ? find_best(choice, results, filter, error)
                  : find_only(choice, results, filter, error);
done:
    rs_filter_free(filter);
    free(texts);
    return status;
}

rs_status rs_run_choose(rs_run_choice *choice, rs_results *results, const char *path, size_t count,
                        const char *const words[], rs_error *error)
{
    unsigned long run;
    *choice = (rs_run_choice){.metric = NULL};
    if (count == 1 && rs_parse_count(words[0], 0, INT32_MAX, &run))
        return find_number(results, path, run, &choice->row, error);
    return choose_by_words(choice, results, count, words, error);
}
