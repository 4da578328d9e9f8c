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

/* ---- Runs of one unit ------------------------------------------------------------------------ */

/* Whether a run is in no statistic: one that is done without an accuracy of the kind that is looked
 * at, or one that was stopped at a rung that its file does not tell. */
static bool is_left_out(const rs_summary *summary, uint32_t row)
{
    switch (rs_results_read_columns(summary->results).status[row]) {
    case RS_RUN_DONE:
        return summary->accuracy != NULL && isnan(summary->accuracy[row]);
    case RS_RUN_STOPPED:
        return rs_levels_of_run(&summary->levels, summary->results, row) == RS_LEVEL_NONE;
    default:
        return false;
    }
}

/* A run as it was at a level. */
static void add_run(const rs_summary *summary, uint32_t row, uint32_t level, rs_unit_tally *tally)
{
    const rs_results_columns columns = rs_results_read_columns(summary->results);
    tally->finished++;
    tally->value += rs_metric_value_at(&summary->metric, summary->results, row, level);
    if (rs_levels_is_lost(&summary->levels, summary->results, row, level))
        return;
    tally->done++;
    if (level < summary->levels.rungs.count) {
        tally->loss += rs_metric_value_at(&summary->loss, summary->results, row, level);
        return;
    }
    const double accuracy =
        summary->accuracy != NULL ? summary->accuracy[row] : columns.test_accuracy[row];
    tally->solved += accuracy >= summary->question.threshold;
    tally->accuracy += accuracy;
    tally->loss += columns.final_loss[row];
}

/* Tallies of the units that have runs of a level among the rows; *units: how many. */
static rs_status tally_units(rs_summary *summary, const uint32_t *rows, size_t count,
                             uint32_t level, size_t *units, rs_error *error)
{
    size_t found = 0;
    rs_status status = rs_grow((void **)&summary->tallies, &summary->tally_room, count,
                               sizeof *summary->tallies, error);
    if (status != RS_OK)
        return status;
    for (size_t i = 0; i < count; i++) {
        uint32_t unit = summary->units.of_row[rows[i]];
        if (rs_levels_of_run(&summary->levels, summary->results, rows[i]) == RS_LEVEL_NONE)
            continue;
        if (is_left_out(summary, rows[i]))
            continue;
        if (summary->slots[unit] == 0) {
            summary->tallies[found] = (rs_unit_tally){.unit = unit};
            summary->slots[unit] = (uint32_t)++found;
        }
        add_run(summary, rows[i], level, &summary->tallies[summary->slots[unit] - 1]);
    }
    for (size_t i = 0; i < found; i++) {
        summary->slots[summary->tallies[i].unit] = 0;
        summary->pooled |= summary->tallies[i].finished > 1;
    }
    *units = found;
    return RS_OK;
}

/* Each unit's mean over its runs done of one of the two sums; returns of how many units. */
static size_t gather_means(const rs_summary *summary, size_t units, bool loss, double *values)
{
    size_t having = 0;
    for (size_t i = 0; i < units; i++) {
        const rs_unit_tally *tally = &summary->tallies[i];
        if (tally->done > 0)
            values[having++] = (loss ? tally->loss : tally->accuracy) / tally->done;
    }
    return having;
}

/* ---- Ranking --------------------------------------------------------------------------------- */

/* NaN when nothing is finished; `values` is scratch for as many numbers as rows. */
static double score_of(const rs_summary *summary, const uint32_t *rows, size_t count,
                       uint32_t level, size_t units, double *values)
{
    size_t ranked = 0;
    if (summary->metric.accuracy) {
        for (size_t i = 0; i < units; i++)
            values[i] = summary->tallies[i].value / summary->tallies[i].finished;
        return rs_mean(values, units);
    }
    for (size_t i = 0; i < count; i++) {
        double value = rs_metric_value_at(&summary->metric, summary->results, rows[i], level);
        if (!isnan(value))
            values[ranked++] = value;
    }
    return rs_median(values, ranked);
}

/* Larger is better. Means that are equal on paper are equal. */
static double rank_of(const rs_summary *summary, double score)
{
    double rank = summary->metric.accuracy ? rint(score * 1e12) : score;
    return summary->metric.maximizes ? rank : -rank;
}

struct place {
    double rank;
    bool lost; /* all its runs diverged, in a file with stopped ones */
    rs_ranked_group group;
};

/* Best first: those that came farthest, then by rank; groups that are lost, then those with nothing
 * finished last; equals by the loss, then in the file's order. */
static int compare_places(const void *a, const void *b)
{
    const struct place *one = a, *other = b;
    const rs_ranked_group *x = &one->group, *y = &other->group;
    if (x->finished != y->finished)
        return x->finished ? -1 : 1;
    if (one->lost != other->lost)
        return one->lost ? 1 : -1;
    if (x->level != y->level)
        return x->level > y->level ? -1 : 1;
    if (one->rank > other->rank || one->rank < other->rank)
        return one->rank > other->rank ? -1 : 1;
    if (x->loss_median < y->loss_median || x->loss_median > y->loss_median)
        return x->loss_median < y->loss_median ? -1 : 1;
    return (x->group > y->group) - (x->group < y->group);
}

static rs_status score_group(rs_summary *summary, size_t group, struct place *place,
                             rs_error *error)
{
    size_t count, units, having;
    const uint32_t *rows = rows_of(summary, group, &count);
    rs_status status;
    const uint32_t level = rs_levels_of_group(&summary->levels, summary->results, count, rows);
    if ((status = tally_units(summary, rows, count, level, &units, error)) != RS_OK ||
        (status = rs_grow((void **)&summary->scratch, &summary->scratch_room, count,
                          sizeof *summary->scratch, error)) != RS_OK)
        return status;
    double score = score_of(summary, rows, count, level, units, summary->scratch);
    having = gather_means(summary, units, true, summary->scratch);
    double loss = having > 0 ? rs_median(summary->scratch, having) : INFINITY;
    *place = (struct place){.rank = units > 0 ? rank_of(summary, score) : 0,
                            .lost = having == 0 && summary->levels.rungs.count > 0,
                            .group = {.group = (uint32_t)group,
                                      .finished = units > 0,
                                      .level = level,
                                      .score = score,
                                      .loss_median = loss}};
    summary->finished += units > 0;
    return RS_OK;
}

static rs_status rank_groups(rs_summary *summary, rs_error *error)
{
    struct place *places = NULL;
    size_t count = summary->grouping.count;
    rs_status status;
    if ((status = rs_allocate((void **)&summary->ranking, count, sizeof *summary->ranking,
                              error)) != RS_OK ||
        (status = rs_allocate((void **)&summary->slots, summary->units.count,
                              sizeof *summary->slots, error)) != RS_OK ||
        (status = rs_allocate((void **)&places, count, sizeof *places, error)) != RS_OK)
        goto done;
    for (size_t group = 0; group < count; group++) {
        summary->ranking[group].group = (uint32_t)group;
        if ((status = score_group(summary, group, &places[group], error)) != RS_OK)
            goto done;
    }
    qsort(places, count, sizeof *places, compare_places);
    for (size_t rank = 0; rank < count; rank++)
        summary->ranking[rank] = places[rank].group;
    summary->count = count;
done:
    free(places);
    return status;
}

/* Runs are paired that agree in all that does not tell the groups apart. */
static void choose_pairs(rs_summary *summary)
{
    const rs_key_set *by = &summary->question.by;
    summary->along = rs_grouping_along(&summary->grouping, summary->results, by);
    summary->along.parameter[summary->units.place] = false;
    for (size_t i = 0; i < RS_KEY_TOTAL; i++)
        summary->pairs_by.parameter[i] = !by->parameter[i] && !summary->along.parameter[i];
}

static rs_status choose_reference(rs_summary *summary, rs_error *error)
{
    size_t count;
    choose_pairs(summary);
    if (summary->finished == 0 || !rs_summary_is_whole(summary, 0))
        return RS_OK;
    summary->comparisons = summary->finished - 1;
    const uint32_t *rows = rows_of(summary, 0, &count);
    return rs_reference_create(&summary->best, summary->results, &summary->metric,
                               &summary->pairs_by, &summary->units, count, rows, error);
}

/* What is known of the runs at rungs, where some were stopped. */
static rs_status find_levels(rs_summary *summary, rs_error *error)
{
    const rs_grouping *grouping = &summary->grouping;
    rs_status status = rs_levels_find(&summary->levels, summary->results, grouping->row_count,
                                      grouping->rows, error);
    if (status == RS_OK)
        status = rs_metric_find(&summary->loss, summary->results, "final_loss", error);
    if (status == RS_OK) {
        rs_metric_take_rungs(&summary->metric, &summary->levels.rungs);
        rs_metric_take_rungs(&summary->loss, &summary->levels.rungs);
    }
    return status;
}

rs_status rs_summary_make(rs_summary *summary, const rs_results *results,
                          const rs_summary_question *question, rs_error *error)
{
    rs_summary made = {.results = results, .question = *question};
    rs_status status;
    if ((status = rs_metric_find(&made.metric, results, question->metric, error)) == RS_OK &&
        (status = rs_grouping_make(&made.grouping, results, &question->by, question->where,
                                   error)) == RS_OK &&
        (status = rs_units_find(&made.units, results, &question->by, question->where, error)) ==
            RS_OK &&
        (status = find_levels(&made, error)) == RS_OK &&
        (status = rank_groups(&made, error)) == RS_OK &&
        (status = choose_reference(&made, error)) == RS_OK &&
        (status = rs_bootstrap_create(&made.bootstrap, error)) == RS_OK) {
        const rs_grouping *grouping = &made.grouping;
        made.timed = !isnan(question->loss_level) ||
                     rs_solution_time_is_checked(results, grouping->row_count, grouping->rows);
        *summary = made;
    } else {
        rs_summary_free(&made);
    }
    return status;
}

void rs_summary_free(rs_summary *summary)
{
    rs_grouping_free(&summary->grouping);
    rs_reference_free(summary->best);
    rs_bootstrap_free(summary->bootstrap);
    rs_units_free(&summary->units);
    rs_levels_free(&summary->levels);
    free(summary->ranking);
    free(summary->scratch);
    free(summary->tallies);
    free(summary->slots);
    *summary = (rs_summary){0};
}

/* ---- Describing one group -------------------------------------------------------------------- */

static void count_runs(const rs_summary *summary, const uint32_t *rows, size_t count,
                       rs_group_statistics *statistics)
{
    const int8_t *outcome = rs_results_read_columns(summary->results).status;
    size_t of[RS_RUN_STOPPED + 1] = {0};
    for (size_t i = 0; i < count; i++)
        of[outcome[rows[i]]] += !is_left_out(summary, rows[i]);
    statistics->pending = of[RS_RUN_PENDING];
    statistics->diverged = of[RS_RUN_DIVERGED];
    statistics->failed = of[RS_RUN_FAILED];
    statistics->stopped = of[RS_RUN_STOPPED];
    statistics->runs = of[RS_RUN_DONE] + of[RS_RUN_DIVERGED] + of[RS_RUN_STOPPED];
}

static void share_solved(const rs_summary *summary, rs_group_statistics *statistics)
{
    rs_unit_counts counts = {.trials = statistics->runs, .units = statistics->units};
    size_t some = 0, lacking = 0;
    for (size_t i = 0; i < statistics->units; i++) {
        const rs_unit_tally *tally = &summary->tallies[i];
        counts.successes += tally->solved;
        some += tally->solved > 0;
        lacking += tally->solved < tally->finished;
    }
    double share = (double)counts.successes / (double)counts.trials;
    for (size_t i = 0; i < statistics->units; i++) {
        const rs_unit_tally *tally = &summary->tallies[i];
        double apart = tally->solved - share * tally->finished;
        counts.spread += apart * apart;
    }
    counts.rarer = 2 * counts.successes <= counts.trials ? some : lacking;
    statistics->solved = counts.successes;
    statistics->solved_share = counts.trials > 0 ? share : NAN;
    statistics->solved_interval = rs_wilson_of_units(&counts);
}

static rs_status describe_samples(rs_summary *summary, rs_group_statistics *statistics,
                                  rs_error *error)
{
    enum { SAMPLES = 2 };
    rs_sample *samples[SAMPLES] = {&statistics->accuracy, &statistics->loss};
    const double *sorted[SAMPLES];
    rs_interval intervals[SAMPLES];
    size_t having = 0;
    rs_status status = rs_grow((void **)&summary->scratch, &summary->scratch_room,
                               SAMPLES * statistics->units, sizeof *summary->scratch, error);
    if (status != RS_OK)
        return status;
    for (int i = 0; i < SAMPLES; i++) {
        double *values = summary->scratch + (size_t)i * statistics->units;
        having = gather_means(summary, statistics->units, i == 1, values);
        *samples[i] = (rs_sample){.mean = rs_mean(values, having)};
        rs_sort(values, having);
        samples[i]->median = rs_quantile(values, having, 0.5);
        samples[i]->interquartile_mean = rs_interquartile_mean(values, having);
        sorted[i] = values;
    }
    status = rs_bootstrap_interquartile_means(summary->bootstrap, having, SAMPLES, sorted,
                                              intervals, error);
    for (int i = 0; status == RS_OK && i < SAMPLES; i++)
        samples[i]->interquartile_interval = intervals[i];
    return status;
}

/* p of a test that is one of several, and at most what a group shown to be worse has. */
static const double worse_level = 0.05;

size_t rs_units_needed(size_t comparisons)
{
    size_t units = 1;
    while (ldexp((double)comparisons, -(int)units) > worse_level)
        units++;
    return units;
}

static rs_status compare_with_best(const rs_summary *summary, size_t rank, const uint32_t *rows,
                                   size_t count, rs_group_statistics *statistics, rs_error *error)
{
    const size_t comparisons = summary->comparisons;
    statistics->worse_p = NAN;
    statistics->standing = rank == 0 ? RS_STANDING_BEST : RS_STANDING_UNPAIRED;
    if (!summary->ranking[rank].finished || summary->best == NULL)
        statistics->standing = RS_STANDING_NONE;
    if (rank == 0 || statistics->standing == RS_STANDING_NONE)
        return RS_OK;
    rs_status status = rs_reference_compare(summary->best, statistics->level, count, rows,
                                            &statistics->pairs, error);
    if (status != RS_OK || statistics->pairs.pairs == 0)
        return status;
    statistics->worse_p = fmin(1, statistics->pairs.p * (double)comparisons);
    if (statistics->pairs.units < rs_units_needed(comparisons))
        statistics->standing = RS_STANDING_UNDECIDED;
    else
        statistics->standing =
            statistics->worse_p <= worse_level ? RS_STANDING_WORSE : RS_STANDING_TIED;
    return RS_OK;
}

rs_status rs_summary_describe(rs_summary *summary, size_t rank, rs_group_statistics *statistics,
                              rs_error *error)
{
    rs_group_statistics fresh = {0};
    size_t count;
    const uint32_t *rows = rows_of(summary, rank, &count);
    rs_status status;
    count_runs(summary, rows, count, &fresh);
    fresh.level = summary->ranking[rank].level;
    fresh.score = summary->ranking[rank].score;
    const bool whole = rs_summary_is_whole(summary, rank);
    if ((status = tally_units(summary, rows, count, fresh.level, &fresh.units, error)) != RS_OK)
        return status;
    if (whole) {
        share_solved(summary, &fresh);
        status = describe_samples(summary, &fresh, error);
    }
    if (status == RS_OK)
        status = compare_with_best(summary, rank, rows, count, &fresh, error);
    if (status == RS_OK && summary->timed && whole)
        status = rs_solution_time_measure(&fresh.time, summary->results, count, rows,
                                          summary->question.loss_level, error);
    if (status == RS_OK)
        *statistics = fresh;
    return status;
}

bool rs_summary_is_whole(const rs_summary *summary, size_t rank)
{
    return summary->ranking[rank].level >= summary->levels.rungs.count;
}

void rs_summary_config(const rs_summary *summary, size_t rank, rs_run_config *config)
{
    size_t count;
    rs_results_config(summary->results, rows_of(summary, rank, &count)[0], config);
}
