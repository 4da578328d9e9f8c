#include "summary.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "memory.h"
#include "table.h"

/* A row and the hash of the values that it is grouped by. */
struct member {
    rs_hash hash;
    size_t row;
};

rs_by rs_summary_varying(const rs_results *results)
{
    rs_by varying = {0};
    rs_run_config first, config;
    size_t count = rs_results_count(results);
    for (size_t row = 0; row < count; row++) {
        rs_results_config(results, row, row == 0 ? &first : &config);
        for (size_t i = 0; i < RS_PARAMETER_TOTAL && row > 0; i++)
            varying.parameter[i] |= rs_parameter_get(&rs_parameters[i], &config) !=
                                    rs_parameter_get(&rs_parameters[i], &first);
    }
    return varying;
}

static rs_hash hash_values(const rs_run_config *config, const rs_by *by)
{
    double values[RS_BY_TOTAL] = {0};
    for (size_t i = 0; i < RS_PARAMETER_TOTAL; i++)
        if (by->parameter[i])
            values[i] = rs_parameter_get(&rs_parameters[i], config);
    if (by->parameter[RS_BY_SEED])
        values[RS_BY_SEED] = config->seed;
    return rs_hash_bytes(values, sizeof values);
}

static int compare_members(const void *a, const void *b)
{
    const struct member *x = a, *y = b;
    if (x->hash.high != y->hash.high)
        return x->hash.high < y->hash.high ? -1 : 1;
    if (x->hash.low != y->hash.low)
        return x->hash.low < y->hash.low ? -1 : 1;
    return (x->row > y->row) - (x->row < y->row);
}

/* Column by which groups are ranked, and whether it is an accuracy, 0..1. */
static const double *metric_column(const rs_summary *summary, bool *accuracy)
{
    rs_results_columns columns = rs_results_read_columns(summary->results);
    const struct {
        const char *name;
        const double *column;
        bool accuracy;
    } metrics[] = {{"test_accuracy", columns.test_accuracy, true},
                   {"test_bit_accuracy", columns.test_bit_accuracy, true},
                   {"final_loss", columns.final_loss, false},
                   {"initial_loss", columns.initial_loss, false}};
    for (size_t i = 0; i < sizeof metrics / sizeof metrics[0]; i++)
        if (strcmp(summary->metric, metrics[i].name) == 0) {
            *accuracy = metrics[i].accuracy;
            return metrics[i].column;
        }
    return NULL;
}

/* `values` is scratch for as many numbers as members. */
static double rank(const rs_summary *summary, const struct member *members, size_t count,
                   double *values)
{
    bool accuracy = false;
    const double *column = metric_column(summary, &accuracy);
    const int8_t *status = rs_results_read_columns(summary->results).status;
    size_t ranked = 0;
    for (size_t i = 0; i < count; i++) {
        size_t row = members[i].row;
        if (status[row] == RS_RUN_DONE)
            values[ranked++] = column[row];
        else if (status[row] == RS_RUN_DIVERGED)
            values[ranked++] = accuracy ? 0 : INFINITY;
    }
    double score = accuracy ? rs_mean(values, ranked) : rs_median(values, ranked);
    return summary->maximizes ? score : -score;
}

static rs_group summarize(const rs_summary *summary, const struct member *members, size_t count,
                          double *values)
{
    rs_results_columns columns = rs_results_read_columns(summary->results);
    rs_group group = {.first_row = members[0].row};
    double *accuracies = values, *losses = values + count;
    size_t done = 0;
    for (size_t i = 0; i < count; i++) {
        size_t row = members[i].row;
        group.pending += columns.status[row] == RS_RUN_PENDING;
        group.failed += columns.status[row] == RS_RUN_FAILED;
        group.diverged += columns.status[row] == RS_RUN_DIVERGED;
        if (columns.status[row] == RS_RUN_DONE) {
            group.solved += columns.test_accuracy[row] >= summary->question.threshold;
            accuracies[done] = columns.test_accuracy[row];
            losses[done++] = columns.final_loss[row];
        }
    }
    group.runs = done + group.diverged;
    group.solved_interval = rs_wilson_interval(group.solved, group.runs);
    group.accuracy_mean = rs_mean(accuracies, done);
    group.loss_mean = rs_mean(losses, done);
    group.accuracy_median = rs_median(accuracies, done);
    group.loss_median = rs_median(losses, done);
    group.score = rank(summary, members, count, values);
    return group;
}

/* Best first; NaN scores (nothing finished) last; equals by the loss, then in the file's order. */
static int compare_groups(const void *a, const void *b)
{
    const rs_group *x = a, *y = b;
    if (isnan(x->score) != isnan(y->score))
        return isnan(x->score) ? 1 : -1;
    if (x->score != y->score && !isnan(x->score))
        return x->score > y->score ? -1 : 1;
    if (x->loss_median < y->loss_median)
        return -1;
    if (x->loss_median > y->loss_median)
        return 1;
    return (x->first_row > y->first_row) - (x->first_row < y->first_row);
}

static rs_status collect_members(const rs_results *results, const rs_by *by,
                                 struct member **members, rs_error *error)
{
    size_t count = rs_results_count(results);
    void *block;
    rs_status status = rs_allocate(&block, count, sizeof **members, error);
    if (status != RS_OK)
        return status;
    *members = block;
    for (size_t row = 0; row < count; row++) {
        rs_run_config config;
        rs_results_config(results, row, &config);
        (*members)[row] = (struct member){hash_values(&config, by), row};
    }
    qsort(*members, count, sizeof **members, compare_members);
    return RS_OK;
}

static rs_status fill_groups(rs_summary *summary, const struct member *members, rs_error *error)
{
    size_t count = rs_results_count(summary->results), room = 0, scratch_room = 0;
    void *scratch = NULL; /* for two columns of the largest group */
    rs_status status = RS_OK;
    for (size_t first = 0, end = 0; first < count; first = end) {
        while (end < count && rs_hash_equal(members[end].hash, members[first].hash))
            end++;
        void *groups = summary->groups;
        if ((status = rs_grow(&scratch, &scratch_room, 2 * (end - first), sizeof(double), error)) !=
                RS_OK ||
            (status = rs_grow(&groups, &room, summary->count + 1, sizeof *summary->groups,
                              error)) != RS_OK)
            break;
        summary->groups = groups;
        summary->groups[summary->count++] =
            summarize(summary, members + first, end - first, scratch);
    }
    free(scratch);
    if (status == RS_OK)
        qsort(summary->groups, summary->count, sizeof *summary->groups, compare_groups);
    return status;
}

rs_status rs_summary_make(rs_summary *summary, const rs_results *results,
                          const rs_summary_question *question, rs_error *error)
{
    const char *metric = rs_results_attribute(results, "rnnsweep_metric");
    const char *goal = rs_results_attribute(results, "rnnsweep_goal");
    rs_summary made = {.results = results,
                       .question = *question,
                       .metric = metric != NULL ? metric : "test_accuracy",
                       .maximizes = goal == NULL || strcmp(goal, "minimize") != 0};
    struct member *members = NULL;
    bool accuracy;
    rs_status status;
    if (metric_column(&made, &accuracy) == NULL)
        return rs_fail(error, RS_BAD_DATA, "the file's metric '%s' is no column to rank by",
                       made.metric);
    if ((status = collect_members(results, &question->by, &members, error)) == RS_OK)
        status = fill_groups(&made, members, error);
    if (status == RS_OK)
        *summary = made;
    else
        free(made.groups);
    free(members);
    return status;
}

void rs_summary_free(rs_summary *summary)
{
    free(summary->groups);
    *summary = (rs_summary){0};
}

static void add_heading(rs_table *table, const rs_by *by)
{
    static const char *const headings[] = {"runs",      "diverged",  "solved",    "95 % interval",
                                           "mean acc.", "med. acc.", "mean loss", "med. loss"};
    for (size_t i = 0; i < RS_PARAMETER_TOTAL; i++)
        if (by->parameter[i])
            rs_table_cell(table, "%s", rs_parameters[i].name);
    if (by->parameter[RS_BY_SEED])
        rs_table_cell(table, "seed");
    for (size_t i = 0; i < sizeof headings / sizeof headings[0]; i++)
        rs_table_cell(table, "%s", headings[i]);
}

static void add_number(rs_table *table, double value)
{
    if (isnan(value))
        rs_table_cell(table, "-");
    else
        rs_table_cell(table, "%.4g", value);
}

static void add_group(rs_table *table, const rs_summary *summary, const rs_group *group)
{
    const rs_by *by = &summary->question.by;
    rs_run_config config;
    rs_results_config(summary->results, group->first_row, &config);
    for (size_t i = 0; i < RS_PARAMETER_TOTAL; i++) {
        char text[RS_PARAMETER_TEXT];
        if (!by->parameter[i])
            continue;
        rs_format_brief(&rs_parameters[i], rs_parameter_get(&rs_parameters[i], &config), text);
        rs_table_cell(table, "%s", text);
    }
    if (by->parameter[RS_BY_SEED])
        rs_table_cell(table, "%u", config.seed);
    rs_table_cell(table, "%zu", group->runs);
    rs_table_cell(table, "%zu", group->diverged);
    if (group->runs > 0)
        rs_table_cell(table, "%.1f %%", 100 * (double)group->solved / (double)group->runs);
    else
        rs_table_cell(table, "-");
    rs_table_cell(table, "%.1f..%.1f %%", 100 * group->solved_interval.low,
                  100 * group->solved_interval.high);
    add_number(table, group->accuracy_mean);
    add_number(table, group->accuracy_median);
    add_number(table, group->loss_mean);
    add_number(table, group->loss_median);
}

rs_status rs_summary_print(const rs_summary *summary, size_t limit, FILE *stream, rs_error *error)
{
    const rs_by *by = &summary->question.by;
    rs_table *table;
    size_t columns = 8;
    for (size_t i = 0; i < RS_BY_TOTAL; i++)
        columns += by->parameter[i];
    rs_status status = rs_table_create(&table, columns, error);
    if (status != RS_OK)
        return status;
    add_heading(table, by);
    for (size_t i = 0; i < summary->count && i < limit; i++)
        add_group(table, summary, &summary->groups[i]);
    status = rs_table_print(table, 0, stream, error);
    rs_table_free(table);
    return status;
}

static json_t *real_or_null(double value)
{
    return isfinite(value) ? json_real(value) : json_null();
}

json_t *rs_parameter_json(const rs_parameter *parameter, const rs_run_config *config)
{
    double value = rs_parameter_get(parameter, config);
    char text[RS_PARAMETER_TEXT];
    switch (parameter->kind) {
    case RS_KIND_REAL:
        return json_real(value);
    case RS_KIND_FLAG:
        return json_boolean(value != 0);
    case RS_KIND_CHOICE:
        rs_parameter_format(parameter, value, text);
        return json_string(text);
    case RS_KIND_SEED:
        return value < 0 ? json_null() : json_integer((json_int_t)value);
    case RS_KIND_COUNT:
        break;
    }
    return json_integer((json_int_t)value);
}

static json_t *group_json(const rs_summary *summary, const rs_group *group)
{
    const rs_by *by = &summary->question.by;
    json_t *values = json_object();
    rs_run_config config;
    rs_results_config(summary->results, group->first_row, &config);
    for (size_t i = 0; i < RS_PARAMETER_TOTAL; i++)
        if (by->parameter[i])
            json_object_set_new(values, rs_parameters[i].name,
                                rs_parameter_json(&rs_parameters[i], &config));
    if (by->parameter[RS_BY_SEED])
        json_object_set_new(values, "seed", json_integer(config.seed));
    return json_pack(
        "{s:o, s:I, s:I, s:I, s:I, s:I, s:[f,f], s:o, s:o, s:o, s:o}", "parameters", values, "runs",
        (json_int_t)group->runs, "pending", (json_int_t)group->pending, "diverged",
        (json_int_t)group->diverged, "failed", (json_int_t)group->failed, "solved",
        (json_int_t)group->solved, "solved_share_95", group->solved_interval.low,
        group->solved_interval.high, "test_accuracy_mean", real_or_null(group->accuracy_mean),
        "test_accuracy_median", real_or_null(group->accuracy_median), "final_loss_mean",
        real_or_null(group->loss_mean), "final_loss_median", real_or_null(group->loss_median));
}

json_t *rs_summary_json(const rs_summary *summary)
{
    json_t *groups = json_array();
    for (size_t i = 0; i < summary->count; i++)
        if (json_array_append_new(groups, group_json(summary, &summary->groups[i])) != 0) {
            json_decref(groups);
            return NULL;
        }
    return json_pack("{s:s, s:s, s:f, s:o}", "metric", summary->metric, "goal",
                     summary->maximizes ? "maximize" : "minimize", "threshold",
                     summary->question.threshold, "groups", groups);
}
