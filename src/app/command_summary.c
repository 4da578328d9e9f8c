#include <stdlib.h>
#include <string.h>

#include "commands.h"
#include "json_print.h"
#include "suggest.h"
#include "summary.h"

struct summary_values {
    const char *by;
    double threshold;
    bool json;
};

static rs_status refuse_name(const char *name, size_t length, rs_error *error)
{
    const char *names[RS_BY_TOTAL];
    for (size_t i = 0; i < RS_PARAMETER_TOTAL; i++)
        names[i] = rs_parameters[i].name;
    names[RS_BY_SEED] = "seed";
    const char *near = rs_suggest(name, length, names, RS_BY_TOTAL);
    return rs_fail(error, RS_USAGE, "--by: '%.*s' is no parameter%s%s%s", (int)length, name,
                   near != NULL ? "; did you mean " : "", near != NULL ? near : "",
                   near != NULL ? "?" : "");
}

/* "states,momentum" */
static rs_status parse_by(const char *text, rs_by *by, rs_error *error)
{
    rs_by parsed = {0};
    for (const char *name = text; name != NULL;) {
        size_t length = strcspn(name, ",");
        const rs_parameter *parameter = rs_parameter_find(name, length);
        if (parameter != NULL)
            parsed.parameter[parameter - rs_parameters] = true;
        else if (length == strlen("seed") && memcmp(name, "seed", length) == 0)
            parsed.parameter[RS_BY_SEED] = true;
        else
            return refuse_name(name, length, error);
        name = name[length] == ',' ? name + length + 1 : NULL;
    }
    *by = parsed;
    return RS_OK;
}

static rs_status print_json(const rs_summary *summary, rs_error *error)
{
    return rs_json_print(rs_summary_json(summary), "the summary", stdout, error);
}

static rs_status print_table(const rs_summary *summary, rs_error *error)
{
    size_t pending = 0, failed = 0;
    rs_status status = rs_summary_print(summary, SIZE_MAX, stdout, error);
    for (size_t i = 0; i < summary->count; i++) {
        pending += summary->groups[i].pending;
        failed += summary->groups[i].failed;
    }
    if (pending > 0)
        printf("%zu runs are not finished and not counted.\n", pending);
    if (failed > 0)
        printf("%zu runs failed their gradient check and are not counted.\n", failed);
    return status;
}

static rs_status summarize_file(const char *path, const struct summary_values *values,
                                rs_error *error)
{
    rs_summary_question question = {.threshold = values->threshold};
    rs_results *results = NULL;
    rs_summary summary;
    rs_status status = RS_OK;
    if (values->by != NULL && (status = parse_by(values->by, &question.by, error)) != RS_OK)
        return status;
    if ((status = rs_results_open(&results, path, error)) != RS_OK)
        return status;
    if (values->by == NULL)
        question.by = rs_summary_varying(results);
    if ((status = rs_summary_make(&summary, results, &question, error)) == RS_OK) {
        status = values->json ? print_json(&summary, error) : print_table(&summary, error);
        rs_summary_free(&summary);
    }
    rs_results_close(results);
    return status;
}

static rs_status run(const rs_command *command, int argc, char **argv, rs_error *error)
{
    struct summary_values values = {.threshold = 1};
    rs_arguments arguments = {0};
    rs_status status = rs_options_parse(command, argc, argv, &values, &arguments, error);
    if (status == RS_OK && arguments.help)
        rs_options_help(command, stdout);
    else if (status == RS_OK)
        status = summarize_file(arguments.positional[0], &values, error);
    free(arguments.positional);
    return status;
}

#define FIELD(name) offsetof(struct summary_values, name)

static const rs_option options[] = {
    {.name = "by",
     .kind = RS_OPTION_TEXT,
     .offset = FIELD(by),
     .argument = "NAME,...",
     .fallback = "all that vary",
     .meaning = "parameters to group by; `seed` is one too"},
    {.name = "threshold",
     .kind = RS_OPTION_REAL,
     .offset = FIELD(threshold),
     .argument = "SHARE",
     .min = 0,
     .max = 1,
     .fallback = "1, all sums right",
     .meaning = "test_accuracy from which a run counts as solved"},
    {.name = "json",
     .kind = RS_OPTION_FLAG,
     .offset = FIELD(json),
     .meaning = "print JSON instead of a table"},
};

const rs_command rs_command_summary = {
    .name = "summary",
    .synopsis = "FILE",
    .meaning = "statistics over seeds of a results file, best configurations first",
    .description =
        "Groups the runs of a results file by configuration and prints, for each, the share of\n"
        "solved runs with its 95 % Wilson interval, and mean and median of test accuracy and\n"
        "final loss over the runs that did not diverge. A diverged run counts as not solved.\n"
        "The order is that of the sweep's metric: mean accuracy with diverged runs as 0, or\n"
        "median loss with diverged runs as infinite. Works on files that are being written.\n",
    .examples = "  rnnsweep summary results/momentum-study.h5\n"
                "  rnnsweep summary results/momentum-study.h5 --by states,momentum\n"
                "  rnnsweep summary results/momentum-study.h5 --threshold 0.99 --json\n",
    .options = options,
    .option_count = sizeof options / sizeof options[0],
    .positional_min = 1,
    .positional_max = 1,
    .run = run,
};
