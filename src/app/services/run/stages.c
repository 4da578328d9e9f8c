#include "stages.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "file_io.h"
#include "memory.h"
#include "memory_limit.h"

struct stages {
    const rs_job *job;
    const char *path;
    rs_goals *goals;
    const rs_other_files *others;
    size_t *run; /* [rows]: of the plan; SIZE_MAX: none, or not wanted */
    rs_stage stage;
};

/* ---- Deciding -------------------------------------------------------------------------------- */

static rs_status add_own(struct stages *s, rs_error *error)
{
    rs_results *results;
    rs_status status = rs_results_open_file(&results, rs_store_file(s->job->store), s->path, error);
    if (status == RS_OK)
        status = rs_goals_add(s->goals, results, error);
    if (status == RS_OK)
        rs_results_close(results);
    return status;
}

/* A file that is missing has nothing to say. */
static rs_status add_others(struct stages *s, size_t from, size_t to, rs_error *error)
{
    rs_status status = RS_OK;
    for (size_t i = from; status == RS_OK && i < to; i++) {
        rs_results *results;
        if (access(s->others->paths[i], F_OK) != 0)
            continue;
        if ((status = rs_results_open(&results, s->others->paths[i], error)) != RS_OK)
            return status;
        status = rs_goals_add(s->goals, results, error);
        rs_results_close(results);
    }
    return status;
}

static bool is_due(const struct stages *s, size_t row)
{
    return s->run[row] != SIZE_MAX && !rs_goals_is_met(s->goals, s->run[row]);
}

/* Makes the stage of the decision; returns the number of runs that are due. */
static size_t fill_stage(struct stages *s)
{
    size_t due = 0;
    for (size_t row = 0; row < s->stage.rows; row++) {
        s->stage.due[row] = is_due(s, row);
        if (s->stage.due[row])
            s->stage.rung[row] = (uint32_t)rs_goals_rung(s->goals, s->run[row]);
        due += s->stage.due[row];
    }
    return due;
}

/* States of runs that a decision ended. */
static void drop_states(struct stages *s)
{
    for (size_t row = 0; row < s->stage.rows; row++)
        if (s->run[row] != SIZE_MAX && s->stage.paused[row] != NULL &&
            rs_goals_rung(s->goals, s->run[row]) < rs_goals_open(s->goals))
            rs_paused_free(rs_stage_take(&s->stage, row));
}

static rs_status decide_by_own(struct stages *s, rs_error *error)
{
    rs_goals_forget(s->goals);
    const rs_status status = add_own(s, error);
    return status == RS_OK ? rs_goals_decide(s->goals, error) : status;
}

/* *due: how many runs of the file are to be trained next. Other files are read as far as they can
 * change that. */
static rs_status decide(struct stages *s, size_t *due, rs_error *error)
{
    const size_t parts[] = {0, s->others->first, s->others->count};
    rs_status status = decide_by_own(s, error);
    if (status != RS_OK)
        return status;
    *due = fill_stage(s);
    for (int i = 0; *due == 0 && i < 2 && parts[i] < parts[i + 1]; i++) {
        if ((status = add_others(s, parts[i], parts[i + 1], error)) != RS_OK ||
            (status = rs_goals_decide(s->goals, error)) != RS_OK)
            return status;
        *due = fill_stage(s);
    }
    drop_states(s);
    return RS_OK;
}

/* ---- Saying so ------------------------------------------------------------------------------- */

/* Runs that are due and were at a rung already, of which no state is left. */
static size_t count_anew(const struct stages *s)
{
    size_t count = 0;
    for (size_t row = 0; row < s->stage.rows; row++)
        count +=
            s->stage.due[row] && s->stage.paused[row] == NULL && s->goals->reached[s->run[row]] > 0;
    return count;
}

/* "to rung 2 of 3, at 30 epochs: 12 of 24 configurations, 240 runs to train" */
static void announce(const struct stages *s, size_t due)
{
    const rs_goals *goals = s->goals;
    const rs_rungs *rungs = &goals->halving->rungs;
    const size_t open = rs_goals_open(goals), on = rs_goals_on(goals, open);
    const size_t anew = count_anew(s);
    char rung[RS_GOALS_RUNG_TEXT] = "the end", some[64] = "";
    if (anew > 0)
        snprintf(some, sizeof some, ", %zu of them from the beginning", anew);
    if (open < rungs->count)
        rs_goals_name_rung(goals, open, rung);
    if (s->job->progress == RS_PROGRESS_JSON) {
        json_t *event =
            json_pack("{s:s, s:I, s:I, s:o, s:s, s:I, s:I, s:I, s:I}", "event", "stage", "rung",
                      (json_int_t)open + 1, "rungs", (json_int_t)rungs->count, "at",
                      open < rungs->count ? json_integer(rungs->at[open]) : json_null(), "unit",
                      rungs->in_epochs ? "epochs" : "updates", "configurations", (json_int_t)on,
                      "of", (json_int_t)goals->configurations, "runs", (json_int_t)due,
                      "from_beginning", (json_int_t)anew);
        json_dumpf(event, stderr, JSON_COMPACT);
        fputc('\n', stderr);
        json_decref(event);
    } else if (s->job->progress != RS_PROGRESS_NONE)
        fprintf(stderr, "rnnsweep: to %s: %zu of %zu configurations, %zu run%s to train%s\n", rung,
                on, goals->configurations, due, due == 1 ? "" : "s", some);
}

/* ---- Training -------------------------------------------------------------------------------- */

static void add_report(rs_stages_report *report, const rs_job_report *stage)
{
    const rs_job_report before = report->job;
    report->job = *stage;
    report->job.seconds += before.seconds;
    report->job.tally.trained += before.tally.trained;
    if (before.tally.failed > 0 && before.failed_row < stage->failed_row) {
        report->job.failed_row = before.failed_row;
        report->job.failed_check = before.failed_check;
    }
}

/* Runs of the file that wait at the open rung. */
static size_t count_waiting(const struct stages *s)
{
    size_t count = 0;
    for (size_t row = 0; row < s->stage.rows; row++)
        count += s->run[row] != SIZE_MAX && !s->goals->ended[s->run[row]] &&
                 rs_goals_rung(s->goals, s->run[row]) == rs_goals_open(s->goals) &&
                 rs_goals_open(s->goals) < s->goals->halving->rungs.count;
    return count;
}

static rs_status find_runs(struct stages *s, rs_error *error)
{
    const rs_store_runs *runs = s->job->runs;
    rs_status status = rs_allocate((void **)&s->run, runs->count, sizeof *s->run, error);
    for (size_t row = 0; status == RS_OK && row < runs->count; row++) {
        rs_run_config config;
        uint32_t number;
        runs->row(runs->context, row, &number, &config);
        s->run[row] = runs->wanted == NULL || runs->wanted[row]
                          ? rs_goals_find(s->goals, number, &config)
                          : SIZE_MAX;
    }
    return status;
}

rs_status rs_stages_find_due(rs_store *store, const rs_store_runs *runs, const char *path,
                             rs_goals *goals, bool *due, rs_error *error)
{
    const rs_job job = {.store = store, .runs = runs};
    struct stages s = {.job = &job, .path = path, .goals = goals};
    rs_status status = find_runs(&s, error);
    if (status == RS_OK)
        status = decide_by_own(&s, error);
    *due = false;
    for (size_t row = 0; status == RS_OK && !*due && row < runs->count; row++)
        *due = is_due(&s, row);
    free(s.run);
    return status;
}

/* States of stopped runs may take an eighth of the memory. */
static size_t states_most(void)
{
    return (size_t)(rs_memory_limit_read("").bytes / 8);
}

static rs_status train_all(struct stages *s, rs_stages_report *report, rs_error *error)
{
    rs_job job = *s->job;
    rs_status status;
    size_t due, before = SIZE_MAX, rung = SIZE_MAX;
    job.stage = &s->stage;
    while ((status = decide(s, &due, error)) == RS_OK && due > 0) {
        rs_job_report stage;
        if (rs_goals_open(s->goals) == rung && due >= before)
            return rs_fail(error, RS_INTERNAL, "%s: %zu runs were trained and are as they were",
                           s->path, due);
        before = due;
        rung = rs_goals_open(s->goals);
        announce(s, due);
        status = rs_drive(&job, &stage, error);
        add_report(report, &stage);
        if (status != RS_OK || stage.stopped)
            return status;
    }
    report->waiting = status == RS_OK ? count_waiting(s) : 0;
    report->rung = rs_goals_open(s->goals);
    return status;
}

rs_status rs_stages_drive(const rs_job *job, const char *path, rs_goals *goals,
                          const rs_other_files *others, rs_stages_report *report, rs_error *error)
{
    struct stages s = {.job = job, .path = path, .goals = goals, .others = others};
    rs_status status;
    *report = (rs_stages_report){.job.failed_row = SIZE_MAX};
    if ((status = rs_stage_create(&s.stage, &goals->halving->rungs, job->runs->count, states_most(),
                                  error)) == RS_OK &&
        (status = find_runs(&s, error)) == RS_OK)
        status = train_all(&s, report, error);
    free(s.run);
    rs_stage_free(&s.stage);
    return status;
}
