#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "commands.h"
#include "console.h"
#include "foreign_names.h"
#include "importance_report.h"
#include "suggest.h"
#include "summary_report.h"
#include "tests_report.h"
#include "where.h"

struct summary_values {
    const char *by, *metric;
    rs_string_list where;
    double threshold, loss_level;
    unsigned top;
    bool json, csv, check, further, importance;
};

static rs_status refuse_name(const char *name, size_t length, rs_error *error)
{
    const char *names[RS_KEY_TOTAL];
    for (size_t i = 0; i < RS_PARAMETER_TOTAL; i++)
        names[i] = rs_parameters[i].name;
    names[RS_KEY_SEED] = "seed";
    const char *hint = rs_foreign_name_hint(name, length);
    if (hint != NULL)
        return rs_fail(error, RS_USAGE, "--by: '%.*s' is no parameter: %s", (int)length, name,
                       hint);
    const char *near = rs_suggest(name, length, names, RS_KEY_TOTAL);
    return rs_fail(error, RS_USAGE, "--by: '%.*s' is no parameter%s%s%s", (int)length, name,
                   near != NULL ? "; did you mean " : "", near != NULL ? near : "",
                   near != NULL ? "?" : "");
}

/* "states,momentum" */
static rs_status parse_by(const char *text, rs_key_set *by, rs_error *error)
{
    rs_key_set parsed = {0};
    for (const char *name = text; name != NULL;) {
        size_t length = strcspn(name, ",");
        const rs_parameter *parameter = rs_parameter_find(name, length);
        if (parameter != NULL)
            parsed.parameter[parameter - rs_parameters] = true;
        else if (length == strlen("seed") && memcmp(name, "seed", length) == 0)
            parsed.parameter[RS_KEY_SEED] = true;
        else
            return refuse_name(name, length, error);
        name = name[length] == ',' ? name + length + 1 : NULL;
    }
    *by = parsed;
    return RS_OK;
}

static rs_status print_table(rs_summary *summary, size_t limit, rs_error *error)
{
    const int8_t *outcome = rs_results_read_columns(summary->results).status;
    size_t of[RS_RUN_STOPPED + 1] = {0};
    rs_status status =
        rs_summary_print_table(summary, limit, rs_console_room(stdout), stdout, error);
    if (status != RS_OK)
        return status;
    for (size_t i = 0; i < summary->grouping.row_count; i++)
        of[outcome[summary->grouping.rows[i]]]++;
    if (limit < summary->count)
        printf("The best %zu of %zu.\n", limit, summary->count);
    if (of[RS_RUN_PENDING] > 0)
        printf("%zu run%s not finished and not counted.\n", of[RS_RUN_PENDING],
               of[RS_RUN_PENDING] == 1 ? " is" : "s are");
    if (of[RS_RUN_FAILED] > 0)
        printf("%zu run%s not counted: the gradient check failed.\n", of[RS_RUN_FAILED],
               of[RS_RUN_FAILED] == 1 ? " is" : "s are");
    rs_summary_print_left_out(summary->results, stdout);
    return RS_OK;
}

static rs_status print(rs_summary *summary, const struct summary_values *values, rs_error *error)
{
    size_t limit = values->top > 0 ? values->top : SIZE_MAX;
    if (summary->count == 0)
        return rs_fail(error, RS_USAGE, "--where: no run of the file is like that");
    if (values->json || values->csv)
        rs_summary_print_left_out(summary->results, stderr);
    if (values->further)
        return rs_tests_report(summary, limit,
                               values->json  ? RS_TESTS_JSON
                               : values->csv ? RS_TESTS_CSV
                                             : RS_TESTS_TABLE,
                               stdout, error);
    if (values->json)
        return rs_summary_print_json(summary, limit, stdout, error);
    if (values->csv)
        return rs_summary_print_csv(summary, limit, stdout, error);
    return print_table(summary, limit, error);
}

/* In place of the groups. */
static rs_status print_importance(const rs_summary *summary, const struct summary_values *values,
                                  rs_error *error)
{
    rs_importance importance = {0};
    rs_status status = rs_importance_measure(&importance, summary, error);
    if (status != RS_OK)
        return status;
    rs_summary_print_left_out(summary->results, values->json || values->csv ? stderr : stdout);
    if (values->json)
        status = rs_importance_print_json(&importance, summary, stdout, error);
    else if (values->csv)
        rs_importance_print_csv(&importance, stdout);
    else
        status = rs_importance_print_table(&importance, summary, stdout, error);
    rs_importance_free(&importance);
    return status;
}

/* Checksums are verified for what is summarised: always for the columns of one number a run, if the
 * file has checksums of these; for curves when they are read; for whole rows with --check. */
static rs_status check_rows(rs_results *results, const struct summary_values *values,
                            rs_error *error)
{
    bool checked = true;
    if (values->check || values->further || !isnan(values->loss_level))
        return rs_check_rows(results, error);
    rs_status status = rs_check_heads(results, &checked, error);
    if (status == RS_OK && !checked)
        fprintf(stderr, "rnnsweep: a file of layout 1: its rows were not checked; --check does\n");
    return status;
}

static rs_status summarize_file(const char *path, const struct summary_values *values,
                                rs_error *error)
{
    rs_summary_question question = {
        .metric = values->metric, .threshold = values->threshold, .loss_level = values->loss_level};
    rs_results *results = NULL;
    rs_filter *where = NULL;
    rs_summary summary = {0};
    rs_status status = RS_OK;
    if ((values->by != NULL && (status = parse_by(values->by, &question.by, error)) != RS_OK) ||
        (status = rs_results_open(&results, path, error)) != RS_OK || /* it knows its data files */
        (status = rs_where_read(&where, "--where", values->where.count, values->where.text,
                                error)) != RS_OK ||
        (status = check_rows(results, values, error)) != RS_OK ||
        (status = rs_where_settle(where, "--where", results, error)) != RS_OK)
        goto done;
    question.where = where;
    if (values->by == NULL)
        question.by = rs_key_set_varying(results, where);
    if ((status = rs_summary_make(&summary, results, &question, error)) == RS_OK)
        status = values->importance ? print_importance(&summary, values, error)
                                    : print(&summary, values, error);
done:
    rs_summary_free(&summary);
    rs_results_close(results);
    rs_filter_free(where);
    return status;
}

static rs_status run(const rs_invocation *call, rs_error *error)
{
    const struct summary_values *values = call->values;
    if (values->json && values->csv)
        return rs_fail(error, RS_USAGE, "--json and --csv exclude each other");
    if (values->importance && values->further)
        return rs_fail(error, RS_USAGE, "--importance and --further exclude each other");
    if (values->importance && values->by != NULL)
        return rs_fail(error, RS_USAGE,
                       "--importance and --by exclude each other: all that vary "
                       "count");
    return summarize_file(call->arguments.positional[0], values, error);
}

#define FIELD(name) offsetof(struct summary_values, name)

static const struct summary_values defaults = {.threshold = 1, .loss_level = NAN};

static const rs_option options[] = {
    {.name = "by",
     .kind = RS_OPTION_TEXT,
     .offset = FIELD(by),
     .argument = "NAME,...",
     .fallback = "all that vary",
     .meaning = "parameters to group by; `seed` is one too"},
    {.name = "metric",
     .kind = RS_OPTION_TEXT,
     .offset = FIELD(metric),
     .argument = "NAME",
     .fallback = "the sweep's metric",
     .meaning = "rank by this result: test_accuracy, test_bit_accuracy, final_loss, test_loss, "
                "initial_loss"},
    {.name = "where",
     .kind = RS_OPTION_TEXTS,
     .offset = FIELD(where),
     .argument = "NAME=VALUE",
     .fallback = "all runs",
     .meaning = "look only at these runs; VALUE as in an override: 3, 2,3, {min: 2, max: 4}"},
    {.name = "threshold",
     .kind = RS_OPTION_REAL,
     .offset = FIELD(threshold),
     .argument = "SHARE",
     .min = 0,
     .max = 1,
     .fallback = "1, all right",
     .meaning = "test_accuracy from which a run counts as solved"},
    {.name = "loss-level",
     .kind = RS_OPTION_REAL,
     .offset = FIELD(loss_level),
     .argument = "LOSS",
     .min = 0,
     .max = 1e300,
     .meaning = "add the updates it takes until a loss is at or below LOSS"},
    {.name = "top",
     .kind = RS_OPTION_COUNT,
     .offset = FIELD(top),
     .argument = "N",
     .min = 1,
     .max = INT32_MAX,
     .fallback = "all",
     .meaning = "print only the best N groups"},
    {.name = "importance",
     .kind = RS_OPTION_FLAG,
     .offset = FIELD(importance),
     .meaning = "print how much each parameter matters, in place of the groups"},
    {.name = "further",
     .kind = RS_OPTION_FLAG,
     .offset = FIELD(further),
     .meaning = "print the accuracy of tests at other lengths and on further sets"},
    {.name = "check",
     .kind = RS_OPTION_FLAG,
     .offset = FIELD(check),
     .meaning = "read every run in full and leave out those whose checksum is wrong"},
    {.name = "json",
     .kind = RS_OPTION_FLAG,
     .offset = FIELD(json),
     .meaning = "print JSON instead of a table"},
    {.name = "csv",
     .kind = RS_OPTION_FLAG,
     .offset = FIELD(csv),
     .meaning = "print CSV instead of a table"},
};

const rs_command rs_command_summary = {
    .name = "summary",
    .synopsis = "FILE",
    .meaning = "show statistics over seeds, best configurations first",
    .description =
        "Groups the runs of a results file by configuration and prints, best first, for each the\n"
        "score that orders them, the share of solved runs with its 95 % interval, and mean,\n"
        "median and interquartile mean (IQM, of the middle half) of test accuracy and final loss\n"
        "over the runs that did not diverge, the IQM with its 95 % bootstrap interval. A\n"
        "diverged run counts as not solved. Works on files that are being written.\n"
        "\n"
        "What counts is the seed: where a group has several runs of a seed, they are averaged\n"
        "first, as one would average several cells of one animal. Wilson's interval of the\n"
        "solved runs is that of as many independent runs as tell as much.\n"
        "\n"
        "The score is that of the sweep's metric, or of --metric: mean accuracy with diverged\n"
        "runs as 0, or median loss with diverged runs as infinite. A group is `tied` with the\n"
        "best one unless it is shown to be worse: by an exact paired permutation test over the\n"
        "seeds they share, one-sided, with p times the number of comparisons at most 5 %. The\n"
        "truly best is then among the best and the tied with 95 % confidence. `?` has no such\n"
        "seeds, or too few for any difference to show.\n"
        "\n"
        "Where runs were stopped at a rung (early_terminate), `until` says how far all runs of a\n"
        "group came. Groups at the end come first; a stopped one has the score of its rung, and\n"
        "is compared with the best as both were there.\n"
        "\n"
        "--loss-level adds how many runs reached a loss, the share that did not (censored), the\n"
        "median of the updates it took, with those as infinite, and the expected updates when\n"
        "one starts anew until a run gets there. Without it, and where runs have stop_loss or\n"
        "stop_accuracy, the same is shown of the checks at which these held.\n"
        "\n"
        "--further has a line for each setting and further test (test_lengths, and named sets of\n"
        "a data file): how many runs get it all right, and the accuracy over seeds.\n"
        "\n"
        "--importance splits the variance of the metric between configurations into shares of\n"
        "the parameters and of their pairs, exactly, with 95 % intervals over seeds. It needs a\n"
        "full grid.\n"
        "\n"
        "Runs whose numbers do not have their checksum are left out, which is said. Files of\n"
        "layout 1 have no checksum of these numbers alone: there --check, or --loss-level,\n"
        "checks them.\n",
    .examples = "  rnnsweep summary results/momentum-study.h5\n"
                "  rnnsweep summary results/momentum-study.h5 --by states,momentum\n"
                "  rnnsweep summary results/momentum-study.h5 --where states=2,3 --top 10\n"
                "  rnnsweep summary results/momentum-study.h5 --metric final_loss\n"
                "  rnnsweep summary results/momentum-study.h5 --loss-level 0.01\n"
                "  rnnsweep summary results/momentum-study.h5 --further --by states\n"
                "  rnnsweep summary results/momentum-study.h5 --importance\n"
                "  rnnsweep summary results/momentum-study.h5 --threshold 0.99 --json\n",
    .options = options,
    .option_count = sizeof options / sizeof options[0],
    .positional_min = 1,
    .positional_max = 1,
    .values_size = sizeof(struct summary_values),
    .defaults = &defaults,
    .run = run,
};
