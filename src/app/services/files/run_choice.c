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

/* Words that are no number of a run. */
typedef struct choice_words {
    const char **texts; /* conditions */
    size_t count;
    bool best, all;
} choice_words;

static rs_status read_words(size_t total, const char *const words[], choice_words *read,
                            rs_error *error)
{
    unsigned long run;
    for (size_t i = 0; i < total; i++) {
        if (rs_parse_count(words[i], 0, INT32_MAX, &run))
            return rs_fail(error, RS_USAGE, "run %lu: a run's number stands alone", run);
        if (strcmp(words[i], "best") == 0)
            read->best = true;
        else if (read->all && strcmp(words[i], "all") == 0)
            continue;
        else if (strchr(words[i], '=') != NULL)
            read->texts[read->count++] = words[i];
        else
            return rs_fail(error, RS_USAGE,
                           "'%s' is no run: give a run's number (0, 1, 2, ...), `best`, or "
                           "conditions such as states=3 seed=1",
                           words[i]);
    }
    return RS_OK;
}

/* Reads the words, and their conditions as *filter. allows_all: the word `all` may be among them.
 */
static rs_status read_choice(rs_filter **filter, bool *best, bool allows_all, rs_results *results,
                             size_t total, const char *const words[], rs_error *error)
{
    void *texts = NULL;
    bool checked;
    rs_status status;
    if ((status = rs_check_heads(results, &checked, error)) != RS_OK ||
        (status = rs_allocate(&texts, total, sizeof(char *), error)) != RS_OK)
        return status;
    choice_words read = {.texts = texts, .all = allows_all};
    if ((status = read_words(total, words, &read, error)) == RS_OK &&
        (status = rs_where_read(filter, "RUN", read.count, read.texts, error)) == RS_OK)
        status = rs_where_settle(*filter, "RUN", results, error);
    *best = read.best;
    free(texts);
    return status;
}

static rs_status choose_by_words(rs_run_choice *choice, rs_results *results, size_t total,
                                 const char *const words[], rs_error *error)
{
    rs_filter *filter = NULL;
    bool best = false;
    rs_status status = read_choice(&filter, &best, false, results, total, words, error);
    if (status == RS_OK)
        status = best ? find_best(choice, results, filter, error)
                      : find_only(choice, results, filter, error);
    rs_filter_free(filter);
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

/* ---- Several runs ------------------------------------------------------------------------------
 */

/* "7" or "3..17" */
static bool parse_range(const char *word, unsigned long *first, unsigned long *last)
{
    char text[32];
    const char *dots = strstr(word, "..");
    if (dots == NULL) {
        const bool good = rs_parse_count(word, 0, INT32_MAX, first);
        *last = *first;
        return good;
    }
    const size_t length = (size_t)(dots - word);
    if (length >= sizeof text)
        return false;
    memcpy(text, word, length);
    text[length] = '\0';
    return rs_parse_count(text, 0, INT32_MAX, first) &&
           rs_parse_count(dots + 2, *first, INT32_MAX, last);
}

/* Marks the rows of runs that are named by number. A range may name runs that are not there. */
static rs_status mark_numbers(bool *chosen, const rs_results *results, const char *path,
                              size_t count, const char *const words[], rs_error *error)
{
    const int32_t *runs = rs_results_read_columns(results).run;
    unsigned long first = 0, last = 0;
    rs_status status = RS_OK;
    for (size_t i = 0; i < count && status == RS_OK; i++) {
        size_t row = 0;
        if (!parse_range(words[i], &first, &last))
            return rs_fail(error, RS_USAGE,
                           "'%s': numbers of runs, such as 3 or 3..17, stand alone", words[i]);
        if (first == last)
            status = find_number(results, path, first, &row, error);
        for (row = 0; row < rs_results_count(results); row++)
            chosen[row] |= (unsigned long)runs[row] >= first && (unsigned long)runs[row] <= last;
    }
    return status;
}

static rs_status mark_by_words(bool *chosen, rs_results *results, size_t count,
                               const char *const words[], rs_error *error)
{
    rs_filter *filter = NULL;
    rs_run_choice choice = {.metric = NULL};
    bool best = false;
    rs_status status = read_choice(&filter, &best, true, results, count, words, error);
    const int8_t *outcome = rs_results_read_columns(results).status;
    if (status == RS_OK && best)
        status = find_best(&choice, results, filter, error);
    for (size_t row = 0; status == RS_OK && row < rs_results_count(results); row++)
        chosen[row] =
            best ? row == choice.row : outcome[row] == RS_RUN_DONE && fulfils(filter, results, row);
    rs_filter_free(filter);
    return status;
}

static rs_status list_rows(size_t **rows, size_t *row_count, const bool *chosen, size_t total,
                           rs_error *error)
{
    void *list = NULL;
    size_t found = 0;
    for (size_t row = 0; row < total; row++)
        found += chosen[row];
    if (found == 0)
        return rs_fail(error, RS_USAGE, "no finished run of the file is like that");
    rs_status status = rs_allocate(&list, found, sizeof(size_t), error);
    if (status != RS_OK)
        return status;
    *rows = list;
    *row_count = found;
    for (size_t row = 0, i = 0; row < total; row++)
        if (chosen[row])
            (*rows)[i++] = row;
    return RS_OK;
}

rs_status rs_runs_choose(size_t **rows, size_t *row_count, rs_results *results, const char *path,
                         size_t count, const char *const words[], rs_error *error)
{
    void *chosen = NULL;
    unsigned long first, last;
    rs_status status = rs_allocate(&chosen, rs_results_count(results), sizeof(bool), error);
    if (status == RS_OK)
        status = parse_range(words[0], &first, &last)
                     ? mark_numbers(chosen, results, path, count, words, error)
                     : mark_by_words(chosen, results, count, words, error);
    if (status == RS_OK)
        status = list_rows(rows, row_count, chosen, rs_results_count(results), error);
    free(chosen);
    return status;
}
