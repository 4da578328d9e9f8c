#include "tests_report.h"

#include <math.h>
#include <stdlib.h>

#include "json_print.h"
#include "memory.h"
#include "table.h"

/* The numbers of a line, in the order of the columns. */
enum { NUMBERS = 7 };
static const char *const names[NUMBERS] = {"solved_share",
                                           "solved_share_95_low",
                                           "solved_share_95_high",
                                           "test_accuracy_mean",
                                           "test_accuracy_iqm",
                                           "test_accuracy_iqm_95_low",
                                           "test_accuracy_iqm_95_high"};

static void take_numbers(const rs_group_statistics *statistics, double numbers[NUMBERS])
{
    numbers[0] = statistics->solved_share;
    numbers[1] = statistics->solved_interval.low;
    numbers[2] = statistics->solved_interval.high;
    numbers[3] = statistics->accuracy.mean;
    numbers[4] = statistics->accuracy.interquartile_mean;
    numbers[5] = statistics->accuracy.interquartile_interval.low;
    numbers[6] = statistics->accuracy.interquartile_interval.high;
}

/* What a line is about. */
typedef struct line {
    rs_run_config config;
    bool is_length;
    char label[RS_TEST_LABEL];
    rs_group_statistics statistics;
    double numbers[NUMBERS];
} line;

typedef struct report {
    rs_summary *summary;
    rs_tests_form form;
    FILE *stream;
    rs_table *table;
    rs_json_list list;
} report;

static size_t count_parameters(const rs_key_set *by)
{
    size_t count = 0;
    for (size_t i = 0; i < RS_KEY_TOTAL; i++)
        count += by->parameter[i];
    return count;
}

static const char *key_name(size_t key)
{
    return key == RS_KEY_SEED ? "seed" : rs_parameters[key].name;
}

static void key_value(const line *of, size_t key, char text[RS_PARAMETER_TEXT])
{
    if (key == RS_KEY_SEED)
        snprintf(text, RS_PARAMETER_TEXT, "%u", of->config.seed);
    else
        rs_parameter_format(&rs_parameters[key], rs_parameter_get(&rs_parameters[key], &of->config),
                            text);
}

/* ---- Forms ----------------------------------------------------------------------------------- */

static rs_status begin(report *to, rs_error *error)
{
    static const char *const headings[] = {"test",     "runs",          "seeds",
                                           "solved",   "95 % interval", "mean acc.",
                                           "IQM acc.", "95 % interval"};
    const rs_key_set *by = &to->summary->question.by;
    const size_t shown = sizeof headings / sizeof headings[0];
    if (to->form == RS_TESTS_JSON)
        return rs_json_list_begin(
            &to->list,
            json_pack("{s:f, s:s, s:s?}", "threshold", to->summary->question.threshold, "unit",
                      to->summary->units.name, "held", to->summary->units.held),
            "tests", to->stream, error);
    if (to->form == RS_TESTS_CSV) {
        for (size_t i = 0; i < RS_KEY_TOTAL; i++)
            if (by->parameter[i])
                fprintf(to->stream, "%s,", key_name(i));
        fputs("test_length,test_set,runs,seeds", to->stream);
        for (int i = 0; i < NUMBERS; i++)
            fprintf(to->stream, ",%s", names[i]);
        fputc('\n', to->stream);
        return RS_OK;
    }
    rs_status status = rs_table_create(&to->table, count_parameters(by) + shown, error);
    for (size_t i = 0; status == RS_OK && i < RS_KEY_TOTAL; i++)
        if (by->parameter[i])
            rs_table_cell(to->table, "%s", key_name(i));
    for (size_t i = 0; status == RS_OK && i < shown; i++)
        rs_table_cell(to->table, "%s", headings[i]);
    return status;
}

static void put_share(rs_table *table, double share)
{
    if (isnan(share))
        rs_table_cell(table, "-");
    else
        rs_table_cell(table, "%.1f %%", 100 * share);
}

static void put_interval(rs_table *table, double low, double high)
{
    if (isnan(low))
        rs_table_cell(table, "-");
    else
        rs_table_cell(table, "%.1f..%.1f %%", 100 * low, 100 * high);
}

static void put_in_table(const report *to, const line *of)
{
    char text[RS_PARAMETER_TEXT];
    for (size_t i = 0; i < RS_KEY_TOTAL; i++)
        if (to->summary->question.by.parameter[i]) {
            key_value(of, i, text);
            rs_table_cell(to->table, "%s", text);
        }
    rs_table_cell(to->table, "%s%s", of->label, of->is_length ? " steps" : "");
    rs_table_cell(to->table, "%zu", of->statistics.runs);
    rs_table_cell(to->table, "%zu", of->statistics.units);
    put_share(to->table, of->numbers[0]);
    put_interval(to->table, of->numbers[1], of->numbers[2]);
    put_share(to->table, of->numbers[3]);
    put_share(to->table, of->numbers[4]);
    put_interval(to->table, of->numbers[5], of->numbers[6]);
}

static void put_in_csv(const report *to, const line *of)
{
    char text[RS_PARAMETER_TEXT], number[RS_JSON_REAL_TEXT];
    for (size_t i = 0; i < RS_KEY_TOTAL; i++)
        if (to->summary->question.by.parameter[i]) {
            key_value(of, i, text);
            fprintf(to->stream, "%s,", text);
        }
    fprintf(to->stream, "%s,%s,%zu,%zu", of->is_length ? of->label : "",
            of->is_length ? "" : of->label, of->statistics.runs, of->statistics.units);
    for (int i = 0; i < NUMBERS; i++) {
        rs_json_format_real(of->numbers[i], number);
        fprintf(to->stream, ",%s", isnan(of->numbers[i]) ? "" : number);
    }
    fputc('\n', to->stream);
}

static rs_status put_in_json(report *to, const line *of, rs_error *error)
{
    json_t *object = json_object();
    for (size_t i = 0; i < RS_PARAMETER_TOTAL; i++)
        if (to->summary->question.by.parameter[i])
            json_object_set_new(object, rs_parameters[i].name,
                                rs_json_parameter(&rs_parameters[i], &of->config));
    if (to->summary->question.by.parameter[RS_KEY_SEED])
        json_object_set_new(object, "seed", json_integer(of->config.seed));
    if (of->is_length)
        json_object_set_new(object, "test_length", json_integer(strtoll(of->label, NULL, 10)));
    else
        json_object_set_new(object, "test_set", json_string(of->label));
    json_object_set_new(object, "runs", json_integer((json_int_t)of->statistics.runs));
    json_object_set_new(object, "seeds", json_integer((json_int_t)of->statistics.units));
    for (int i = 0; i < NUMBERS; i++)
        json_object_set_new(object, names[i], rs_json_real(of->numbers[i]));
    return rs_json_list_add(&to->list, object, error);
}

static rs_status put(report *to, const line *of, rs_error *error)
{
    if (to->form == RS_TESTS_JSON)
        return put_in_json(to, of, error);
    if (to->form == RS_TESTS_CSV)
        put_in_csv(to, of);
    else
        put_in_table(to, of);
    return RS_OK;
}

static rs_status end(report *to, rs_error *error)
{
    if (to->form == RS_TESTS_JSON)
        rs_json_list_end(&to->list);
    if (to->form != RS_TESTS_TABLE)
        return RS_OK;
    rs_status status = rs_table_print(to->table, 0, to->stream, error);
    size_t stopped = 0;
    for (size_t rank = 0; rank < to->summary->finished; rank++)
        stopped += !rs_summary_is_whole(to->summary, rank);
    if (status == RS_OK && stopped > 0)
        fprintf(to->stream, "%zu of %zu settings were stopped at a rung, and are left out.\n",
                stopped, to->summary->finished);
    if (status == RS_OK)
        fprintf(to->stream,
                "Shares of right sequences in each further test, over %ss; solved: at or above "
                "%g.\nRuns that diverged are not solved, and in no mean.\n",
                to->summary->units.name, to->summary->question.threshold);
    return status;
}

/* ---- The whole ------------------------------------------------------------------------------- */

static rs_status put_group(report *to, size_t rank, size_t test, rs_error *error)
{
    line of = {.is_length = rs_results_test_is_length(to->summary->results, test)};
    rs_results_test_label(to->summary->results, test, of.label);
    rs_summary_config(to->summary, rank, &of.config);
    rs_status status = rs_summary_describe(to->summary, rank, &of.statistics, error);
    if (status != RS_OK || of.statistics.units == 0 || /* the task has no such test */
        !rs_summary_is_whole(to->summary, rank))
        return status;
    take_numbers(&of.statistics, of.numbers);
    return put(to, &of, error);
}

rs_status rs_tests_report(rs_summary *summary, size_t limit, rs_tests_form form, FILE *stream,
                          rs_error *error)
{
    const rs_results *results = summary->results;
    const size_t tests = rs_results_test_count(results), rows = rs_results_count(results);
    const bool timed = summary->timed;
    report to = {.summary = summary, .form = form, .stream = stream};
    double *accuracies = NULL;
    if (tests == 0)
        return rs_fail(error, RS_USAGE,
                       "--further: the file has no further tests: give the sweep test_lengths, or "
                       "its data file more sets, and run it again");
    rs_status status = rs_allocate((void **)&accuracies, rows * tests, sizeof *accuracies, error);
    for (size_t i = 0; status == RS_OK && i < tests; i++)
        status = rs_results_test_accuracy(results, i, accuracies + i * rows, error);
    if (status == RS_OK)
        status = begin(&to, error);
    summary->timed = false;
    for (size_t rank = 0; status == RS_OK && rank < summary->count && rank < limit; rank++)
        for (size_t i = 0; status == RS_OK && i < tests; i++) {
            summary->accuracy = accuracies + i * rows;
            status = put_group(&to, rank, i, error);
        }
    summary->accuracy = NULL;
    summary->timed = timed;
    if (status == RS_OK)
        status = end(&to, error);
    rs_table_free(to.table);
    free(accuracies);
    return status;
}
