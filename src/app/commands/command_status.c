#include <math.h>
#include <unistd.h>

#include "commands.h"
#include "console.h"
#include "duration.h"
#include "json_print.h"
#include "overview.h"
#include "table.h"

struct status_values {
    unsigned watch;
    bool json;
};

/* ---- Printing -------------------------------------------------------------------------------- */

static void add_duration(rs_table *table, double seconds)
{
    char text[RS_DURATION_TEXT];
    rs_format_duration(seconds, text);
    rs_table_cell(table, "%s", text);
}

static void add_row(rs_table *table, const char *path, const rs_part_progress *part, bool staged)
{
    rs_table_cell(table, "%zu", part->runs);
    rs_table_cell(table, "%zu", part->of[RS_RUN_DONE]);
    rs_table_cell(table, "%zu", part->of[RS_RUN_DIVERGED]);
    rs_table_cell(table, "%zu", part->of[RS_RUN_FAILED]);
    if (staged)
        rs_table_cell(table, "%zu", part->of[RS_RUN_STOPPED]);
    rs_table_cell(table, "%zu", part->of[RS_RUN_PENDING]);
    if (part->exists)
        add_duration(table, part->age);
    else
        rs_table_cell(table, "not begun");
    if (part->of[RS_RUN_PENDING] == 0)
        rs_table_cell(table, "-");
    else if (part->cost_finished > 0)
        add_duration(table, rs_part_seconds_left(part));
    else
        rs_table_cell(table, "?");
    rs_table_cell(table, "%s", path);
}

static rs_status print_table(const rs_overview *overview, rs_error *error)
{
    static const char *const heading[] = {"runs",    "done",        "diverged",  "failed",
                                          "pending", "last change", "time left", "file"};
    static const char *const staged_heading[] = {"runs",        "done",      "diverged",
                                                 "failed",      "stopped",   "pending",
                                                 "last change", "time left", "file"};
    enum { COLUMNS = sizeof heading / sizeof heading[0] };
    const bool staged = overview->coverage.goals.halving != NULL ||
                        rs_coverage_counts(&overview->coverage).of[RS_RUN_STOPPED] > 0;
    rs_table *table = NULL;
    rs_status status = rs_table_create_headed(&table, staged ? COLUMNS + 1 : COLUMNS,
                                              staged ? staged_heading : heading, error);
    for (size_t i = 0; status == RS_OK && i < overview->parts.count; i++)
        if (overview->progress[i].runs > 0)
            add_row(table, overview->parts.paths[i], &overview->progress[i], staged);
    if (status == RS_OK)
        status = rs_table_print(table, 0, stdout, error);
    rs_table_free(table);
    return status;
}

static void print_time_left(const rs_overview *overview)
{
    const rs_time_left left = rs_overview_time_left(overview);
    char text[RS_DURATION_TEXT], core[RS_DURATION_TEXT], goal[RS_OVERVIEW_GOAL_TEXT];
    rs_overview_name_goal(overview, goal);
    if (isnan(left.core)) {
        printf("time left: unknown before the first run\n");
        return;
    }
    rs_format_duration(left.core, core);
    if (left.active == 0) {
        printf("time left: %s of one core%s; no file is being written\n", core, goal);
        return;
    }
    rs_format_duration(left.wall, text);
    printf(
        "time left: about %s on the %u thread%s of the %u file%s being written; %s of one core%s\n",
        text, left.threads, left.threads == 1 ? "" : "s", left.active, left.active == 1 ? "" : "s",
        core, goal);
}

static json_t *describe_part(const char *path, const rs_part_progress *part)
{
    const bool timed = part->of[RS_RUN_PENDING] > 0 && part->exists && part->cost_finished > 0;
    return json_pack(
        "{s:s, s:b, s:I, s:I, s:I, s:I, s:I, s:I, s:o, s:o}", "file", path, "exists", part->exists,
        "runs", (json_int_t)part->runs, "done", (json_int_t)part->of[RS_RUN_DONE], "diverged",
        (json_int_t)part->of[RS_RUN_DIVERGED], "failed", (json_int_t)part->of[RS_RUN_FAILED],
        "stopped", (json_int_t)part->of[RS_RUN_STOPPED], "pending",
        (json_int_t)part->of[RS_RUN_PENDING], "seconds_since_change",
        rs_json_real(part->exists ? part->age : NAN), "seconds_left",
        rs_json_real(timed ? rs_part_seconds_left(part) : NAN));
}

/* null without early termination. */
static json_t *describe_rungs(const rs_overview *overview)
{
    const rs_goals *goals = &overview->coverage.goals;
    if (goals->halving == NULL)
        return json_null();
    const rs_rungs *rungs = &goals->halving->rungs;
    json_t *list = json_array();
    for (size_t rung = 0; rung < rungs->count; rung++) {
        const size_t open = rs_goals_open(goals);
        json_t *come =
            rung <= open ? json_integer((json_int_t)rs_goals_on(goals, rung)) : json_null();
        json_t *go_on =
            rung < open ? json_integer((json_int_t)rs_goals_on(goals, rung + 1)) : json_null();
        json_array_append_new(list, json_pack("{s:I, s:o, s:o}", "at", (json_int_t)rungs->at[rung],
                                              "configurations", come, "go_on", go_on));
    }
    return json_pack("{s:s, s:o, s:f}", "unit", rungs->in_epochs ? "epochs" : "updates", "rungs",
                     list, "work_share", rs_goals_share_made(goals));
}

static rs_status print_json(const rs_overview *overview, rs_error *error)
{
    const rs_coverage_count count = rs_coverage_counts(&overview->coverage);
    const rs_time_left left = overview->coverage.plan != NULL
                                  ? rs_overview_time_left(overview)
                                  : (rs_time_left){.core = NAN, .wall = NAN};
    json_t *files = json_array();
    for (size_t i = 0; i < overview->parts.count; i++)
        if (overview->progress[i].runs > 0)
            json_array_append_new(files,
                                  describe_part(overview->parts.paths[i], &overview->progress[i]));
    return rs_json_print(
        json_pack(
            "{s:s, s:I, s:I, s:I, s:I, s:I, s:I, s:o, s:o, s:o, s:o}", "sweep",
            rs_coverage_name(&overview->coverage), "runs", (json_int_t)count.total, "done",
            (json_int_t)count.of[RS_RUN_DONE], "diverged", (json_int_t)count.of[RS_RUN_DIVERGED],
            "failed", (json_int_t)count.of[RS_RUN_FAILED], "stopped",
            (json_int_t)count.of[RS_RUN_STOPPED], "missing", (json_int_t)count.missing,
            "core_seconds_left", rs_json_real(left.core), "seconds_left", rs_json_real(left.wall),
            "early_terminate", describe_rungs(overview), "files", files),
        "the status", stdout, error);
}

/* *complete: every run of the sweep is finished in one of the files. */
static rs_status print_status(const rs_overview *overview, bool *complete, rs_error *error)
{
    rs_status status = print_table(overview, error);
    if (status != RS_OK)
        return status;
    const rs_coverage_count count = rs_coverage_counts(&overview->coverage);
    const size_t missing = count.missing;
    *complete = missing == 0;
    printf("sweep ");
    rs_console_put(stdout, rs_coverage_name(&overview->coverage));
    printf(": %zu of %zu runs finished (%zu done, %zu diverged, %zu failed", count.total - missing,
           count.total, count.of[RS_RUN_DONE], count.of[RS_RUN_DIVERGED], count.of[RS_RUN_FAILED]);
    if (count.of[RS_RUN_STOPPED] > 0)
        printf(", %zu stopped at a rung", count.of[RS_RUN_STOPPED]);
    printf("), %zu missing\n", missing);
    rs_coverage_print_notes(&overview->coverage, stdout);
    if (missing > 0 && overview->parts.count > 1 && overview->coverage.plan != NULL)
        print_time_left(overview);
    return RS_OK;
}

static rs_status look_and_print(const rs_arguments *arguments, bool json, bool *complete,
                                rs_error *error)
{
    rs_overview overview;
    rs_status status = rs_overview_create(&overview, arguments, error);
    if (status != RS_OK)
        return status;
    if (json) {
        *complete = rs_coverage_counts(&overview.coverage).missing == 0;
        status = print_json(&overview, error);
    } else
        status = print_status(&overview, complete, error);
    rs_overview_free(&overview);
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
        "Counts the runs of results files of one sweep by how they ended, and what is missing\n"
        "from all of them together; with early_terminate also which rungs are reached. The time\n"
        "left assumes that the process that made a file resumes it, at the pace of the runs that\n"
        "are finished. DIR is a folder of `rnnsweep slurm`, and stands for its merged file and\n"
        "its shards. Files are only read, and nothing waits for that.\n",
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
