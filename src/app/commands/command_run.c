#include <jansson.h>
#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "check.h"
#include "commands.h"
#include "console.h"
#include "deadline.h"
#include "driver.h"
#include "duration.h"
#include "instruction_set.h"
#include "memory.h"
#include "memory_need.h"
#include "notebook.h"
#include "output.h"
#include "shard.h"
#include "stages.h"
#include "stop.h"
#include "stored_network.h"
#include "summary_report.h"
#include "sweep_runs.h"
#include "threads.h"

enum { STOP_TEXT = 128, MORE_TEXT = 64 };

struct run_values {
    const char *output, *name, *isa, *shard, *expect;
    rs_string_list from;
    unsigned threads, progress;
    bool fresh, mix_kernels;
};

/* State of one call of the command. */
struct run_state {
    const rs_invocation *call;
    const struct run_values *values;
    rs_plan *plan;
    rs_shard shard; /* of count 0: the whole sweep */
    rs_store_runs runs;
    char *path;
    const rs_isa *isa;
    rs_thread_choice threads;
    rs_progress_style progress;
    double deadline; /* of rs_clock */
    rs_output output;
    rs_goals goals;        /* of early termination; zeros: none */
    rs_other_files others; /* those of the other shards */
    rs_stages_report stages;
    rs_job_report report;
};

/* The file of the whole sweep. */
static rs_status whole_path(const struct run_state *state, char **path, rs_error *error)
{
    const char *output = state->values->output;
    if (output == NULL)
        return rs_sweep_default_path(state->plan, path, error);
    *path = strdup(output);
    return *path != NULL ? RS_OK : rs_fail(error, RS_NO_MEMORY, "out of memory for a file name");
}

static rs_status open_file(struct run_state *state, rs_error *error)
{
    rs_provenance provenance;
    rs_status status =
        rs_provenance_collect(&provenance, state->plan, state->isa, state->threads.count,
                              state->call->argc, state->call->argv, error);
    if (status != RS_OK)
        return status;
    provenance.sweep = state->runs.sweep;
    if (state->shard.count > 0)
        rs_provenance_add_shard(&provenance, state->shard.index, state->shard.count);
    const rs_output_wish wish = {.fresh = state->values->fresh,
                                 .from = &state->values->from,
                                 .isa = state->isa,
                                 .mix_kernels = state->values->mix_kernels};
    status = rs_output_open(&state->output, state->path, &wish, &state->runs, &provenance, error);
    rs_provenance_free(&provenance);
    return status;
}

/* "; the file has 120 more", of runs that are not of the sweep. */
static void describe_more(const struct run_state *state, size_t total, char text[MORE_TEXT])
{
    const size_t more = state->output.runs.count - total;
    text[0] = '\0';
    if (more > 0)
        snprintf(text, MORE_TEXT, "; the file has %zu more", more);
}

static void announce(const struct run_state *state)
{
    size_t total;
    const size_t finished = rs_output_finished(&state->output, &total);
    char more[MORE_TEXT];
    describe_more(state, total, more);
    if (state->progress == RS_PROGRESS_JSON) {
        json_t *event = json_pack("{s:s, s:s, s:s*, s:I, s:I, s:i, s:s, s:s}", "event", "start",
                                  "sweep", rs_plan_name(state->plan), "shard", state->values->shard,
                                  "total", (json_int_t)total, "finished", (json_int_t)finished,
                                  "threads", (int)state->threads.count, "isa",
                                  rs_isa_name(state->isa), "file", state->path);
        json_dumpf(event, stderr, JSON_COMPACT);
        fputc('\n', stderr);
        json_decref(event);
        return;
    }
    if (state->shard.count > 0)
        fprintf(stderr, "rnnsweep: shard %u of %u: %zu of the sweep's %zu runs\n",
                state->shard.index, state->shard.count, total, rs_plan_runs(state->plan));
    if (rs_plan_halving(state->plan) != NULL)
        fprintf(stderr, "rnnsweep: early termination on %u thread%s (%s), %s, into %s%s\n",
                state->threads.count, state->threads.count == 1 ? "" : "s", state->threads.source,
                rs_isa_name(state->isa), state->path, more);
    if (rs_plan_halving(state->plan) != NULL)
        return; /* what is to be trained is said stage by stage */
    if (finished == total)
        fprintf(stderr, "rnnsweep: nothing to train: all %zu runs are finished in %s%s\n", total,
                state->path, more);
    else if (finished > 0 || more[0] != '\0')
        fprintf(stderr, "rnnsweep: resuming: %zu of %zu runs are finished%s\n", finished, total,
                more);
    if (finished < total)
        fprintf(stderr, "rnnsweep: %zu run%s on %u thread%s (%s), %s, into %s\n", total - finished,
                total - finished == 1 ? "" : "s", state->threads.count,
                state->threads.count == 1 ? "" : "s", state->threads.source,
                rs_isa_name(state->isa), state->path);
}

/* The files of all shards, but first that which they were merged into. */
static rs_status find_others(struct run_state *state, rs_error *error)
{
    rs_other_files *others = &state->others;
    char *whole = NULL;
    if (state->shard.count == 0)
        return RS_OK;
    rs_status status =
        rs_allocate((void **)&others->paths, state->shard.count + 1, sizeof *others->paths, error);
    if (status == RS_OK)
        status = whole_path(state, &whole, error);
    if (status == RS_OK) {
        others->paths[others->count++] = whole;
        others->first = 1;
    }
    for (unsigned i = 1; status == RS_OK && i <= state->shard.count; i++) {
        const rs_shard other = {.index = i, .count = state->shard.count};
        if (i != state->shard.index &&
            (status = rs_shard_path(&other, whole, &others->paths[others->count], error)) == RS_OK)
            others->count++;
    }
    return status;
}

static rs_status begin_stages(struct run_state *state, rs_error *error)
{
    bool due = false;
    rs_status status;
    if (rs_plan_halving(state->plan) == NULL)
        return RS_OK;
    if ((status = rs_goals_begin(&state->goals, state->plan, state->runs.sweep, error)) != RS_OK ||
        (status = find_others(state, error)) != RS_OK)
        return status;
    if (!rs_store_is_writable(state->output.store) &&
        (status = rs_stages_find_due(state->output.store, &state->output.runs, state->path,
                                     &state->goals, &due, error)) == RS_OK &&
        due)
        status = rs_output_unpack(&state->output, state->path, error);
    return status;
}

static rs_status drive(struct run_state *state, const rs_job *job, rs_error *error)
{
    if (rs_plan_halving(state->plan) == NULL)
        return rs_drive(job, &state->report, error);
    rs_status status =
        rs_stages_drive(job, state->path, &state->goals, &state->others, &state->stages, error);
    state->report = state->stages.job;
    return status;
}

static rs_status train(struct run_state *state, rs_error *error)
{
    rs_error finish_error;
    rs_status status = begin_stages(state, error);
    if (status != RS_OK)
        return status;
    rs_job job = {.store = state->output.store,
                  .runs = &state->output.runs,
                  .isa = state->isa,
                  .threads = state->threads.count,
                  .progress = state->progress,
                  .deadline = state->deadline,
                  .train = rs_trainer_run_to};
    status = drive(state, &job, error);
    rs_status finished = rs_store_finish(state->output.store, &finish_error);
    /* This message says where the rows are, which matters more than why training ended. */
    if (finished != RS_OK) {
        *error = finish_error;
        status = finished;
    }
    const rs_tally *tally = &state->report.tally;
    if (tally->trained > 0 && state->progress != RS_PROGRESS_JSON) {
        char duration[RS_DURATION_TEXT];
        rs_format_duration(state->report.seconds, duration);
        fprintf(stderr,
                "rnnsweep: trained %zu run%s in %s (%.4g runs/s); %zu diverged, %zu failed\n",
                tally->trained, tally->trained == 1 ? "" : "s", duration,
                (double)tally->trained / state->report.seconds, tally->diverged, tally->failed);
    }
    return status;
}

static rs_status print_best(rs_results *results, const char *path, rs_error *error)
{
    enum { BEST = 10 };
    rs_summary summary;
    bool checked;
    rs_status status = rs_check_heads(results, &checked, error);
    if (status != RS_OK)
        return status;
    rs_summary_question question = {
        .by = rs_key_set_varying(results, NULL), .threshold = 1, .loss_level = NAN};
    status = rs_summary_make(&summary, results, &question, error);
    if (status != RS_OK)
        return status;
    if (summary.count > BEST)
        printf("The best %d of %zu configurations by %s (`rnnsweep summary %s` shows all):\n", BEST,
               summary.count, summary.metric.name, path);
    status = rs_summary_print_table(&summary, BEST, rs_console_room(stdout), stdout, error);
    rs_summary_print_left_out(results, stdout);
    rs_summary_free(&summary);
    printf("\nResults: %s\n"
           "Python:  import xarray; runs = xarray.open_dataset(\"%s\")\n",
           path, path);
    return status;
}

/* For one run the notebook's report, for several the best configurations. A shard has only some of
 * the runs, so it shows no ranking. */
static rs_status print_results(const struct run_state *state, rs_error *error)
{
    rs_results *results;
    if (state->shard.count > 0) {
        printf("Shard %u of %u is complete: %s\n", state->shard.index, state->shard.count,
               state->path);
        return RS_OK;
    }
    rs_status status =
        rs_results_open_file(&results, rs_store_file(state->output.store), state->path, error);
    if (status != RS_OK)
        return status;
    rs_run_config first;
    rs_plan_run(state->plan, 0, &first);
    if (state->output.runs.count > 1 || first.task != RS_TASK_ADDITION)
        status = print_best(results, state->path, error);
    else if ((status = rs_stored_run_check(results, state->path, 0, error)) == RS_OK)
        status = rs_notebook_print_report(results, 0, stdout, error);
    rs_results_close(results);
    return status;
}

/* What stopped the run: "SIGTERM", or the end of the job. */
static void describe_stop(const struct run_state *state, char text[STOP_TEXT])
{
    int number = rs_stop_signal();
    if (number != 0)
        snprintf(text, STOP_TEXT, "SIG%s", sigabbrev_np(number));
    else
        snprintf(text, STOP_TEXT,
                 "the end of the job (SLURM_JOB_END_TIME), which comes before %s run could end",
                 state->report.tally.trained > 0 ? "another" : "a single");
}

static rs_status explain_stop(const struct run_state *state, rs_error *error)
{
    const rs_tally *tally = &state->report.tally;
    char reason[STOP_TEXT];
    char *command = rs_command_line(state->call->argc, state->call->argv, "--fresh");
    describe_stop(state, reason);
    rs_fail(error, RS_STOPPED,
            "stopped by %s: %zu of %zu runs are finished and saved in %s. To resume:\n    %s",
            reason, tally->finished, tally->total, state->path,
            command != NULL ? command : "the same command without --fresh");
    free(command);
    return RS_STOPPED;
}

/* A shard whose runs wait has done what it can: it is for the others to go on. */
static void print_waiting(const struct run_state *state)
{
    const rs_rungs *rungs = &state->goals.halving->rungs;
    char at[RS_RUNG_TEXT];
    rs_rung_name(rungs->in_epochs, rungs->at[state->stages.rung], at);
    printf("Shard %u of %u: %zu run%s wait%s at rung %zu of %zu, after %s, for runs of other "
           "shards that they are compared with. Then the same command goes on: %s\n",
           state->shard.index, state->shard.count, state->stages.waiting,
           state->stages.waiting == 1 ? "" : "s", state->stages.waiting == 1 ? "s" : "",
           state->stages.rung + 1, rungs->count, at, state->path);
}

static rs_status explain_failures(const struct run_state *state, rs_error *error)
{
    const rs_job_report *report = &state->report;
    const rs_gradient_check *check = &report->failed_check;
    if (report->failed_row == SIZE_MAX)
        return rs_fail(error, RS_INTERNAL,
                       "%zu runs failed their gradient check in an earlier call (status 3 in %s); "
                       "the others are unaffected",
                       report->tally.failed, state->path);
    return rs_fail(error, RS_INTERNAL,
                   "%zu run%s failed the gradient check; the others are unaffected. First: run "
                   "%zu, where the gradient of %s[%zu] is %.9g by differences and %.9g by "
                   "backpropagation",
                   report->tally.failed, report->tally.failed == 1 ? "" : "s", report->failed_row,
                   rs_tensor_name(check->tensor), check->index, check->numerical,
                   check->backpropagated);
}

static bool same_file(const char *a, const char *b)
{
    struct stat first, second;
    return stat(a, &first) == 0 && stat(b, &second) == 0 && first.st_dev == second.st_dev &&
           first.st_ino == second.st_ino;
}

static rs_status choose_path(struct run_state *state, rs_error *error)
{
    char *whole = NULL;
    rs_status status = whole_path(state, &whole, error);
    if (status != RS_OK)
        return status;
    if (state->shard.count == 0) {
        state->path = whole;
    } else {
        status = rs_shard_path(&state->shard, whole, &state->path, error);
        free(whole);
    }
    if (status == RS_OK && same_file(state->path, state->call->arguments.positional[0]))
        status = rs_fail(error, RS_USAGE, "-o %s is the sweep file itself: give another file",
                         state->path);
    return status;
}

static bool stop_requested(void)
{
    return rs_stop_signal() != 0;
}

/* The rows: all runs of the sweep, or those of the shard. */
static rs_status choose_runs(struct run_state *state, rs_error *error)
{
    rs_status status = RS_OK;
    if (state->values->shard == NULL)
        state->runs = rs_sweep_runs(state->plan, rs_plan_hash(state->plan));
    else if ((status = rs_shard_parse(&state->shard, state->values->shard, error)) == RS_OK)
        status = rs_shard_select(&state->shard, state->plan, &state->runs, error);
    state->runs.stopped = stop_requested;
    return status;
}

/* A sweep file that was edited after a job was submitted must not be trained instead. */
static rs_status check_hash(const struct run_state *state, rs_error *error)
{
    char hash[RS_HASH_TEXT];
    const char *expected = state->values->expect;
    if (expected == NULL)
        return RS_OK;
    rs_hash_format(rs_plan_hash(state->plan), hash);
    if (strcmp(hash, expected) == 0)
        return RS_OK;
    return rs_fail(error, RS_BAD_DATA,
                   "%s expands to runs with the hash %s, not %s as expected: it was changed, or "
                   "this is another version of rnnsweep",
                   state->call->arguments.positional[0], hash, expected);
}

/* Checked before the runs are hashed, which takes a minute if there are far too many. A shard has
 * only a part of them. */
static rs_status check_memory(const struct run_state *state, rs_error *error)
{
    const rs_store_runs runs = rs_sweep_runs(state->plan, (rs_hash){0, 0});
    if (state->values->shard != NULL)
        return RS_OK;
    rs_status status = rs_memory_check(&runs, state->isa, state->threads.count, error);
    /* No other machine helps with runs that no results file can hold. */
    const size_t soon = 10000000; /* so many runs are looked at in a second or two */
    rs_error reason;
    if (status != RS_OK && runs.count <= soon && rs_store_bytes(&runs, &reason) == 0) {
        *error = reason;
        status = reason.status;
    }
    return status;
}

/* Everything that is decided before files are touched. */
static rs_status prepare(struct run_state *state, rs_error *error)
{
    static const char notice[] =
        "\nrnnsweep: stopping when the runs in progress are done; once more stops at once\n";
    static const char json_notice[] = "{\"event\":\"stopping\"}\n";
    const struct run_values *values = state->values;
    rs_status status;
    if ((status = rs_sweep_load(&state->plan, &state->call->arguments, error)) != RS_OK ||
        (values->name != NULL &&
         (status = rs_plan_rename(state->plan, values->name, error)) != RS_OK) ||
        (status = rs_deadline_read(&state->deadline, error)) != RS_OK ||
        (status = rs_instruction_set_choose(&state->isa, values->isa, error)) != RS_OK ||
        (status = rs_threads_choose(values->threads, &state->threads, error)) != RS_OK ||
        (status = check_memory(state, error)) != RS_OK ||
        (status = check_hash(state, error)) != RS_OK ||
        (status = choose_runs(state, error)) != RS_OK ||
        (values->shard != NULL &&
         (status = rs_memory_check(&state->runs, state->isa, state->threads.count, error)) !=
             RS_OK) ||
        (status = choose_path(state, error)) != RS_OK)
        return status;
    rs_sweep_warn(state->plan);
    state->progress = rs_progress_resolve((rs_progress_style)values->progress);
    signal(SIGPIPE, SIG_IGN); /* the sweep goes on when a program that reads its progress ends */
    return rs_stop_install(state->progress == RS_PROGRESS_JSON ? json_notice : notice, error);
}

static rs_status run(const rs_invocation *call, rs_error *error)
{
    struct run_state state = {.call = call, .values = call->values};
    rs_status status;
    if ((status = prepare(&state, error)) != RS_OK)
        goto done;
    if (state.runs.count == 0) { /* more shards than runs; a file without runs is not written */
        fprintf(stderr, "rnnsweep: shard %s has none of the sweep's %zu runs: nothing to do\n",
                state.values->shard, rs_plan_runs(state.plan));
        goto done;
    }
    if ((status = open_file(&state, error)) != RS_OK)
        goto done;
    announce(&state);
    if ((status = train(&state, error)) != RS_OK)
        goto done;
    if (state.report.stopped)
        status = explain_stop(&state, error);
    else if (state.stages.waiting > 0)
        print_waiting(&state);
    else if ((status = print_results(&state, error)) == RS_OK && state.report.tally.failed > 0)
        status = explain_failures(&state, error);
done:
    rs_output_close(&state.output);
    rs_goals_free(&state.goals);
    for (size_t i = 0; i < state.others.count; i++)
        free(state.others.paths[i]);
    free(state.others.paths);
    free(state.path);
    rs_shard_free(&state.shard);
    rs_plan_free(state.plan);
    return status;
}

#define FIELD(name) offsetof(struct run_values, name)

static const rs_option options[] = {
    {.name = "output",
     .letter = 'o',
     .kind = RS_OPTION_TEXT,
     .offset = FIELD(output),
     .argument = "FILE",
     .fallback = "results/<name>.h5",
     .meaning = "results file, created or resumed; with --shard, FILE.I-of-N.h5"},
    {.name = "name",
     .kind = RS_OPTION_TEXT,
     .offset = FIELD(name),
     .argument = "NAME",
     .fallback = "that of the sweep file",
     .meaning = "name of a sweep whose file has no `name:`"},
    {.name = "threads",
     .letter = 'j',
     .kind = RS_OPTION_COUNT,
     .offset = FIELD(threads),
     .argument = "N",
     .min = 1,
     .max = RS_THREADS_MAX,
     .fallback = "OMP_NUM_THREADS, else the CPUs available",
     .meaning = "threads to train with"},
    {.name = "shard",
     .kind = RS_OPTION_TEXT,
     .offset = FIELD(shard),
     .argument = "I/N",
     .meaning = "train only shard I of N (1 to 4096) into <name>.I-of-N.h5"},
    {.name = "from",
     .kind = RS_OPTION_LIST,
     .offset = FIELD(from),
     .argument = "FILE...",
     .meaning = "take over finished runs of other files; all up to the next option"},
    {.name = "expect",
     .kind = RS_OPTION_TEXT,
     .offset = FIELD(expect),
     .argument = "HASH",
     .meaning = "refuse a sweep of other runs than those with this hash (`plan --json`)"},
    {.name = "isa",
     .kind = RS_OPTION_TEXT,
     .offset = FIELD(isa),
     .argument = "NAME",
     .fallback = "the fastest usable",
     .meaning = "instruction set; results do not depend on it"},
    {.name = "mix-kernels",
     .kind = RS_OPTION_FLAG,
     .offset = FIELD(mix_kernels),
     .meaning = "--from also takes runs of another generation of kernels"},
    {.name = "fresh",
     .kind = RS_OPTION_FLAG,
     .offset = FIELD(fresh),
     .meaning = "move an existing FILE to FILE.1 (.2, ...) and start anew"},
    {.name = "progress",
     .kind = RS_OPTION_CHOICE,
     .offset = FIELD(progress),
     .argument = "HOW",
     .choices = "auto bar plain none json",
     .fallback = "auto, a bar on a terminal, else plain",
     .meaning = "auto, bar, plain, none or json, on standard error"},
};

const rs_command rs_command_run = {
    .name = "run",
    .synopsis = "SWEEP.yaml [key=value ...]",
    .meaning = "train all runs of a sweep, or resume it",
    .description =
        "Trains all runs of the sweep file into one results file. Where the file exists, only\n"
        "the runs that it lacks are trained: after an interruption, or when the sweep has grown\n"
        "by values or seeds. A file that has other runs and also lacks some of these is refused.\n"
        "\n"
        "key=value overrides a parameter of the sweep file (`rnnsweep parameters`), or a key\n"
        "beside them such as seeds.\n"
        "\n"
        "Ctrl-C (SIGINT), SIGTERM, SIGUSR1 or SIGUSR2 stops after the runs in progress, with\n"
        "exit code 75; the same command then resumes. So does the end of a Slurm job: no run is\n"
        "started that would not end before SLURM_JOB_END_TIME.\n"
        "\n"
        "--shard cuts the sweep into N parts of equal predicted work, one process each, on any\n"
        "machines; `rnnsweep merge` makes one file of theirs. With another N, or after an\n"
        "interruption, --from takes over the finished runs of any files, such as shards of other\n"
        "cuts.\n"
        "\n"
        "With early_terminate all runs are trained to a rung, and the worse configurations stop\n"
        "there. Shards read each other's files for that: one that lacks the runs of others says\n"
        "so and ends, and the same command resumes it.\n"
        "\n"
        "One rnnsweep at a time writes a file: a second one waits ten seconds, in a Slurm job\n"
        "until its time limit, then ends with exit code 75. Exit code 74 says that another\n"
        "program took the file away; the message says where the runs are.\n",
    .examples = "  rnnsweep run experiments/lab9.yaml\n"
                "  rnnsweep run sweep.yaml -j 8 -o results/first.h5\n"
                "  rnnsweep run sweep.yaml learning_rate=0.1,0.01 seeds=10\n"
                "  rnnsweep run sweep.yaml --shard 3/16\n"
                "  rnnsweep run sweep.yaml --shard 3/24 --from results/sweep.*-of-16.h5\n",
    .options = options,
    .option_count = sizeof options / sizeof options[0],
    .positional_min = 1,
    .positional_max = SIZE_MAX,
    .values_size = sizeof(struct run_values),
    .run = run,
};
