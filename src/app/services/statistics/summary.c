#include "summary.h"

#include <math.h>
#include <stdlib.h>

#include "memory.h"

static const uint32_t *rows_of(const rs_summary *summary, size_t rank, size_t *count)
{
    const rs_row_group *group = &summary->grouping.groups[summary->ranking[rank].group];
    *count = group->count;
    return summary->grouping.rows + group->first;
}

/* ---- Ranking --------------------------------------------------------------------------------- */

/* `values` is scratch for as many numbers as rows. */
static double score_of(const rs_summary *summary, const uint32_t *rows, size_t count,
                       double *values)
{
    size_t ranked = 0;
    for (size_t i = 0; i < count; i++) {
        double value = rs_metric_value(&summary->metric, summary->results, rows[i]);
        if (!isnan(value))
            values[ranked++] = value;
    }
    return summary->metric.accuracy ? rs_mean(values, ranked) : rs_median(values, ranked);
}

/* Gathers a column of the runs that are done; returns how many. */
static size_t gather_done(const rs_summary *summary, const double *column, const uint32_t *rows,
                          size_t count, double *values)
{
    const int8_t *status = rs_results_read_columns(summary->results).status;
    size_t done = 0;
    for (size_t i = 0; i < count; i++)
        if (status[rows[i]] == RS_RUN_DONE)
            values[done++] = column[rows[i]];
    return done;
}

/* Best first; groups with nothing finished last; equals by the loss, then in the file's order. */
static int compare_groups(const void *a, const void *b)
{
    const rs_ranked_group *x = a, *y = b;
    if (x->finished != y->finished)
        return x->finished ? -1 : 1;
    if (x->score > y->score || x->score < y->score)
        return x->score > y->score ? -1 : 1;
    if (x->loss_median < y->loss_median || x->loss_median > y->loss_median)
        return x->loss_median < y->loss_median ? -1 : 1;
    return (x->group > y->group) - (x->group < y->group);
}

static rs_status rank_groups(rs_summary *summary, rs_error *error)
{
    const rs_results_columns columns = rs_results_read_columns(summary->results);
    rs_status status = rs_allocate((void **)&summary->ranking, summary->grouping.count,
                                   sizeof *summary->ranking, error);
    for (; status == RS_OK && summary->count < summary->grouping.count; summary->count++) {
        rs_ranked_group *ranked = &summary->ranking[summary->count];
        size_t count;
        ranked->group = (uint32_t)summary->count;
        const uint32_t *rows = rows_of(summary, summary->count, &count);
        status = rs_grow(&summary->scratch, &summary->scratch_room, count, sizeof(double), error);
        if (status != RS_OK)
            break;
        double *values = summary->scratch;
        double score = score_of(summary, rows, count, values);
        size_t done = gather_done(summary, columns.final_loss, rows, count, values);
        ranked->finished = !isnan(score);
        ranked->score = summary->metric.maximizes ? score : -score;
        ranked->loss_median = done > 0 ? rs_median(values, done) : INFINITY;
        summary->finished += ranked->finished;
    }
    if (status == RS_OK)
        qsort(summary->ranking, summary->count, sizeof *summary->ranking, compare_groups);
    return status;
}

static rs_status choose_reference(rs_summary *summary, rs_error *error)
{
    size_t count;
    if (summary->finished == 0)
        return RS_OK;
    const uint32_t *rows = rows_of(summary, 0, &count);
    return rs_reference_create(&summary->best, summary->results, &summary->metric,
                               &summary->question.by, count, rows, error);
}

rs_status rs_summary_make(rs_summary *summary, const rs_results *results,
                          const rs_summary_question *question, rs_error *error)
{
    rs_summary made = {.results = results, .question = *question};
    rs_status status;
    if ((status = rs_metric_find(&made.metric, results, error)) == RS_OK &&
        (status = rs_grouping_make(&made.grouping, results, &question->by, question->where,
                                   error)) == RS_OK &&
        (status = rank_groups(&made, error)) == RS_OK &&
        (status = choose_reference(&made, error)) == RS_OK &&
        (status = rs_bootstrap_create(&made.bootstrap, error)) == RS_OK)
        *summary = made;
    else
        rs_summary_free(&made);
    return status;
}

void rs_summary_free(rs_summary *summary)
{
    rs_grouping_free(&summary->grouping);
    rs_reference_free(summary->best);
    rs_bootstrap_free(summary->bootstrap);
    free(summary->ranking);
    free(summary->scratch);
    *summary = (rs_summary){0};
}

/* ---- Describing one group -------------------------------------------------------------------- */

static void count_runs(const rs_summary *summary, const uint32_t *rows, size_t count,
                       rs_group_statistics *statistics)
{
    const rs_results_columns columns = rs_results_read_columns(summary->results);
    size_t of[RS_RUN_FAILED + 1] = {0};
    for (size_t i = 0; i < count; i++) {
        of[columns.status[rows[i]]]++;
        statistics->solved += columns.status[rows[i]] == RS_RUN_DONE &&
                              columns.test_accuracy[rows[i]] >= summary->question.threshold;
    }
    statistics->pending = of[RS_RUN_PENDING];
    statistics->diverged = of[RS_RUN_DIVERGED];
    statistics->failed = of[RS_RUN_FAILED];
    statistics->runs = of[RS_RUN_DONE] + of[RS_RUN_DIVERGED];
    statistics->solved_share =
        statistics->runs > 0 ? (double)statistics->solved / (double)statistics->runs : NAN;
    statistics->solved_interval = rs_wilson_interval(statistics->solved, statistics->runs);
}

static rs_status describe_samples(rs_summary *summary, const uint32_t *rows, size_t count,
                                  rs_group_statistics *statistics, rs_error *error)
{
    enum { SAMPLES = 2 };
    const rs_results_columns columns = rs_results_read_columns(summary->results);
    const double *sources[SAMPLES] = {columns.test_accuracy, columns.final_loss};
    rs_sample *samples[SAMPLES] = {&statistics->accuracy, &statistics->loss};
    const double *sorted[SAMPLES];
    rs_interval intervals[SAMPLES];
    size_t done = 0;
    rs_status status =
        rs_grow(&summary->scratch, &summary->scratch_room, SAMPLES * count, sizeof(double), error);
    if (status != RS_OK)
        return status;
    for (int i = 0; i < SAMPLES; i++) {
        double *values = (double *)summary->scratch + i * count;
        done = gather_done(summary, sources[i], rows, count, values);
        *samples[i] = (rs_sample){.mean = rs_mean(values, done)};
        rs_sort(values, done);
        samples[i]->median = rs_quantile(values, done, 0.5);
        samples[i]->interquartile_mean = rs_interquartile_mean(values, done);
        sorted[i] = values;
    }
    status = rs_bootstrap_interquartile_means(summary->bootstrap, done, SAMPLES, sorted, intervals,
                                              error);
    for (int i = 0; status == RS_OK && i < SAMPLES; i++)
        samples[i]->interquartile_interval = intervals[i];
    return status;
}

/* p of a sign test that is one of several, and at most what a group shown to be worse has. */
static const double worse_level = 0.05;

static double corrected_p(size_t wins, size_t losses, size_t comparisons)
{
    return fmin(1, rs_sign_test(wins, losses) * (double)comparisons);
}

bool rs_worse_is_possible(size_t pairs, size_t comparisons)
{
    return corrected_p(pairs, 0, comparisons) <= worse_level;
}

static void compare_with_best(const rs_summary *summary, size_t rank, const uint32_t *rows,
                              size_t count, rs_group_statistics *statistics)
{
    statistics->worse_p = NAN;
    statistics->standing = rank == 0 ? RS_STANDING_BEST : RS_STANDING_UNPAIRED;
    if (!summary->ranking[rank].finished)
        statistics->standing = RS_STANDING_NONE;
    if (rank == 0 || statistics->standing == RS_STANDING_NONE)
        return;
    statistics->pairs = rs_reference_compare(summary->best, count, rows);
    if (statistics->pairs.pairs == 0)
        return;
    statistics->worse_p =
        corrected_p(statistics->pairs.wins, statistics->pairs.losses, summary->finished - 1);
    statistics->standing =
        statistics->worse_p <= worse_level ? RS_STANDING_WORSE : RS_STANDING_TIED;
}

rs_status rs_summary_describe(rs_summary *summary, size_t rank, rs_group_statistics *statistics,
                              rs_error *error)
{
    rs_group_statistics fresh = {0};
    size_t count;
    const uint32_t *rows = rows_of(summary, rank, &count);
    count_runs(summary, rows, count, &fresh);
    compare_with_best(summary, rank, rows, count, &fresh);
    rs_status status = describe_samples(summary, rows, count, &fresh, error);
    if (status == RS_OK && !isnan(summary->question.loss_level))
        status = rs_solution_time_measure(&fresh.time, summary->results, count, rows,
                                          summary->question.loss_level, error);
    if (status == RS_OK)
        *statistics = fresh;
    return status;
}

void rs_summary_config(const rs_summary *summary, size_t rank, rs_run_config *config)
{
    size_t count;
    rs_results_config(summary->results, rows_of(summary, rank, &count)[0], config);
}
