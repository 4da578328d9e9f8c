#include <stdlib.h>
#include <string.h>

#include "array_size.h"
#include "commands.h"
#include "console.h"
#include "duration.h"
#include "grouping.h"
#include "halving_cost.h"
#include "instruction_set.h"
#include "json_print.h"
#include "memory_need.h"
#include "plan_survey.h"
#include "run_list.h"
#include "sweep_runs.h"
#include "table.h"
#include "task.h"
#include "threads.h"

struct plan_values {
    const char *isa;
    unsigned threads;
    bool list, json;
};

/* Bytes of a run in the results file. */
struct plan_cost {
    uint64_t file, memory;
    rs_halving_cost halving; /* of early termination; zeros: there is none */
};

static void print_values(const rs_parameter *parameter, const rs_values *values)
{
    enum { SHOWN = 12 };
    char low[RS_PARAMETER_TEXT], high[RS_PARAMETER_TEXT];
    printf("    %-18s", parameter->name);
    if (values->count <= SHOWN) {
        for (size_t i = 0; i < values->count; i++) {
            rs_format_brief(parameter, values->list[i], low);
            printf(" %s", low);
        }
        putchar('\n');
        return;
    }
    rs_format_brief(parameter, values->min, low);
    rs_format_brief(parameter, values->max, high);
    printf(" %s .. %s (%s%zu values)\n", low, high, values->more ? "more than " : "",
           values->count);
}

static void print_parameters(const rs_plan *plan, const rs_plan_survey *survey)
{
    bool varies = false, fixed = false;
    for (size_t i = 0; i < RS_PARAMETER_TOTAL; i++) {
        if (!rs_plan_varies(plan, (rs_parameter_id)i))
            continue;
        if (!varies)
            printf("  parameters that vary\n");
        varies = true;
        print_values(&rs_parameters[i], &survey->parameters[i]);
    }
    for (size_t i = 0; i < RS_PARAMETER_TOTAL; i++) {
        if (rs_plan_varies(plan, (rs_parameter_id)i) ||
            survey->parameters[i].list[0] == rs_parameters[i].fallback)
            continue;
        if (!fixed)
            printf("  fixed, other than the default\n");
        fixed = true;
        print_values(&rs_parameters[i], &survey->parameters[i]);
    }
}

static void print_data(const rs_values *tasks)
{
    char line[RS_TASK_LINE];
    for (size_t i = 0; i < tasks->count; i++) {
        const uint32_t task = (uint32_t)tasks->list[i];
        if (task < RS_TASK_TOTAL)
            continue;
        rs_task_summarize(task, line);
        printf("  data %-15s %s\n", rs_task_facts_at(task)->name, line);
    }
}

/* "run 17  3.2 ms  states=3 momentum=0.8 seed=4": the parameters that vary, and the seed. */
static void print_run(const rs_plan *plan, const char *label, size_t run, double seconds)
{
    rs_run_config config;
    rs_plan_run(plan, run, &config);
    printf("  %-20s run %zu:", label, run);
    for (size_t i = 0; i < RS_PARAMETER_TOTAL; i++) {
        char text[RS_PARAMETER_TEXT];
        if (!rs_plan_varies(plan, (rs_parameter_id)i))
            continue;
        rs_format_brief(&rs_parameters[i], rs_parameter_get(&rs_parameters[i], &config), text);
        printf(" %s=%s", rs_parameters[i].name, text);
    }
    printf(" seed=%u", config.seed);
    if (seconds > 0)
        printf("  (%.3g s)", seconds);
    putchar('\n');
}

static void print_seeds(const rs_plan *plan, const rs_values *seeds)
{
    size_t configurations = rs_plan_configurations(plan), runs = rs_plan_runs(plan);
    printf("  %-20s ", "seeds");
    if (rs_plan_sweeps(plan) == 1 && runs % configurations == 0)
        printf("%zu for each configuration, ", runs / configurations);
    printf(seeds->min < seeds->max ? "%.0f..%.0f\n" : "%.0f\n", seeds->min, seeds->max);
}

/* The longest run, where it is long: a job whose time limit is shorter could never finish it. */
static void print_longest_run(const rs_plan_survey *survey)
{
    const double worth_a_word = 60;
    char alone[RS_DURATION_TEXT], job[RS_DURATION_TEXT];
    if (survey->longest_seconds < worth_a_word)
        return;
    rs_format_duration(survey->longest_seconds, alone);
    rs_format_duration(rs_array_size_shortest_time(survey->longest_seconds), job);
    printf("  %-20s %s on one core; needs a job of at least %s\n", "longest run", alone, job);
}

/* "2 s to 3 s on one core: 31 to 42 % of ..." */
static void print_share(const char *label, rs_work_share share, double core_seconds)
{
    char least[RS_DURATION_TEXT], most[RS_DURATION_TEXT];
    rs_format_duration(share.least * core_seconds, least);
    rs_format_duration(share.most * core_seconds, most);
    printf("    %-18s %s to %s on one core, which saves %.0f to %.0f %%\n", label, least, most,
           100 * (1 - share.most), 100 * (1 - share.least));
}

static void print_halving(const rs_plan *plan, const rs_halving_cost *cost, double core_seconds)
{
    const rs_halving *halving = rs_plan_halving(plan);
    char label[RS_RUNG_TEXT];
    if (halving == NULL)
        return;
    printf("  %-20s by %s of %s over the seeds of a configuration\n", "early termination",
           rs_halving_statistic_names[halving->statistic], rs_plan_metric(plan));
    for (size_t rung = 0; rung < halving->rungs.count; rung++) {
        rs_rung_name(halving->rungs.in_epochs, halving->rungs.at[rung], label);
        printf("    %-18s %zu configuration%s, %zu kept\n", label, cost->configurations[rung],
               cost->configurations[rung] == 1 ? "" : "s", cost->configurations[rung + 1]);
    }
    print_share("in one process", cost->at_once, core_seconds);
    print_share("a job each rung", cost->in_jobs, core_seconds);
}

static void print_plan(const rs_plan *plan, const rs_plan_survey *survey,
                       const struct plan_cost *cost, const rs_thread_choice *threads)
{
    char bytes[RS_BYTES_TEXT], hash[RS_HASH_TEXT], core[RS_DURATION_TEXT], wall[RS_DURATION_TEXT];
    char hours[32] = "";
    rs_hash_format(survey->identity, hash);
    rs_format_bytes((double)cost->file, bytes);
    const double core_seconds = rs_plan_survey_core_seconds(survey, 1);
    rs_format_duration(core_seconds, core);
    rs_format_duration(rs_plan_survey_wall_seconds(survey, threads->count), wall);
    printf("%s%s", rs_plan_name(plan), rs_plan_description(plan)[0] != '\0' ? ": " : "");
    rs_console_put(stdout, rs_plan_description(plan));
    putchar('\n');
    printf("  %-20s %zu\n", "runs", rs_plan_runs(plan));
    printf("  %-20s %zu\n", "configurations", rs_plan_configurations(plan));
    if (rs_plan_sweeps(plan) > 1)
        printf("  %-20s %zu, one after the other\n", "sweeps in the file", rs_plan_sweeps(plan));
    print_seeds(plan, &survey->seeds);
    if (rs_plan_duplicates(plan) > 0)
        printf("  %-20s %zu runs equal to earlier ones, left out\n", "duplicates",
               rs_plan_duplicates(plan));
    if (rs_plan_excluded(plan) > 0)
        printf("  %-20s %zu runs, left out\n", "excluded", rs_plan_excluded(plan));
    print_parameters(plan, survey);
    print_data(&survey->parameters[RS_PARAMETER_task]);
    printf("  %-20s %s\n", "results file", bytes);
    rs_format_bytes((double)cost->memory, bytes);
    printf("  %-20s about %s\n", "memory", bytes);
    if (core_seconds >= 3600)
        snprintf(hours, sizeof hours, " (%.3g core-hours)", core_seconds / 3600);
    printf("  %-20s %s%s on one core%s; %s on %u thread%s (%s)\n", "predicted time",
           survey->may_stop ? "at most " : "", core, hours, wall, threads->count,
           threads->count == 1 ? "" : "s", threads->source);
    print_halving(plan, &cost->halving, core_seconds);
    if (survey->may_stop)
        printf("  %-20s all updates are counted; runs that stop early take less\n", "");
    print_longest_run(survey);
    printf("  %-20s %s\n", "identity", hash);
    print_run(plan, "first", 0, 0);
    print_run(plan, "last", rs_plan_runs(plan) - 1, 0);
    print_run(plan, "cheapest", survey->cheapest, survey->cheapest_seconds);
    print_run(plan, "costliest", survey->costliest, survey->costliest_seconds);
}

static json_t *run_json(const rs_plan *plan, size_t run)
{
    json_t *object = json_object();
    rs_run_config config;
    rs_plan_run(plan, run, &config);
    json_object_set_new(object, "run", json_integer((json_int_t)run));
    for (size_t i = 0; i < RS_PARAMETER_TOTAL; i++)
        json_object_set_new(object, rs_parameters[i].name,
                            rs_json_parameter(&rs_parameters[i], &config));
    json_object_set_new(object, "seed", json_integer(config.seed));
    return object;
}

static json_t *varying_json(const rs_plan *plan, const rs_plan_survey *survey)
{
    json_t *object = json_object();
    for (size_t i = 0; i < RS_PARAMETER_TOTAL; i++) {
        const rs_values *values = &survey->parameters[i];
        rs_run_config config = rs_run_config_default();
        json_t *list = json_array();
        if (!rs_plan_varies(plan, (rs_parameter_id)i)) {
            json_decref(list);
            continue;
        }
        for (size_t j = 0; j < values->count; j++) {
            rs_parameter_set(&rs_parameters[i], &config, values->list[j]);
            json_array_append_new(list, rs_json_parameter(&rs_parameters[i], &config));
        }
        json_object_set_new(object, rs_parameters[i].name,
                            json_pack("{s:o, s:b}", "values", list, "more", values->more));
    }
    return object;
}

/* The data files: name, path and hash of each. */
static json_t *data_json(const rs_values *tasks)
{
    json_t *list = json_array();
    for (size_t i = 0; i < tasks->count; i++) {
        const rs_task_facts *facts = rs_task_facts_at((uint32_t)tasks->list[i]);
        char hash[RS_HASH_TEXT];
        if (facts == NULL)
            continue;
        rs_hash_format(facts->hash, hash);
        json_array_append_new(
            list, json_pack("{s:s, s:s, s:s, s:i, s:i, s:i, s:i}", "name", facts->name, "path",
                            rs_task_path((uint32_t)tasks->list[i]), "hash", hash, "inputs",
                            (int)facts->inputs, "outputs", (int)facts->outputs, "train",
                            (int)facts->train.sequences, "test", (int)facts->test.sequences));
    }
    return list;
}

/* null without early termination. */
static json_t *halving_json(const rs_plan *plan, const rs_halving_cost *cost)
{
    const rs_halving *halving = rs_plan_halving(plan);
    json_t *rungs = json_array();
    if (halving == NULL) {
        json_decref(rungs);
        return json_null();
    }
    for (size_t rung = 0; rung < halving->rungs.count; rung++)
        json_array_append_new(rungs, json_pack("{s:I, s:f, s:I, s:I}", "at",
                                               (json_int_t)halving->rungs.at[rung], "keep",
                                               halving->keep[rung], "configurations",
                                               (json_int_t)cost->configurations[rung], "go_on",
                                               (json_int_t)cost->configurations[rung + 1]));
    return json_pack("{s:s, s:s, s:s, s:o, s:[f, f], s:[f, f]}", "statistic",
                     rs_halving_statistic_names[halving->statistic], "metric", rs_plan_metric(plan),
                     "unit", halving->rungs.in_epochs ? "epochs" : "updates", "rungs", rungs,
                     "work_share", cost->at_once.least, cost->at_once.most, "work_share_in_jobs",
                     cost->in_jobs.least, cost->in_jobs.most);
}

static rs_status print_json(const rs_plan *plan, const rs_plan_survey *survey,
                            const struct plan_cost *cost, unsigned threads, rs_error *error)
{
    char hash[RS_HASH_TEXT];
    rs_hash_format(survey->identity, hash);
    json_t *json = json_pack(
        "{s:s, s:s, s:s, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:f, s:b, s:i, s:f, s:o, s:{s:f, s:o}, "
        "s:{s:f, "
        "s:o}, s:o, "
        "s:o, s:o, s:o}",
        "name", rs_plan_name(plan), "description", rs_plan_description(plan), "hash", hash, "runs",
        (json_int_t)rs_plan_runs(plan), "configurations", (json_int_t)rs_plan_configurations(plan),
        "duplicates", (json_int_t)rs_plan_duplicates(plan), "excluded",
        (json_int_t)rs_plan_excluded(plan), "sweeps", (json_int_t)rs_plan_sweeps(plan), "bytes",
        (json_int_t)cost->file, "memory_bytes", (json_int_t)cost->memory, "core_seconds",
        rs_plan_survey_core_seconds(survey, 1), "may_stop", survey->may_stop, "threads",
        (int)threads, "wall_seconds", rs_plan_survey_wall_seconds(survey, threads), "varying",
        varying_json(plan, survey), "cheapest", "seconds", survey->cheapest_seconds, "run",
        run_json(plan, survey->cheapest), "costliest", "seconds", survey->costliest_seconds, "run",
        run_json(plan, survey->costliest), "first", run_json(plan, 0), "last",
        run_json(plan, rs_plan_runs(plan) - 1), "data",
        data_json(&survey->parameters[RS_PARAMETER_task]), "early_terminate",
        halving_json(plan, &cost->halving));
    return rs_json_print(json, "the plan", stdout, error);
}

static rs_status show_plan(const rs_plan *plan, const struct plan_values *values, rs_error *error)
{
    rs_plan_survey *survey = NULL;
    const rs_isa *isa;
    rs_thread_choice threads;
    rs_status status;
    rs_sweep_warn(plan);
    const rs_store_runs runs = rs_sweep_runs(plan, (rs_hash){0, 0});
    struct plan_cost cost = {.file = rs_store_bytes(&runs, error)};
    if (cost.file == 0) /* `run` would refuse these runs with the same message */
        return error->status;
    if ((status = rs_instruction_set_choose(&isa, values->isa, error)) != RS_OK ||
        (status = rs_threads_choose(values->threads, &threads, error)) != RS_OK ||
        (status = rs_plan_survey_make(&survey, plan, isa, error)) != RS_OK)
        return status;
    if (rs_plan_halving(plan) != NULL &&
        (status = rs_halving_cost_make(&cost.halving, plan, error)) != RS_OK)
        goto done;
    cost.memory = rs_memory_need(&runs, runs.count, isa, threads.count, UINT64_MAX);
    if (values->json)
        status = print_json(plan, survey, &cost, threads.count, error);
    else
        print_plan(plan, survey, &cost, &threads);
done:
    free(cost.halving.configurations);
    free(survey);
    return status;
}

static rs_status plan_sweep(const rs_arguments *arguments, const struct plan_values *values,
                            rs_error *error)
{
    rs_plan *plan = NULL;
    if (values->list && values->json)
        return rs_fail(error, RS_USAGE, "--list and --json: give one of them");
    rs_status status = rs_sweep_load(&plan, arguments, error);
    if (status != RS_OK)
        return status;
    if (values->list)
        rs_run_list_print(plan, stdout);
    else
        status = show_plan(plan, values, error);
    rs_plan_free(plan);
    return status;
}

static rs_status run(const rs_invocation *call, rs_error *error)
{
    return plan_sweep(&call->arguments, call->values, error);
}

#define FIELD(name) offsetof(struct plan_values, name)

static const rs_option options[] = {
    {.name = "threads",
     .letter = 'j',
     .kind = RS_OPTION_COUNT,
     .offset = FIELD(threads),
     .argument = "N",
     .min = 1,
     .max = RS_THREADS_MAX,
     .fallback = "OMP_NUM_THREADS, else the CPUs available",
     .meaning = "threads to predict the wall time for"},
    {.name = "isa",
     .kind = RS_OPTION_TEXT,
     .offset = FIELD(isa),
     .argument = "NAME",
     .fallback = "the fastest usable",
     .meaning = "instruction set to predict for"},
    {.name = "list",
     .kind = RS_OPTION_FLAG,
     .offset = FIELD(list),
     .meaning = "print every run as CSV instead: its parameters, seed and identity"},
    {.name = "json",
     .kind = RS_OPTION_FLAG,
     .offset = FIELD(json),
     .meaning = "print JSON instead of text"},
};

const rs_command rs_command_plan = {
    .name = "plan",
    .synopsis = "SWEEP.yaml [key=value ...]",
    .meaning = "show what a sweep would train, and what it would cost",
    .description =
        "Reads the sweep file and says how many runs it makes, which parameters vary, how large\n"
        "the results file will be and how long training will take, from a short calibration on\n"
        "one core. With early_terminate it also says how many configurations go on after each\n"
        "rung, and what that saves at least and at most. Equal runs are trained once and counted\n"
        "as duplicates. Writes no file.\n",
    .examples = "  rnnsweep plan experiments/states-momentum.yaml\n"
                "  rnnsweep plan sweep.yaml -j 128 seeds=1000\n"
                "  rnnsweep plan sweep.yaml 'lambda=interval(0.5,0.9)' method=random run_cap=100\n"
                "  rnnsweep plan sweep.yaml --json\n"
                "  rnnsweep plan sweep.yaml --list > runs.csv\n",
    .options = options,
    .option_count = sizeof options / sizeof options[0],
    .positional_min = 1,
    .positional_max = SIZE_MAX,
    .values_size = sizeof(struct plan_values),
    .run = run,
};
