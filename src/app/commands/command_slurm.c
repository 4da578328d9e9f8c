#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "commands.h"
#include "duration.h"
#include "file_io.h"
#include "instruction_set.h"
#include "memory.h"
#include "memory_need.h"
#include "provenance.h"
#include "sbatch_options.h"
#include "shard.h"
#include "shell_word.h"
#include "slurm_scripts.h"
#include "slurm_site.h"
#include "slurm_time.h"
#include "sweep_runs.h"

struct slurm_values {
    const char *directory, *output, *time, *merge_time, *partition, *account;
    rs_string_list from;
    unsigned shards, cores, concurrent;
    bool again, submit;
};

/* State of one call of the command. */
struct slurm_state {
    const rs_invocation *call;
    const struct slurm_values *values;
    char *folder, *program, *command, *directives;
    rs_slurm_site site;
    uint64_t memory; /* bytes that a task needs at most */
    rs_submission submission;
};

/* ---- Options for sbatch ---------------------------------------------------------------------- */

static void write_named(FILE *stream, const char *option, const char *value)
{
    if (value == NULL)
        return;
    fprintf(stream, "#SBATCH %s=", option);
    rs_sbatch_word_write(stream, value);
    fputc('\n', stream);
}

static rs_status make_directives(struct slurm_state *state, rs_error *error)
{
    size_t size;
    rs_status status;
    FILE *stream = open_memstream(&state->directives, &size);
    if (stream == NULL)
        return rs_fail(error, RS_NO_MEMORY, "out of memory for options");
    write_named(stream, "--partition", state->values->partition);
    write_named(stream, "--account", state->values->account);
    status =
        rs_sbatch_options_write(stream, state->call->passed_count, state->call->passed_on, error);
    if (fclose(stream) != 0 && status == RS_OK)
        status = rs_fail(error, RS_NO_MEMORY, "out of memory for options");
    return status;
}

/* ---- Paths ----------------------------------------------------------------------------------- */

/* Links are not resolved: a link may be valid on all nodes although its target differs. */
static rs_status make_absolute(const char *path, char **absolute, rs_error *error)
{
    char *here = path[0] == '/' ? strdup("") : get_current_dir_name();
    if (here == NULL || asprintf(absolute, "%s%s%s", here, path[0] == '/' ? "" : "/", path) < 0) {
        free(here);
        return rs_fail(error, RS_IO, "cannot find the current folder: %s", strerror(errno));
    }
    free(here);
    return RS_OK;
}

static rs_status find_program(char **program, rs_error *error)
{
    char path[RS_PATH_MAX];
    ssize_t length = readlink("/proc/self/exe", path, sizeof path - 1);
    if (length < 0)
        return rs_fail(error, RS_IO, "cannot find this program's file: %s", strerror(errno));
    path[length] = '\0';
    *program = strdup(path);
    return *program != NULL ? RS_OK : rs_fail(error, RS_NO_MEMORY, "out of memory for a path");
}

/* An #SBATCH line cannot hold a line break. */
static rs_status check_line_breaks(const struct slurm_state *state, rs_error *error)
{
    const char *paths[] = {state->folder, state->submission.sweep.results, state->program};
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++)
        if (strpbrk(paths[i], "\r\n") != NULL)
            return rs_fail(error, RS_CANNOT_CREATE,
                           "a path has a line break in it, which no batch script can hold: %s",
                           paths[i]);
    return RS_OK;
}

static rs_status choose_paths(struct slurm_state *state, rs_error *error)
{
    const char *output = state->values->output, *directory = state->values->directory;
    const rs_plan *plan = state->submission.sweep.plan;
    char *usual = NULL, *folder = NULL;
    rs_status status;
    if ((status = rs_sweep_default_path(plan, &usual, error)) != RS_OK)
        return status;
    if (asprintf(&folder, "slurm/%s", rs_plan_name(plan)) < 0) {
        folder = NULL;
        status = rs_fail(error, RS_NO_MEMORY, "out of memory for a path");
    } else if ((status = make_absolute(output != NULL ? output : usual,
                                       &state->submission.sweep.results, error)) == RS_OK &&
               (status = make_absolute(directory != NULL ? directory : folder, &state->folder,
                                       error)) == RS_OK)
        status = find_program(&state->program, error);
    free(folder);
    free(usual);
    if (status == RS_OK)
        status = check_line_breaks(state, error);
    return status;
}

static rs_status choose_sources(struct slurm_state *state, rs_error *error)
{
    const rs_string_list *from = &state->values->from;
    rs_submission *submission = &state->submission;
    void *paths = NULL;
    rs_status status = rs_allocate(&paths, from->count, sizeof *submission->from, error);
    submission->from = paths;
    for (size_t i = 0; status == RS_OK && i < from->count; i++) {
        if (access(from->text[i], R_OK) != 0)
            return rs_fail(error, RS_IO, "--from %s: cannot read: %s", from->text[i],
                           strerror(errno));
        status = make_absolute(from->text[i], &submission->from[i], error);
        submission->from_count += status == RS_OK;
    }
    return status;
}

/* Refuses a file of another sweep now. The merge job would, but only after all training. */
static rs_status check_results(const rs_frozen_sweep *sweep, rs_error *error)
{
    rs_results *results = NULL;
    char expected[RS_HASH_TEXT];
    if (access(sweep->results, F_OK) != 0)
        return RS_OK;
    rs_status status = rs_results_open(&results, sweep->results, error);
    if (status != RS_OK)
        return status;
    const char *hash = rs_results_sweep(results);
    rs_hash_format(rs_plan_hash(sweep->plan), expected);
    if (hash == NULL || strcmp(hash, expected) != 0)
        status = rs_fail(error, RS_CANNOT_CREATE,
                         "%s holds another sweep: give another file with -o, and take over the "
                         "finished runs of this one with --from %s",
                         sweep->results, sweep->results);
    rs_results_close(results);
    return status;
}

/* ---- Size ------------------------------------------------------------------------------------ */

/* The value of an sbatch option among the words, also as -pVALUE or --name=VALUE; NULL if
 * absent. */
static const char *passed_option(const rs_invocation *call, const char *name, char letter)
{
    const char *value = NULL;
    size_t length = strlen(name);
    for (int i = 0; i < call->passed_count; i++) {
        const char *word = call->passed_on[i];
        const char *next = i + 1 < call->passed_count ? call->passed_on[i + 1] : NULL;
        if (strncmp(word, "--", 2) == 0 && strncmp(word + 2, name, length) == 0 &&
            (word[2 + length] == '=' || word[2 + length] == '\0'))
            value = word[2 + length] == '=' ? word + 3 + length : next;
        else if (word[0] == '-' && word[1] == letter)
            value = word[2] != '\0' ? word + 2 : next;
    }
    return value;
}

/* As in sbatch, an environment variable takes precedence over the script. */
static const char *choose_target(const char *own, const rs_invocation *call, const char *name,
                                 char letter, const char *variable)
{
    const char *passed = passed_option(call, name, letter), *set = getenv(variable);
    return set != NULL && set[0] != '\0' ? set : passed != NULL ? passed : own;
}

static rs_status ask_site(struct slurm_state *state, rs_error *error)
{
    const rs_invocation *call = state->call;
    const rs_slurm_target target = {
        .partition =
            choose_target(state->values->partition, call, "partition", 'p', "SBATCH_PARTITION"),
        .account = choose_target(state->values->account, call, "account", 'A', "SBATCH_ACCOUNT"),
        .qos = choose_target(NULL, call, "qos", 'q', "SBATCH_QOS"),
        .clusters =
            choose_target(getenv("SLURM_CLUSTERS"), call, "clusters", 'M', "SBATCH_CLUSTERS")};
    return rs_slurm_site_ask(&state->site, &target, error);
}

static rs_status read_time(double *seconds, const char *option, const char *text, rs_error *error)
{
    if (text != NULL && !rs_slurm_time_parse(text, seconds))
        return rs_fail(error, RS_USAGE,
                       "%s %s: must be a time as sbatch takes it: minutes, hh:mm:ss, or d-hh",
                       option, text);
    return RS_OK;
}

static rs_status check_cores(const struct slurm_state *state, rs_error *error)
{
    const rs_site_limit *most = &state->site.cores;
    if (state->values->cores <= most->value)
        return RS_OK;
    return rs_fail(error, RS_USAGE, "--cpus-per-task %u: %s allow%s %.0f", state->values->cores,
                   most->source, strncmp(most->source, "the nodes", 9) == 0 ? "" : "s",
                   most->value);
}

/* The longest possible job with so many cores. */
static rs_site_limit time_limit(const rs_slurm_site *site, unsigned cores)
{
    rs_site_limit shared = site->core_seconds;
    shared.value /= cores;
    return shared.value < site->time.value ? shared : site->time;
}

static rs_status choose_merge_time(struct slurm_state *state, rs_error *error)
{
    rs_submission *submission = &state->submission;
    const rs_site_limit most = time_limit(&state->site, 1);
    rs_status status =
        read_time(&submission->merge_time, "--merge-time", state->values->merge_time, error);
    if (status != RS_OK)
        return status;
    if (submission->merge_time <= 0)
        submission->merge_time = fmin(rs_slurm_merge_time(submission->sweep.plan), most.value);
    if (submission->merge_time <= most.value)
        return RS_OK;
    char allowed[RS_SLURM_TIME_TEXT];
    rs_slurm_time_format(most.value, allowed);
    return rs_fail(error, RS_USAGE, "--merge-time is longer than the %s that %s allows", allowed,
                   most.source);
}

/* Of the jobs that may be in the queue, two are merge jobs: one that runs and submits again, and
 * the next one. */
static unsigned queued_tasks(const rs_slurm_site *site)
{
    const double merges = 2;
    return (unsigned)fmin(fmax(site->queued.value - merges, 1), RS_SHARDS_MAX);
}

/* What a results file cannot hold is refused as `run` would in each task. */
static rs_status check_runs(const struct slurm_state *state, rs_error *error)
{
    const rs_store_runs runs = rs_sweep_runs(state->submission.sweep.plan, (rs_hash){0, 0});
    return rs_store_bytes(&runs, error) == 0 ? error->status : RS_OK;
}

/* "1G", "500M", "64000" as sbatch takes them: bytes. INFINITY for 0, all of a node, and for what is
 * no number. */
static double read_memory(const char *text)
{
    static const char units[] = "KMGT";
    char *end;
    const double count = strtod(text, &end);
    const char *unit = *end != '\0' ? strchr(units, toupper((unsigned char)*end)) : units + 1;
    return count > 0 && unit != NULL ? count * exp2(10.0 * (double)(unit - units + 1)) : INFINITY;
}

/* What sbatch's options give a task. */
static double given_memory(const struct slurm_state *state)
{
    const rs_invocation *call = state->call;
    const char *task = choose_target(NULL, call, "mem", '\0', "SBATCH_MEM_PER_NODE");
    const char *core = choose_target(NULL, call, "mem-per-cpu", '\0', "SBATCH_MEM_PER_CPU");
    return fmin(task != NULL ? read_memory(task) : INFINITY,
                core != NULL ? read_memory(core) * state->submission.cores : INFINITY);
}

/* With less memory each task would refuse to start, or be killed. */
static rs_status check_memory(struct slurm_state *state, const rs_isa *isa, rs_error *error)
{
    const rs_submission *submission = &state->submission;
    const rs_store_runs runs = rs_sweep_runs(submission->sweep.plan, (rs_hash){0, 0});
    const size_t shards = submission->size.shards;
    const rs_site_limit *most = &state->site.memory;
    const double given = given_memory(state);
    char needed[RS_BYTES_TEXT], allowed[RS_BYTES_TEXT];
    state->memory = rs_memory_need(&runs, (runs.count + shards - 1) / shards, isa,
                                   submission->cores, UINT64_MAX);
    const double need = (double)state->memory;
    rs_format_bytes(need, needed);
    rs_format_bytes(need > most->value ? most->value : given, allowed);
    if (need > most->value)
        return rs_fail(error, RS_USAGE,
                       "a task needs about %s of memory on %u core%s, and %s allow%s %s: take "
                       "fewer --cpus-per-task, more --shards, or another --partition",
                       needed, submission->cores, submission->cores == 1 ? "" : "s", most->source,
                       strncmp(most->source, "the nodes", 9) == 0 ? "" : "s", allowed);
    if (need > given)
        return rs_fail(error, RS_USAGE,
                       "a task needs about %s of memory on %u core%s, and --mem or --mem-per-cpu "
                       "gives it %s: give it --mem=%.0fM",
                       needed, submission->cores, submission->cores == 1 ? "" : "s", allowed,
                       ceil(need / (1 << 20)));
    return RS_OK;
}

static rs_status choose_size(struct slurm_state *state, rs_error *error)
{
    rs_submission *submission = &state->submission;
    const rs_isa *isa;
    rs_status status;
    submission->size.shards = state->values->shards;
    if ((status = read_time(&submission->size.time_limit, "--time", state->values->time, error)) !=
            RS_OK ||
        (status = ask_site(state, error)) != RS_OK ||
        (status = check_cores(state, error)) != RS_OK ||
        (status = choose_merge_time(state, error)) != RS_OK ||
        (status = rs_instruction_set_choose(&isa, NULL, error)) != RS_OK ||
        (status = check_runs(state, error)) != RS_OK ||
        (status = rs_workload_predict(&submission->workload, submission->sweep.plan, isa, error)) !=
            RS_OK)
        return status;
    const rs_site_limit time = time_limit(&state->site, submission->cores);
    const rs_array_limits limits = {.shards = RS_SHARDS_MAX,
                                    .queued = queued_tasks(&state->site),
                                    .time = time.value,
                                    .time_source = time.source};
    status = rs_array_size_choose(&submission->size, &submission->workload, submission->cores,
                                  &limits, error);
    if (status != RS_OK || (status = check_memory(state, isa, error)) != RS_OK)
        return status;
    submission->sweep.shards = submission->size.shards;
    submission->array_size =
        state->site.array_size < RS_SHARDS_MAX ? (unsigned)state->site.array_size : RS_SHARDS_MAX;
    submission->queued = limits.queued < submission->size.shards ? limits.queued : 0;
    return RS_OK;
}

/* ---- The command ----------------------------------------------------------------------------- */

static void announce_limits(const struct slurm_state *state)
{
    const rs_slurm_site *site = &state->site;
    const rs_site_limit time = time_limit(site, state->submission.cores);
    char text[RS_SLURM_TIME_TEXT];
    if (time.value < INFINITY) {
        rs_slurm_time_format(time.value, text);
        printf("  limits    %s a job (%s)\n", text, time.source);
    }
    if (site->queued.value < state->submission.size.shards + 2.0)
        printf("  limits    %.0f jobs in the queue (%s), so %u tasks at a time\n",
               site->queued.value, site->queued.source, state->submission.queued);
    if (site->running.value < state->submission.size.shards)
        printf("  limits    %.0f jobs at the same time (%s)\n", site->running.value,
               site->running.source);
}

static void announce(const struct slurm_state *state)
{
    const rs_submission *submission = &state->submission;
    const rs_array_size *size = &submission->size;
    char core[RS_DURATION_TEXT], task[RS_DURATION_TEXT], limit[RS_SLURM_TIME_TEXT];
    char memory[RS_BYTES_TEXT];
    rs_format_duration(submission->workload.seconds, core);
    rs_format_duration(size->task_seconds, task);
    rs_slurm_time_format(size->time_limit, limit);
    printf("%s: %zu runs, predicted %s%s on one core\n", rs_plan_name(submission->sweep.plan),
           submission->workload.runs, submission->workload.arrays > 1 ? "at most " : "", core);
    if (submission->workload.arrays > 1)
        printf("  an array for each of %zu rungs and one to the ends, which follow by themselves\n",
               submission->workload.arrays - 1);
    printf("  array of %u task%s, %u core%s and %s each, predicted %s\n", size->shards,
           size->shards == 1 ? "" : "s", submission->cores, submission->cores == 1 ? "" : "s",
           limit, task);
    if (size->shards > submission->array_size)
        printf("  in %u arrays, as one has %u tasks at most here\n",
               (size->shards + submission->array_size - 1) / submission->array_size,
               submission->array_size);
    rs_slurm_time_format(submission->merge_time, limit);
    printf("  merge job of %s\n", limit);
    announce_limits(state);
    if (size->rounds > submission->workload.arrays)
        printf("  about %u submissions%s; more cores, more time or fewer shards need fewer\n",
               size->rounds, submission->again ? ", which follow by themselves" : "");
    rs_format_bytes((double)state->memory, memory);
    printf("  memory    at most about %s a task\n", memory);
    printf("  results   %s\n", submission->sweep.results);
    printf("  commands  %s/README.md\n", submission->folder);
}

/* The command line is written into comments of the scripts. */
static rs_status check_words(int argc, char **argv, rs_error *error)
{
    for (int i = 0; i < argc; i++)
        if (strpbrk(argv[i], "\r\n") != NULL)
            return rs_fail(error, RS_USAGE, "an argument has a line break in it: %.*s...",
                           (int)strcspn(argv[i], "\r\n"), argv[i]);
    return RS_OK;
}

static rs_status prepare(struct slurm_state *state, rs_error *error)
{
    rs_submission *submission = &state->submission;
    rs_status status;
    submission->cores = state->values->cores;
    submission->concurrent = state->values->concurrent;
    submission->again = state->values->again;
    if ((status = make_directives(state, error)) != RS_OK ||
        (status = rs_sweep_load(&submission->sweep.plan, &state->call->arguments, error)) !=
            RS_OK ||
        (status = choose_paths(state, error)) != RS_OK ||
        (status = rs_frozen_sweep_check(state->folder, rs_plan_hash(submission->sweep.plan),
                                        error)) != RS_OK ||
        (status = check_results(&submission->sweep, error)) != RS_OK ||
        (status = choose_sources(state, error)) != RS_OK)
        return status;
    /* From rung to rung the merge job submits the next array. */
    submission->again |= rs_plan_halving(submission->sweep.plan) != NULL;
    submission->folder = state->folder;
    submission->program = state->program;
    submission->command = state->command;
    submission->directives = state->directives;
    return choose_size(state, error);
}

/* Shard files that exist before the folder does are of another folder, or of `run --shard`. Tasks
 * resume them, or give way to a process that writes them. */
static rs_status warn_of_shards(const struct slurm_state *state, rs_error *error)
{
    const rs_frozen_sweep *sweep = &state->submission.sweep;
    unsigned there = 0;
    rs_status status = RS_OK;
    for (unsigned i = 1; status == RS_OK && i <= sweep->shards; i++) {
        const rs_shard shard = {.index = i, .count = sweep->shards};
        char *path = NULL;
        status = rs_shard_path(&shard, sweep->results, &path, error);
        there += status == RS_OK && access(path, F_OK) == 0;
        free(path);
    }
    if (status == RS_OK && there > 0)
        fprintf(stderr,
                "rnnsweep: warning: %u of the %u shard files of %s exist already. The tasks resume "
                "them. If tasks of another folder still write them, these here end with exit code "
                "75, and submit.sh submits them again; to keep both apart, give another -o FILE\n",
                there, sweep->shards, sweep->results);
    return status;
}

/* The script replaces this process, so its exit code becomes ours. */
static rs_status submit(const char *folder, rs_error *error)
{
    char path[RS_PATH_MAX];
    snprintf(path, sizeof path, "%s/submit.sh", folder);
    fflush(stdout);
    execl(path, path, (char *)NULL);
    return rs_fail(error, RS_IO, "cannot run %s: %s", path, strerror(errno));
}

static rs_status make_submission(struct slurm_state *state, rs_error *error)
{
    rs_status status = prepare(state, error);
    if (status == RS_OK && !rs_frozen_sweep_is_folder(state->folder))
        status = warn_of_shards(state, error);
    if (status != RS_OK || (status = rs_slurm_scripts_write(&state->submission, error)) != RS_OK)
        return status;
    announce(state);
    if (state->values->submit)
        return submit(state->folder, error);
    printf("Nothing is submitted yet. To submit:\n    %s/submit.sh\n", state->folder);
    return RS_OK;
}

static rs_status run(const rs_invocation *call, rs_error *error)
{
    struct slurm_state state = {.call = call, .values = call->values};
    rs_status status = check_words(call->argc, call->argv, error);
    if (status != RS_OK)
        return status;
    state.command = rs_command_line(call->argc, call->argv, NULL);
    if (state.command == NULL)
        return rs_fail(error, RS_NO_MEMORY, "out of memory for the command line");
    status = make_submission(&state, error);
    rs_frozen_sweep_free(&state.submission.sweep);
    for (size_t i = 0; i < state.submission.from_count; i++)
        free(state.submission.from[i]);
    free(state.submission.from);
    free(state.directives);
    free(state.command);
    free(state.program);
    free(state.folder);
    return status;
}

#define FIELD(name) offsetof(struct slurm_values, name)

static const struct slurm_values defaults = {.cores = 1};

static const rs_option options[] = {
    {.name = "directory",
     .letter = 'd',
     .kind = RS_OPTION_TEXT,
     .offset = FIELD(directory),
     .argument = "DIR",
     .fallback = "slurm/<name>",
     .meaning = "folder for the scripts, the frozen sweep and the logs"},
    {.name = "output",
     .letter = 'o',
     .kind = RS_OPTION_TEXT,
     .offset = FIELD(output),
     .argument = "FILE",
     .fallback = "results/<name>.h5",
     .meaning = "merged results file; the shards' files go beside it"},
    {.name = "from",
     .kind = RS_OPTION_LIST,
     .offset = FIELD(from),
     .argument = "FILE...",
     .meaning = "take over finished runs of other files; all up to the next option"},
    {.name = "shards",
     .letter = 'n',
     .kind = RS_OPTION_COUNT,
     .offset = FIELD(shards),
     .argument = "N",
     .min = 1,
     .max = RS_SHARDS_MAX,
     .fallback = "what the predicted time asks for",
     .meaning = "tasks of the array"},
    {.name = "time",
     .letter = 't',
     .kind = RS_OPTION_TEXT,
     .offset = FIELD(time),
     .argument = "TIME",
     .fallback = "what so many shards need, else 1:00:00",
     .meaning = "time limit of a task, as for sbatch: 90, 1:30:00, 1-12"},
    {.name = "merge-time",
     .kind = RS_OPTION_TEXT,
     .offset = FIELD(merge_time),
     .argument = "TIME",
     .fallback = "half an hour and 1 s for 1000 runs, or what the partition allows",
     .meaning = "time limit of the job that merges the shards"},
    {.name = "cpus-per-task",
     .letter = 'c',
     .kind = RS_OPTION_COUNT,
     .offset = FIELD(cores),
     .argument = "N",
     .min = 1,
     .max = 4096,
     .fallback = "1",
     .meaning = "cores, and so threads, of a task"},
    {.name = "partition",
     .letter = 'p',
     .kind = RS_OPTION_TEXT,
     .offset = FIELD(partition),
     .argument = "NAME",
     .fallback = "the site's",
     .meaning = "partition of the jobs"},
    {.name = "account",
     .letter = 'A',
     .kind = RS_OPTION_TEXT,
     .offset = FIELD(account),
     .argument = "NAME",
     .fallback = "the site's",
     .meaning = "account of the jobs"},
    {.name = "concurrent",
     .kind = RS_OPTION_COUNT,
     .offset = FIELD(concurrent),
     .argument = "N",
     .min = 1,
     .max = 1000000,
     .fallback = "as many as Slurm starts",
     .meaning = "tasks at the same time"},
    {.name = "requeue-until-done",
     .kind = RS_OPTION_FLAG,
     .offset = FIELD(again),
     .meaning = "let the merge job submit what is missing, until nothing is; always so with "
                "early_terminate"},
    {.name = "submit",
     .kind = RS_OPTION_FLAG,
     .offset = FIELD(submit),
     .meaning = "submit at once, and print the numbers of the jobs"},
};

const rs_command rs_command_slurm = {
    .name = "slurm",
    .synopsis = "SWEEP.yaml [key=value ...] [-- SBATCH-OPTION ...]",
    .meaning = "make a Slurm job array of a sweep: scripts, merge job, resubmission",
    .description =
        "Writes a folder with everything it takes to train the sweep as a job array: a frozen\n"
        "copy of the sweep, the script of the array, one of the job that merges the shards when\n"
        "all tasks have ended, submit.sh, which submits both, and a README.md with the commands.\n"
        "Editing the sweep file later does not change what is submitted.\n"
        "\n"
        "submit.sh, called again, submits only the shards that lack runs. When the sweep has\n"
        "grown, give another folder and output, and --from the old output: only the new runs are\n"
        "trained. With early_terminate there is an array for each rung, and the merge job\n"
        "submits the next one.\n"
        "\n"
        "What follows -- goes into the scripts as #SBATCH lines.\n",
    .examples = "  rnnsweep slurm experiments/states-momentum.yaml --time 2:00:00 --submit\n"
                "  rnnsweep slurm sweep.yaml seeds=1000 --shards 16 --cpus-per-task 32 -- "
                "--mem=8G --mail-type=END\n"
                "  rnnsweep slurm sweep.yaml seeds=5000 -d slurm/more -o results/more.h5 "
                "--from results/sweep.h5\n"
                "  rnnsweep status slurm/sweep\n",
    .options = options,
    .option_count = sizeof options / sizeof options[0],
    .positional_min = 1,
    .positional_max = SIZE_MAX,
    .passes_on = true,
    .values_size = sizeof(struct slurm_values),
    .defaults = &defaults,
    .run = run,
};
