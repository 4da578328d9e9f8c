#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "commands.h"
#include "coverage.h"
#include "progress.h"
#include "table.h"

struct status_values {
    unsigned watch;
};

/* Time left for the pending rows of a file: as many at once as the writing process had threads,
 * each as long as the mean of those finished. 0 when nothing is pending, negative when unknown. */
static double seconds_left(const rs_results *results)
{
    const rs_results_columns columns = rs_results_read_columns(results);
    const char *text = rs_results_attribute(results, "rnnsweep_threads");
    unsigned long threads = 1;
    double seconds = 0;
    size_t finished = 0, count = rs_results_count(results);
    if (text == NULL || !rs_parse_count(text, 1, 1000000, &threads))
        threads = 1;
    for (size_t row = 0; row < count; row++)
        if (columns.status[row] != RS_RUN_PENDING) {
            finished++;
            seconds += columns.wall_time[row];
        }
    if (finished == count)
        return 0;
    return finished > 0 ? seconds / (double)finished * (double)(count - finished) / (double)threads
                        : -1;
}

static void add_duration(rs_table *table, double seconds)
{
    char text[RS_DURATION_TEXT];
    if (seconds < 0) {
        rs_table_cell(table, "?");
        return;
    }
    rs_format_duration(seconds, text);
    rs_table_cell(table, "%s", text);
}

static void add_row(rs_table *table, const char *path, const rs_results *results)
{
    const rs_results_columns columns = rs_results_read_columns(results);
    size_t of[RS_RUN_FAILED + 1] = {0}, count = rs_results_count(results);
    struct stat file;
    double left = seconds_left(results);
    for (size_t row = 0; row < count; row++)
        of[columns.status[row]]++;
    rs_table_cell(table, "%zu", count);
    rs_table_cell(table, "%zu", of[RS_RUN_DONE]);
    rs_table_cell(table, "%zu", of[RS_RUN_DIVERGED]);
    rs_table_cell(table, "%zu", of[RS_RUN_FAILED]);
    rs_table_cell(table, "%zu", of[RS_RUN_PENDING]);
    if (stat(path, &file) == 0)
        add_duration(table, difftime(time(NULL), file.st_mtime));
    else
        rs_table_cell(table, "?");
    if (left > 0 || left < 0)
        add_duration(table, left);
    else
        rs_table_cell(table, "-");
    rs_table_cell(table, "%s", path);
}

static rs_status add_files(const rs_arguments *arguments, rs_table *table, rs_coverage *coverage,
                           rs_error *error)
{
    static const char *const heading[] = {"runs",    "done",        "diverged",  "failed",
                                          "pending", "last change", "time left", "file"};
    rs_status status = RS_OK;
    for (size_t i = 0; i < sizeof heading / sizeof heading[0]; i++)
        rs_table_cell(table, "%s", heading[i]);
    for (size_t i = 0; status == RS_OK && i < arguments->count; i++) {
        const char *path = arguments->positional[i];
        rs_results *results = NULL;
        status = rs_results_open(&results, path, error);
        if (status == RS_OK) {
            add_row(table, path, results);
            status = rs_coverage_add(coverage, results, path, error);
        }
        rs_results_close(results);
    }
    return status;
}

/* *complete: every run of the sweep is finished in one of the files. */
static rs_status print_status(const rs_arguments *arguments, bool *complete, rs_error *error)
{
    enum { COLUMNS = 8 };
    rs_table *table = NULL;
    rs_coverage coverage = {0};
    rs_status status = rs_table_create(&table, COLUMNS, error);
    if (status == RS_OK && (status = add_files(arguments, table, &coverage, error)) == RS_OK &&
        (status = rs_table_print(table, 0, stdout, error)) == RS_OK) {
        const rs_coverage_count count = rs_coverage_counts(&coverage);
        const size_t missing = count.of[RS_RUN_PENDING];
        *complete = missing == 0;
        printf("sweep %s: %zu of %zu runs finished (%zu done, %zu diverged, %zu failed), %zu "
               "missing\n",
               rs_plan_name(coverage.plan), count.total - missing, count.total,
               count.of[RS_RUN_DONE], count.of[RS_RUN_DIVERGED], count.of[RS_RUN_FAILED], missing);
    }
    rs_coverage_free(&coverage);
    rs_table_free(table);
    return status;
}

static rs_status watch(const rs_arguments *arguments, unsigned seconds, rs_error *error)
{
    bool complete = false;
    for (;;) {
        rs_status status = print_status(arguments, &complete, error);
        if (status != RS_OK || complete || seconds == 0)
            return status;
        putchar('\n');
        fflush(stdout);
        sleep(seconds);
    }
}

static rs_status run(const rs_command *command, int argc, char **argv, rs_error *error)
{
    struct status_values values = {0};
    rs_arguments arguments = {0};
    rs_status status = rs_options_parse(command, argc, argv, &values, &arguments, error);
    if (status == RS_OK && arguments.help)
        rs_options_help(command, stdout);
    else if (status == RS_OK)
        status = watch(&arguments, values.watch, error);
    free(arguments.positional);
    return status;
}

static const rs_option options[] = {
    {.name = "watch",
     .letter = 'w',
     .kind = RS_OPTION_COUNT,
     .offset = offsetof(struct status_values, watch),
     .argument = "SECONDS",
     .min = 1,
     .max = 86400,
     .meaning = "print again every so many seconds until all is finished"},
};

const rs_command rs_command_status = {
    .name = "status",
    .synopsis = "FILE...",
    .meaning = "how far results files are, also while they are written",
    .description =
        "Counts the runs of results files of one sweep by how they ended, and of the whole sweep\n"
        "what is missing in all of them together. The time left assumes that the process that\n"
        "made a file goes on with it, and that the runs left take as long as those finished.\n",
    .examples = "  rnnsweep status results/momentum-study.h5\n"
                "  rnnsweep status results/momentum-study.*-of-16.h5 --watch 10\n",
    .options = options,
    .option_count = sizeof options / sizeof options[0],
    .positional_min = 1,
    .positional_max = SIZE_MAX,
    .run = run,
};
