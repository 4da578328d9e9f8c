#include <stdlib.h>

#include "commands.h"
#include "coverage.h"

static rs_status add_file(rs_coverage *coverage, const char *path, rs_error *error)
{
    rs_results *results = NULL;
    rs_status status = rs_results_open(&results, path, error);
    if (status == RS_OK)
        status = rs_coverage_add(coverage, results, path, error);
    rs_results_close(results);
    return status;
}

static rs_status list_missing(const rs_arguments *arguments, rs_error *error)
{
    rs_coverage coverage = {0};
    rs_status status = RS_OK;
    for (size_t i = 0; status == RS_OK && i < arguments->count; i++)
        status = add_file(&coverage, arguments->positional[i], error);
    if (status == RS_OK) {
        rs_coverage_count count = rs_coverage_counts(&coverage);
        if (count.of[RS_RUN_PENDING] > 0) {
            rs_coverage_print_missing(&coverage, SIZE_MAX, stdout);
            putchar('\n');
            status = rs_fail(error, RS_STOPPED, "%zu of %zu runs are missing",
                             count.of[RS_RUN_PENDING], count.total);
        }
    }
    rs_coverage_free(&coverage);
    return status;
}

static rs_status run(const rs_command *command, int argc, char **argv, rs_error *error)
{
    rs_arguments arguments = {0};
    rs_status status = rs_options_parse(command, argc, argv, NULL, &arguments, error);
    if (status == RS_OK && arguments.help)
        rs_options_help(command, stdout);
    else if (status == RS_OK)
        status = list_missing(&arguments, error);
    free(arguments.positional);
    return status;
}

const rs_command rs_command_missing = {
    .name = "missing",
    .synopsis = "FILE...",
    .meaning = "the runs that no file holds finished",
    .description =
        "Reads results files of one sweep, shards of it for example, and prints the numbers of "
        "the\n"
        "runs that none of them holds finished, as ranges: what a resubmission must do. Prints\n"
        "nothing and exits with 0 when all runs are there, else exits with 75.\n",
    .examples = "  rnnsweep missing results/momentum-study.*-of-16.h5\n",
    .positional_min = 1,
    .positional_max = SIZE_MAX,
    .run = run,
};
