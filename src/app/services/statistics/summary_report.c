#include "summary_report.h"

#include <math.h>
#include <stdlib.h>

#include "json_print.h"
#include "labels.h"
#include "memory.h"
#include "summary_words.h"
#include "table.h"

enum field_kind {
    FIELD_COUNT,    /* size_t */
    FIELD_REAL,     /* double; NaN and infinity are not printed */
    FIELD_INTERVAL, /* rs_interval */
    FIELD_LEVEL,    /* uint32_t; a text */
    FIELD_STANDING  /* rs_standing */
};

/* When a field is there. */
enum {
    TIMED = 1, /* only where there are times to a solution */
    EARLY = 2, /* only where runs were stopped at a rung */
    WHOLE = 4  /* empty in groups in which some were */
};

/* One number of a group; the heading is that of the table, NULL when it is not shown there. */
struct field {
    const char *name, *heading;
    enum field_kind kind;
    size_t offset; /* in rs_group_statistics */
    bool share;    /* shown as a percentage */
    unsigned when; /* TIMED, ... */
    int spare;     /* columns of the highest number are the first to go on a narrow terminal; 0:
                      never */
};

#define PLACE(member) offsetof(rs_group_statistics, member)

static const struct field fields[] = {
    {"score", "score", FIELD_REAL, PLACE(score), 0, 0, 0},
    {"until", "until", FIELD_LEVEL, PLACE(level), 0, EARLY, 0},
    {"runs", "runs", FIELD_COUNT, PLACE(runs), 0, 0, 0},
    {"seeds", "seeds", FIELD_COUNT, PLACE(units), 0, 0, 0},
    {"pending", NULL, FIELD_COUNT, PLACE(pending), 0, 0, 0},
    {"diverged", "diverged", FIELD_COUNT, PLACE(diverged), 0, 0, 3},
    {"failed", NULL, FIELD_COUNT, PLACE(failed), 0, 0, 0},
    {"stopped", NULL, FIELD_COUNT, PLACE(stopped), 0, EARLY, 0},
    {"solved", NULL, FIELD_COUNT, PLACE(solved), 0, WHOLE, 0},
    {"solved_share", "solved", FIELD_REAL, PLACE(solved_share), 1, WHOLE, 0},
    {"solved_share_95", "95 % interval", FIELD_INTERVAL, PLACE(solved_interval), 1, WHOLE, 0},
    {"test_accuracy_mean", "mean acc.", FIELD_REAL, PLACE(accuracy.mean), 0, WHOLE, 6},
    {"test_accuracy_median", "med. acc.", FIELD_REAL, PLACE(accuracy.median), 0, WHOLE, 5},
    {"test_accuracy_iqm", "IQM acc.", FIELD_REAL, PLACE(accuracy.interquartile_mean), 0, WHOLE, 3},
    {"test_accuracy_iqm_95", "95 % interval", FIELD_INTERVAL,
     PLACE(accuracy.interquartile_interval), 0, WHOLE, 4},
    {"final_loss_mean", "mean loss", FIELD_REAL, PLACE(loss.mean), 0, WHOLE, 8},
    {"final_loss_median", "med. loss", FIELD_REAL, PLACE(loss.median), 0, WHOLE, 3},
    {"final_loss_iqm", "IQM loss", FIELD_REAL, PLACE(loss.interquartile_mean), 0, WHOLE, 6},
    {"final_loss_iqm_95", "95 % interval", FIELD_INTERVAL, PLACE(loss.interquartile_interval), 0,
     WHOLE, 7},
    {"reached", "reached", FIELD_COUNT, PLACE(time.reached), 0, TIMED | WHOLE, 0},
    {"censored_share", "censored", FIELD_REAL, PLACE(time.censored_share), 1, TIMED | WHOLE, 5},
    {"updates_lower_quartile", NULL, FIELD_REAL, PLACE(time.lower_quartile), 0, TIMED | WHOLE, 0},
    {"updates_median", "med. updates", FIELD_REAL, PLACE(time.median), 0, TIMED | WHOLE, 0},
    {"updates_upper_quartile", NULL, FIELD_REAL, PLACE(time.upper_quartile), 0, TIMED | WHOLE, 0},
    {"updates_expected", "expected", FIELD_REAL, PLACE(time.expected), 0, TIMED | WHOLE, 2},
    {"standing", "standing", FIELD_STANDING, PLACE(standing), 0, 0, 0},
    {"paired_seeds", NULL, FIELD_COUNT, PLACE(pairs.units), 0, 0, 0},
    {"pairs", NULL, FIELD_COUNT, PLACE(pairs.pairs), 0, 0, 0},
    {"pairs_won_by_best", NULL, FIELD_COUNT, PLACE(pairs.wins), 0, 0, 0},
    {"pairs_lost_by_best", NULL, FIELD_COUNT, PLACE(pairs.losses), 0, 0, 0},
    {"worse_p", NULL, FIELD_REAL, PLACE(worse_p), 0, 0, 0},
};
enum { FIELDS = sizeof fields / sizeof fields[0] };

static const char *const standing_names[] = {
    [RS_STANDING_NONE] = "none",           [RS_STANDING_BEST] = "best",
    [RS_STANDING_TIED] = "tied",           [RS_STANDING_WORSE] = "worse",
    [RS_STANDING_UNDECIDED] = "undecided", [RS_STANDING_UNPAIRED] = "unpaired"};

static bool is_asked_for(const rs_summary *summary, const struct field *field)
{
    return ((field->when & TIMED) == 0 || summary->timed) &&
           ((field->when & EARLY) == 0 || summary->levels.rungs.count > 0);
}

/* Whether a field says nothing of a group, as some of its runs were stopped. */
static bool is_empty(const rs_summary *summary, const struct field *field,
                     const rs_group_statistics *statistics)
{
    return (field->when & WHOLE) != 0 && statistics->level < summary->levels.rungs.count;
}

static const void *place_of(const struct field *field, const rs_group_statistics *statistics)
{
    return (const char *)statistics + field->offset;
}

/* ---- Table ----------------------------------------------------------------------------------- */

/* Units are those of the runs, unless a group has several runs of one. */
static bool is_shown(const rs_summary *summary, const struct field *field)
{
    if (field->offset == PLACE(units) && !summary->pooled)
        return false;
    return field->heading != NULL && is_asked_for(summary, field);
}

/* Digits of the labels of every parameter that is grouped by. */
static rs_status find_digits(const rs_summary *summary, int digits[RS_PARAMETER_TOTAL],
                             rs_error *error)
{
    double *values;
    rs_status status = rs_allocate((void **)&values, summary->count, sizeof *values, error);
    for (size_t i = 0; status == RS_OK && i < RS_PARAMETER_TOTAL; i++) {
        if (!summary->question.by.parameter[i] || rs_parameters[i].kind != RS_KIND_REAL)
            continue;
        for (size_t rank = 0; rank < summary->count; rank++) {
            rs_run_config config;
            rs_summary_config(summary, rank, &config);
            values[rank] = rs_parameter_get(&rs_parameters[i], &config);
        }
        rs_sort(values, summary->count);
        digits[i] = rs_label_digits(summary->count, values);
    }
    if (status == RS_OK)
        free(values);
    return status;
}

static void add_heading(rs_table *table, const rs_summary *summary)
{
    const rs_key_set *by = &summary->question.by;
    for (size_t i = 0; i < RS_PARAMETER_TOTAL; i++)
        if (by->parameter[i])
            rs_table_cell(table, "%s", rs_parameters[i].name);
    if (by->parameter[RS_KEY_SEED])
        rs_table_cell(table, "seed");
    for (size_t i = 0; i < FIELDS; i++)
        if (is_shown(summary, &fields[i]))
            rs_table_cell(table, "%s", fields[i].heading);
}

static void add_parameters(rs_table *table, const rs_summary *summary, size_t rank,
                           const int digits[RS_PARAMETER_TOTAL])
{
    const rs_key_set *by = &summary->question.by;
    rs_run_config config;
    rs_summary_config(summary, rank, &config);
    for (size_t i = 0; i < RS_PARAMETER_TOTAL; i++) {
        char text[RS_PARAMETER_TEXT];
        if (!by->parameter[i])
            continue;
        rs_label_format(&rs_parameters[i], rs_parameter_get(&rs_parameters[i], &config), digits[i],
                        text);
        rs_table_cell(table, "%s", text);
    }
    if (by->parameter[RS_KEY_SEED])
        rs_table_cell(table, "%u", config.seed);
}

static void add_real(rs_table *table, const struct field *field, double value)
{
    if (isnan(value))
        rs_table_cell(table, "-");
    else if (isinf(value))
        rs_table_cell(table, (field->when & TIMED) != 0 ? "never" : "inf");
    else if (field->share)
        rs_table_cell(table, "%.1f %%", 100 * value);
    else
        rs_table_cell(table, "%.4g", value);
}

static void add_interval(rs_table *table, const struct field *field, rs_interval interval)
{
    if (isnan(interval.low))
        rs_table_cell(table, "-");
    else if (field->share)
        rs_table_cell(table, "%.1f..%.1f %%", 100 * interval.low, 100 * interval.high);
    else
        rs_table_cell(table, "%.3g..%.3g", interval.low, interval.high);
}

static void add_standing(rs_table *table, rs_standing standing)
{
    switch (standing) {
    case RS_STANDING_BEST:
    case RS_STANDING_TIED:
        rs_table_cell(table, "%s", standing_names[standing]);
        return;
    case RS_STANDING_UNDECIDED:
    case RS_STANDING_UNPAIRED:
        rs_table_cell(table, "?");
        return;
    case RS_STANDING_WORSE:
    case RS_STANDING_NONE:
        rs_table_cell(table, "-");
        return;
    }
}

static void add_level(rs_table *table, const rs_summary *summary, uint32_t level)
{
    char text[RS_LEVEL_TEXT];
    rs_levels_name(&summary->levels, level, text);
    rs_table_cell(table, "%s", level == RS_LEVEL_NONE ? "-" : text);
}

static void add_field(rs_table *table, const rs_summary *summary, const struct field *field,
                      const rs_group_statistics *statistics)
{
    const void *place = place_of(field, statistics);
    if (is_empty(summary, field, statistics)) {
        rs_table_cell(table, "-");
        return;
    }
    switch (field->kind) {
    case FIELD_COUNT:
        rs_table_cell(table, "%zu", *(const size_t *)place);
        return;
    case FIELD_REAL:
        add_real(table, field, *(const double *)place);
        return;
    case FIELD_INTERVAL:
        add_interval(table, field, *(const rs_interval *)place);
        return;
    case FIELD_LEVEL:
        add_level(table, summary, *(const uint32_t *)place);
        return;
    case FIELD_STANDING:
        add_standing(table, *(const rs_standing *)place);
        return;
    }
}

static size_t count_parameters(const rs_summary *summary)
{
    size_t count = 0;
    for (size_t i = 0; i < RS_KEY_TOTAL; i++)
        count += summary->question.by.parameter[i];
    return count;
}

/* Leaves out columns until the table fits, unless width is 0. */
static size_t fit(rs_table *table, const rs_summary *summary, unsigned width)
{
    enum { SPARE_MAX = 8 };
    size_t order[FIELDS], count = 0;
    if (width == 0)
        return 0;
    for (int spare = SPARE_MAX; spare > 0; spare--)
        for (size_t i = 0, column = count_parameters(summary); i < FIELDS; i++) {
            if (!is_shown(summary, &fields[i]))
                continue;
            if (fields[i].spare == spare)
                order[count++] = column;
            column++;
        }
    return rs_table_fit(table, width, count, order);
}

rs_status rs_summary_print_table(rs_summary *summary, size_t limit, unsigned width, FILE *stream,
                                 rs_error *error)
{
    rs_table *table;
    size_t columns = count_parameters(summary);
    int digits[RS_PARAMETER_TOTAL] = {0};
    rs_summary_seen seen = {0};
    rs_status status = find_digits(summary, digits, error);
    for (size_t i = 0; i < FIELDS; i++)
        columns += is_shown(summary, &fields[i]);
    if (status != RS_OK || (status = rs_table_create(&table, columns, error)) != RS_OK)
        return status;
    add_heading(table, summary);
    for (size_t rank = 0; rank < summary->count && rank < limit; rank++) {
        rs_group_statistics statistics;
        if ((status = rs_summary_describe(summary, rank, &statistics, error)) != RS_OK)
            goto done;
        rs_summary_note(&seen, &statistics);
        add_parameters(table, summary, rank, digits);
        for (size_t i = 0; i < FIELDS; i++)
            if (is_shown(summary, &fields[i]))
                add_field(table, summary, &fields[i], &statistics);
    }
    size_t hidden = fit(table, summary, width);
    if ((status = rs_table_print(table, 0, stream, error)) != RS_OK)
        goto done;
    rs_summary_explain(summary, &seen, stream);
    if (hidden > 0)
        fprintf(stream,
                "%zu columns do not fit here: see `rnnsweep summary` with --csv or --json.\n",
                hidden);
done:
    rs_table_free(table);
    return status;
}

/* ---- CSV ------------------------------------------------------------------------------------- */

static void print_csv_heading(const rs_summary *summary, FILE *stream)
{
    const rs_key_set *by = &summary->question.by;
    const char *separator = "";
    for (size_t i = 0; i < RS_KEY_TOTAL; i++)
        if (by->parameter[i]) {
            fprintf(stream, "%s%s", separator, i == RS_KEY_SEED ? "seed" : rs_parameters[i].name);
            separator = ",";
        }
    for (size_t i = 0; i < FIELDS; i++) {
        if (!is_asked_for(summary, &fields[i]))
            continue;
        if (fields[i].kind == FIELD_INTERVAL)
            fprintf(stream, "%s%s_low,%s_high", separator, fields[i].name, fields[i].name);
        else
            fprintf(stream, "%s%s", separator, fields[i].name);
        separator = ",";
    }
    fputc('\n', stream);
}

static void print_csv_real(double value, FILE *stream)
{
    char text[RS_JSON_REAL_TEXT];
    if (!isfinite(value))
        return;
    rs_json_format_real(value, text);
    fputs(text, stream);
}

static void print_csv_field(const rs_summary *summary, const struct field *field,
                            const rs_group_statistics *statistics, FILE *stream)
{
    const void *place = place_of(field, statistics);
    const rs_interval *interval = place;
    char text[RS_LEVEL_TEXT];
    if (is_empty(summary, field, statistics)) {
        fputs(field->kind == FIELD_INTERVAL ? "," : "", stream);
        return;
    }
    switch (field->kind) {
    case FIELD_COUNT:
        fprintf(stream, "%zu", *(const size_t *)place);
        return;
    case FIELD_REAL:
        print_csv_real(*(const double *)place, stream);
        return;
    case FIELD_INTERVAL:
        print_csv_real(interval->low, stream);
        fputc(',', stream);
        print_csv_real(interval->high, stream);
        return;
    case FIELD_LEVEL:
        rs_levels_name(&summary->levels, *(const uint32_t *)place, text);
        fputs(text, stream);
        return;
    case FIELD_STANDING:
        fputs(standing_names[*(const rs_standing *)place], stream);
        return;
    }
}

static void print_csv_row(const rs_summary *summary, size_t rank,
                          const rs_group_statistics *statistics, FILE *stream)
{
    const rs_key_set *by = &summary->question.by;
    const char *separator = "";
    rs_run_config config;
    rs_summary_config(summary, rank, &config);
    for (size_t i = 0; i < RS_PARAMETER_TOTAL; i++) {
        char text[RS_PARAMETER_TEXT];
        if (!by->parameter[i])
            continue;
        double value = rs_parameter_get(&rs_parameters[i], &config);
        if (rs_parameters[i].kind == RS_KIND_REAL &&
            !rs_parameter_is_none(&rs_parameters[i], value))
            rs_json_format_real(value, text);
        else
            rs_parameter_format(&rs_parameters[i], value, text);
        fprintf(stream, "%s%s", separator, text);
        separator = ",";
    }
    if (by->parameter[RS_KEY_SEED]) {
        fprintf(stream, "%s%u", separator, config.seed);
        separator = ",";
    }
    for (size_t i = 0; i < FIELDS; i++)
        if (is_asked_for(summary, &fields[i])) {
            fputs(separator, stream);
            print_csv_field(summary, &fields[i], statistics, stream);
            separator = ",";
        }
    fputc('\n', stream);
}

rs_status rs_summary_print_csv(rs_summary *summary, size_t limit, FILE *stream, rs_error *error)
{
    print_csv_heading(summary, stream);
    for (size_t rank = 0; rank < summary->count && rank < limit; rank++) {
        rs_group_statistics statistics;
        rs_status status = rs_summary_describe(summary, rank, &statistics, error);
        if (status != RS_OK)
            return status;
        print_csv_row(summary, rank, &statistics, stream);
    }
    return RS_OK;
}

/* ---- JSON ------------------------------------------------------------------------------------ */

static json_t *parameters_json(const rs_summary *summary, size_t rank)
{
    const rs_key_set *by = &summary->question.by;
    json_t *values = json_object();
    rs_run_config config;
    int failed = 0;
    rs_summary_config(summary, rank, &config);
    for (size_t i = 0; i < RS_PARAMETER_TOTAL; i++)
        if (by->parameter[i])
            failed |= json_object_set_new(values, rs_parameters[i].name,
                                          rs_json_parameter(&rs_parameters[i], &config));
    if (by->parameter[RS_KEY_SEED])
        failed |= json_object_set_new(values, "seed", json_integer(config.seed));
    if (failed == 0)
        return values;
    json_decref(values);
    return NULL;
}

static json_t *field_json(const rs_summary *summary, const struct field *field,
                          const rs_group_statistics *statistics)
{
    const void *place = place_of(field, statistics);
    const rs_interval *interval = place;
    char text[RS_LEVEL_TEXT];
    if (is_empty(summary, field, statistics))
        return json_null();
    switch (field->kind) {
    case FIELD_COUNT:
        return json_integer((json_int_t) * (const size_t *)place);
    case FIELD_REAL:
        return rs_json_real(*(const double *)place);
    case FIELD_INTERVAL:
        return json_pack("[o, o]", rs_json_real(interval->low), rs_json_real(interval->high));
    case FIELD_LEVEL:
        rs_levels_name(&summary->levels, *(const uint32_t *)place, text);
        return *(const uint32_t *)place == RS_LEVEL_NONE ? json_null() : json_string(text);
    case FIELD_STANDING:
        break;
    }
    return json_string(standing_names[*(const rs_standing *)place]);
}

static json_t *group_json(const rs_summary *summary, size_t rank,
                          const rs_group_statistics *statistics)
{
    json_t *group = json_object();
    int failed = json_object_set_new(group, "parameters", parameters_json(summary, rank));
    for (size_t i = 0; i < FIELDS; i++)
        if (is_asked_for(summary, &fields[i]))
            failed |= json_object_set_new(group, fields[i].name,
                                          field_json(summary, &fields[i], statistics));
    if (failed == 0)
        return group;
    json_decref(group);
    return NULL;
}

rs_status rs_summary_print_json(rs_summary *summary, size_t limit, FILE *stream, rs_error *error)
{
    rs_json_list list;
    const size_t comparisons = summary->comparisons;
    json_t *head =
        json_pack("{s:s, s:s, s:f, s:o, s:I, s:s, s:s?, s:I}", "metric", summary->metric.name,
                  "goal", summary->metric.maximizes ? "maximize" : "minimize", "threshold",
                  summary->question.threshold, "loss_level",
                  rs_json_real(summary->question.loss_level), "comparisons",
                  (json_int_t)comparisons, "unit", summary->units.name, "held", summary->units.held,
                  "seeds_needed", (json_int_t)(comparisons > 0 ? rs_units_needed(comparisons) : 0));
    rs_status status = rs_json_list_begin(&list, head, "groups", stream, error);
    for (size_t rank = 0; status == RS_OK && rank < summary->count && rank < limit; rank++) {
        rs_group_statistics statistics;
        status = rs_summary_describe(summary, rank, &statistics, error);
        if (status == RS_OK)
            status = rs_json_list_add(&list, group_json(summary, rank, &statistics), error);
    }
    if (status == RS_OK)
        rs_json_list_end(&list);
    return status;
}

void rs_summary_print_left_out(const rs_results *results, FILE *stream)
{
    size_t damaged = 0, foreign = 0;
    for (size_t row = 0; row < rs_results_count(results); row++) {
        damaged += rs_results_is_damaged(results, row);
        foreign += rs_results_is_foreign(results, row) && !rs_results_is_damaged(results, row);
    }
    if (damaged > 0)
        fprintf(stream, "%zu row%s damaged and not counted; `rnnsweep verify` names %s.\n", damaged,
                damaged == 1 ? " is" : "s are", damaged == 1 ? "it" : "them");
    if (foreign > 0)
        fprintf(stream,
                "%zu runs have settings that this version does not know and are not counted: %s.\n",
                foreign, rs_results_foreign(results));
}
