#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "commands.h"
#include "console.h"
#include "cost.h"
#include "duration.h"
#include "json_print.h"
#include "memory.h"
#include "parts.h"
#include "shard.h"
#include "table.h"

struct status_values {
    unsigned watch;
    bool json;
};

/* The progress of one file. Costs are predicted (cost.h). */
struct part_progress {
    size_t runs, of[RS_RUN_STOPPED + 1];
    double cost_finished, cost_left;
    double seconds; /* of one core that the finished runs took */
    bool exists;    /* the file exists */
    double age;     /* seconds since the last write, never negative */
    unsigned threads;
};

/* The state of all files at one time. */
struct overview {
    const rs_parts *parts;
    struct part_progress *progress; /* [parts->count] */
    rs_coverage coverage;
};

static unsigned thread_count(const rs_results *results)
{
    const char *text = rs_results_attribute(results, "rnnsweep_threads");
    unsigned long threads;
    return text != NULL && rs_parse_count(text, 1, 1000000, &threads) ? (unsigned)threads : 1;
}

/* The cost of runs one after the other: many differ in nothing but their seed. */
struct costs {
    rs_run_config of;
    double cost;
};

static double cost_of(struct costs *last, const rs_run_config *config)
{
    rs_run_config any_seed = *config;
    any_seed.seed = 0;
    if (last->cost == 0 || memcmp(&any_seed, &last->of, sizeof any_seed) != 0)
        *last = (struct costs){any_seed, rs_cost_predict(config)};
    return last->cost;
}

static void add_run(struct part_progress *part, struct costs *last, const rs_run_config *config,
                    rs_run_outcome outcome)
{
    const double cost = cost_of(last, config);
    part->runs++;
    part->of[outcome]++;
    if (outcome == RS_RUN_PENDING)
        part->cost_left += cost;
    else
        part->cost_finished += cost;
}

static void measure(struct part_progress *part, const rs_results *results, const char *path)
{
    const rs_results_columns columns = rs_results_read_columns(results);
    struct stat file;
    struct costs last = {.cost = 0};
    part->exists = true;
    part->threads = thread_count(results);
    /* The file may be of another node, whose clock is ahead of this one's. */
    part->age = stat(path, &file) == 0 ? fmax(difftime(time(NULL), file.st_mtime), 0) : 0;
    for (size_t row = 0; row < rs_results_count(results); row++) {
        rs_run_config config;
        rs_results_config(results, row, &config);
        add_run(part, &last, &config, (rs_run_outcome)columns.status[row]);
        if (columns.status[row] != RS_RUN_PENDING && !isnan(columns.wall_time[row]))
            part->seconds += columns.wall_time[row];
    }
}

/* The runs and the work of a folder's shards that have no file yet. */
static rs_status measure_absent(struct overview *overview, rs_error *error)
{
    const rs_frozen_sweep *frozen = &overview->parts->frozen;
    uint16_t *owners = NULL;
    struct costs last = {.cost = 0};
    rs_status status = frozen->plan == NULL
                           ? RS_OK
                           : rs_shard_assign(&owners, frozen->plan, frozen->shards, error);
    for (size_t run = 0; owners != NULL && run < rs_plan_runs(frozen->plan); run++) {
        struct part_progress *part = &overview->progress[owners[run] - 1];
        rs_run_config config;
        rs_plan_run(frozen->plan, run, &config);
        if (!part->exists)
            add_run(part, &last, &config, RS_RUN_PENDING);
    }
    free(owners);
    return status;
}

static rs_status look(struct overview *overview, rs_error *error)
{
    rs_status status = rs_parts_coverage(overview->parts, &overview->coverage, error);
    for (size_t i = 0; status == RS_OK && i < overview->parts->count; i++) {
        const char *path = overview->parts->paths[i];
        rs_results *results = NULL;
        overview->progress[i] = (struct part_progress){0};
        if (!rs_parts_exists(overview->parts, i))
            continue;
        status = rs_results_open(&results, path, error);
        if (status == RS_OK) {
            measure(&overview->progress[i], results, path);
            status = rs_coverage_add(&overview->coverage, results, path, error);
        }
        rs_results_close(results);
    }
    return status == RS_OK ? measure_absent(overview, error) : status;
}

/* ---- Printing -------------------------------------------------------------------------------- */

static void add_duration(rs_table *table, double seconds)
{
    char text[RS_DURATION_TEXT];
    rs_format_duration(seconds, text);
    rs_table_cell(table, "%s", text);
}

/* The time left assumes as many threads as the writing process had. It scales the predicted cost of
 * the pending runs by the ratio of actual to predicted time of the finished ones. */
static double seconds_left(const struct part_progress *part)
{
    return part->seconds / part->cost_finished * part->cost_left / part->threads;
}

static void add_row(rs_table *table, const char *path, const struct part_progress *part)
{
    rs_table_cell(table, "%zu", part->runs);
    rs_table_cell(table, "%zu", part->of[RS_RUN_DONE]);
    rs_table_cell(table, "%zu", part->of[RS_RUN_DIVERGED]);
    rs_table_cell(table, "%zu", part->of[RS_RUN_FAILED]);
    rs_table_cell(table, "%zu", part->of[RS_RUN_PENDING]);
    if (part->exists)
        add_duration(table, part->age);
    else
        rs_table_cell(table, "not begun");
    if (part->of[RS_RUN_PENDING] == 0)
        rs_table_cell(table, "-");
    else if (part->cost_finished > 0)
        add_duration(table, seconds_left(part));
    else
        rs_table_cell(table, "?");
    rs_table_cell(table, "%s", path);
}

static rs_status print_table(const struct overview *overview, rs_error *error)
{
    static const char *const heading[] = {"runs",    "done",        "diverged",  "failed",
                                          "pending", "last change", "time left", "file"};
    enum { COLUMNS = sizeof heading / sizeof heading[0] };
    rs_table *table = NULL;
    rs_status status = rs_table_create_headed(&table, COLUMNS, heading, error);
    for (size_t i = 0; status == RS_OK && i < overview->parts->count; i++)
        if (overview->progress[i].runs > 0)
            add_row(table, overview->parts->paths[i], &overview->progress[i]);
    if (status == RS_OK)
        status = rs_table_print(table, 0, stdout, error);
    rs_table_free(table);
    return status;
}

/* The merged file of a folder is written once its shards are done. */
static bool is_merged(const rs_parts *parts, size_t i)
{
    return parts->frozen.plan != NULL && i == parts->frozen.shards;
}

static double cost_missing(const rs_coverage *coverage)
{
    double cost = 0;
    for (size_t run = 0; coverage->plan != NULL && run < coverage->total; run++) {
        rs_run_config config;
        if (coverage->outcomes[run] != RS_RUN_PENDING)
            continue;
        rs_plan_run(coverage->plan, run, &config);
        cost += rs_cost_predict(&config);
    }
    return cost;
}

/* The time that all parts together need. */
struct time_left {
    double core;              /* seconds of one core; NAN before the first run */
    double wall;              /* seconds from now; NAN where no file is being written */
    unsigned threads, active; /* of the files being written, and their number */
};

/* The remaining work divided by the threads of the parts written to recently, but at least what the
 * slowest of these parts needs. */
static struct time_left time_left_of(const struct overview *overview)
{
    const double lately = 300;
    double seconds = 0, cost_finished = 0, slowest = 0;
    struct time_left left = {.core = NAN, .wall = NAN};
    for (size_t i = 0; i < overview->parts->count; i++) {
        const struct part_progress *part = &overview->progress[i];
        seconds += part->seconds;
        cost_finished += part->cost_finished;
        if (part->of[RS_RUN_PENDING] == 0 || !part->exists || part->age > lately ||
            is_merged(overview->parts, i))
            continue;
        left.active++;
        left.threads += part->threads;
        if (part->cost_finished > 0 && seconds_left(part) > slowest)
            slowest = seconds_left(part);
    }
    if (cost_finished > 0)
        left.core = seconds / cost_finished * cost_missing(&overview->coverage);
    if (left.active > 0)
        left.wall = fmax(left.core / left.threads, slowest);
    return left;
}

static void print_time_left(const struct overview *overview)
{
    const struct time_left left = time_left_of(overview);
    char text[RS_DURATION_TEXT], core[RS_DURATION_TEXT];
    if (isnan(left.core)) {
        printf("time left: unknown before the first run\n");
        return;
    }
    rs_format_duration(left.core, core);
    if (left.active == 0) {
        printf("time left: %s of one core; no file was written to in the last five minutes\n",
               core);
        return;
    }
    rs_format_duration(left.wall, text);
    printf(
        "time left: about %s on the %u thread%s of the %u file%s being written; %s of one core\n",
        text, left.threads, left.threads == 1 ? "" : "s", left.active, left.active == 1 ? "" : "s",
        core);
}

static json_t *describe_part(const char *path, const struct part_progress *part)
{
    const bool timed = part->of[RS_RUN_PENDING] > 0 && part->exists && part->cost_finished > 0;
    return json_pack(
        "{s:s, s:b, s:I, s:I, s:I, s:I, s:I, s:o, s:o}", "file", path, "exists", part->exists,
        "runs", (json_int_t)part->runs, "done", (json_int_t)part->of[RS_RUN_DONE], "diverged",
        (json_int_t)part->of[RS_RUN_DIVERGED], "failed", (json_int_t)part->of[RS_RUN_FAILED],
        "pending", (json_int_t)part->of[RS_RUN_PENDING], "seconds_since_change",
        rs_json_real(part->exists ? part->age : NAN), "seconds_left",
        rs_json_real(timed ? seconds_left(part) : NAN));
}

static rs_status print_json(const struct overview *overview, rs_error *error)
{
    const rs_coverage_count count = rs_coverage_counts(&overview->coverage);
    const struct time_left left = overview->coverage.plan != NULL
                                      ? time_left_of(overview)
                                      : (struct time_left){.core = NAN, .wall = NAN};
    json_t *files = json_array();
    for (size_t i = 0; i < overview->parts->count; i++)
        if (overview->progress[i].runs > 0)
            json_array_append_new(files,
                                  describe_part(overview->parts->paths[i], &overview->progress[i]));
    return rs_json_print(
        json_pack("{s:s, s:I, s:I, s:I, s:I, s:I, s:o, s:o, s:o}", "sweep",
                  rs_coverage_name(&overview->coverage), "runs", (json_int_t)count.total, "done",
                  (json_int_t)count.of[RS_RUN_DONE], "diverged",
                  (json_int_t)count.of[RS_RUN_DIVERGED], "failed",
                  (json_int_t)count.of[RS_RUN_FAILED], "missing",
                  (json_int_t)count.of[RS_RUN_PENDING], "core_seconds_left",
                  rs_json_real(left.core), "seconds_left", rs_json_real(left.wall), "files", files),
        "the status", stdout, error);
}

/* *complete: every run of the sweep is finished in one of the files. */
static rs_status print_status(const struct overview *overview, bool *complete, rs_error *error)
{
    rs_status status = print_table(overview, error);
    if (status != RS_OK)
        return status;
    const rs_coverage_count count = rs_coverage_counts(&overview->coverage);
    const size_t missing = count.of[RS_RUN_PENDING];
    *complete = missing == 0;
    printf("sweep ");
    rs_console_put(stdout, rs_coverage_name(&overview->coverage));
    printf(": %zu of %zu runs finished (%zu done, %zu diverged, %zu failed), %zu missing\n",
           count.total - missing, count.total, count.of[RS_RUN_DONE], count.of[RS_RUN_DIVERGED],
           count.of[RS_RUN_FAILED], missing);
    rs_coverage_print_notes(&overview->coverage, stdout);
    if (missing > 0 && overview->parts->count > 1 && overview->coverage.plan != NULL)
        print_time_left(overview);
    return RS_OK;
}

static rs_status look_and_print(const rs_arguments *arguments, bool json, bool *complete,
                                rs_error *error)
{
    rs_parts parts = {0};
    struct overview overview = {.parts = &parts};
    void *progress = NULL;
    rs_status status;
    if ((status = rs_parts_open(&parts, arguments, error)) == RS_OK &&
        (status = rs_allocate(&progress, parts.count, sizeof *overview.progress, error)) == RS_OK) {
        overview.progress = progress;
        if ((status = look(&overview, error)) == RS_OK && json) {
            *complete = rs_coverage_counts(&overview.coverage).of[RS_RUN_PENDING] == 0;
            status = print_json(&overview, error);
        } else if (status == RS_OK)
            status = print_status(&overview, complete, error);
    }
    rs_coverage_free(&overview.coverage);
    free(progress);
    rs_parts_free(&parts);
    return status;
}

static rs_status watch(const rs_arguments *arguments, const struct status_values *values,
                       rs_error *error)
{
    bool complete = false;
    for (;;) {
        rs_status status = look_and_print(arguments, values->json, &complete, error);
        if (status != RS_OK || complete || values->watch == 0)
            return status;
        if (!values->json)
            putchar('\n');
        if (fflush(stdout) != 0 || ferror(stdout)) /* nobody sees the output: main reports why */
            return RS_OK;
        sleep(values->watch);
    }
}

static rs_status run(const rs_invocation *call, rs_error *error)
{
    return watch(&call->arguments, call->values, error);
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
    {.name = "json",
     .kind = RS_OPTION_FLAG,
     .offset = offsetof(struct status_values, json),
     .meaning = "print JSON instead of text"},
};

const rs_command rs_command_status = {
    .name = "status",
    .synopsis = "FILE...|DIR",
    .meaning = "show the progress of results files, also while they are written",
    .description =
        "Counts the runs of results files of one sweep by how they ended, and of the whole sweep\n"
        "what is missing in all of them together. The time left assumes that the process that\n"
        "made a file resumes it, at the pace of the runs finished. DIR is a folder of\n"
        "`rnnsweep slurm`, and stands for its shards and the merged file. Reads only: nothing "
        "waits\n"
        "for it.\n",
    .examples = "  rnnsweep status results/momentum-study.h5\n"
                "  rnnsweep status results/momentum-study.*-of-16.h5 --watch 10\n"
                "  rnnsweep status slurm/momentum-study\n",
    .options = options,
    .option_count = sizeof options / sizeof options[0],
    .positional_min = 1,
    .positional_max = SIZE_MAX,
    .values_size = sizeof(struct status_values),
    .run = run,
};
