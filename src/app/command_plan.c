#include <stdlib.h>
#include <string.h>

#include "calibrate.h"
#include "commands.h"
#include "grouping.h"
#include "json_print.h"
#include "memory.h"
#include "progress.h"
#include "sweep_runs.h"
#include "table.h"
#include "threads.h"

struct plan_values {
    const char *isa;
    unsigned threads;
    bool json;
};

/* The distinct values of one parameter, or of the seed, in order of appearance; beyond VALUES_MAX
 * only their bounds. */
enum { VALUES_MAX = 64 };
struct values {
    size_t count;
    bool more;
    double list[VALUES_MAX], last, min, max;
};

/* What one pass over all runs finds. */
struct survey {
    double seconds; /* predicted, of all runs on one core */
    size_t cheapest, dearest;
    double cheapest_seconds, dearest_seconds;
    struct values values[RS_BY_TOTAL]; /* the seed last */
};

static void add_value(struct values *values, double value)
{
    if (values->count == 0)
        values->min = values->max = value;
    else if (value == values->last)
        return;
    values->last = value;
    values->min = value < values->min ? value : values->min;
    values->max = value > values->max ? value : values->max;
    for (size_t i = 0; i < values->count; i++)
        if (values->list[i] == value)
            return;
    if (values->count < VALUES_MAX)
        values->list[values->count++] = value;
    else
        values->more = true;
}

static rs_status survey_runs(const rs_plan *plan, const rs_isa *isa, struct survey *survey,
                             rs_error *error)
{
    const double budget = 2;
    rs_calibration *calibration;
    rs_status status = rs_calibration_create(&calibration, isa, budget, error);
    if (status != RS_OK)
        return status;
    for (size_t run = 0; run < rs_plan_runs(plan); run++) {
        rs_run_config config;
        double seconds;
        rs_plan_run(plan, run, &config);
        if ((status = rs_calibration_predict(calibration, &config, &seconds, error)) != RS_OK)
            break;
        survey->seconds += seconds;
        if (run == 0 || seconds < survey->cheapest_seconds) {
            survey->cheapest = run;
            survey->cheapest_seconds = seconds;
        }
        if (run == 0 || seconds > survey->dearest_seconds) {
            survey->dearest = run;
            survey->dearest_seconds = seconds;
        }
        for (size_t i = 0; i < RS_PARAMETER_TOTAL; i++)
            if (rs_plan_varies(plan, (rs_parameter_id)i) || run == 0)
                add_value(&survey->values[i], rs_parameter_get(&rs_parameters[i], &config));
        add_value(&survey->values[RS_BY_SEED], config.seed);
    }
    rs_calibration_free(calibration);
    return status;
}

/* No thread can share the dearest run. */
static double wall_seconds(const struct survey *survey, unsigned threads)
{
    double even = survey->seconds / threads;
    return even > survey->dearest_seconds ? even : survey->dearest_seconds;
}

static void format_bytes(double bytes, char *text, size_t size)
{
    static const char *const units[] = {"bytes", "kB", "MB", "GB", "TB", "PB"};
    size_t unit = 0;
    for (; bytes >= 1000 && unit + 1 < sizeof units / sizeof units[0]; unit++)
        bytes /= 1000;
    snprintf(text, size, unit == 0 ? "%.0f %s" : "%.3g %s", bytes, units[unit]);
}

static void print_values(const rs_parameter *parameter, const struct values *values)
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

static void print_parameters(const rs_plan *plan, const struct survey *survey)
{
    bool varies = false, fixed = false;
    for (size_t i = 0; i < RS_PARAMETER_TOTAL; i++) {
        if (!rs_plan_varies(plan, (rs_parameter_id)i))
            continue;
        if (!varies)
            printf("  parameters that vary\n");
        varies = true;
        print_values(&rs_parameters[i], &survey->values[i]);
    }
    for (size_t i = 0; i < RS_PARAMETER_TOTAL; i++) {
        if (rs_plan_varies(plan, (rs_parameter_id)i) ||
            survey->values[i].list[0] == rs_parameters[i].fallback)
            continue;
        if (!fixed)
            printf("  fixed, other than the default\n");
        fixed = true;
        print_values(&rs_parameters[i], &survey->values[i]);
    }
}

/* "run 17  3.2 ms  states=3 momentum=0.8 seed=4": what varies, and the seed. */
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

static void print_seeds(const rs_plan *plan, const struct values *seeds)
{
    size_t configurations = rs_plan_configurations(plan), runs = rs_plan_runs(plan);
    printf("  %-20s ", "seeds");
    if (runs % configurations == 0 && rs_plan_duplicates(plan) == 0)
        printf("%zu for each configuration, ", runs / configurations);
    printf("%.0f..%.0f\n", seeds->min, seeds->max);
}

static void print_plan(const rs_plan *plan, const rs_store_runs *runs, const struct survey *survey,
                       const rs_thread_choice *threads)
{
    char bytes[32], core[RS_DURATION_TEXT], wall[RS_DURATION_TEXT];
    format_bytes((double)rs_store_bytes(runs), bytes, sizeof bytes);
    rs_format_duration(survey->seconds, core);
    rs_format_duration(wall_seconds(survey, threads->count), wall);
    printf("%s%s%s\n", rs_plan_name(plan), rs_plan_description(plan)[0] != '\0' ? ": " : "",
           rs_plan_description(plan));
    printf("  %-20s %zu\n", "runs", rs_plan_runs(plan));
    printf("  %-20s %zu\n", "configurations", rs_plan_configurations(plan));
    print_seeds(plan, &survey->values[RS_BY_SEED]);
    if (rs_plan_duplicates(plan) > 0)
        printf("  %-20s %zu equal runs, trained once\n", "duplicates", rs_plan_duplicates(plan));
    print_parameters(plan, survey);
    printf("  %-20s %s\n", "results file", bytes);
    printf("  %-20s %s on one core; %s on %u thread%s (%s)\n", "predicted time", core, wall,
           threads->count, threads->count == 1 ? "" : "s", threads->source);
    print_run(plan, "first", 0, 0);
    print_run(plan, "last", rs_plan_runs(plan) - 1, 0);
    print_run(plan, "cheapest", survey->cheapest, survey->cheapest_seconds);
    print_run(plan, "dearest", survey->dearest, survey->dearest_seconds);
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

static json_t *varying_json(const rs_plan *plan, const struct survey *survey)
{
    json_t *object = json_object();
    for (size_t i = 0; i < RS_PARAMETER_TOTAL; i++) {
        const struct values *values = &survey->values[i];
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

static rs_status print_json(const rs_plan *plan, const rs_store_runs *runs,
                            const struct survey *survey, unsigned threads, rs_error *error)
{
    char hash[RS_HASH_TEXT];
    rs_hash_format(runs->sweep, hash);
    json_t *json = json_pack(
        "{s:s, s:s, s:s, s:I, s:I, s:I, s:I, s:f, s:i, s:f, s:o, s:{s:f, s:o}, s:{s:f, s:o}, s:o, "
        "s:o}",
        "name", rs_plan_name(plan), "description", rs_plan_description(plan), "hash", hash, "runs",
        (json_int_t)rs_plan_runs(plan), "configurations", (json_int_t)rs_plan_configurations(plan),
        "duplicates", (json_int_t)rs_plan_duplicates(plan), "bytes",
        (json_int_t)rs_store_bytes(runs), "core_seconds", survey->seconds, "threads", (int)threads,
        "wall_seconds", wall_seconds(survey, threads), "varying", varying_json(plan, survey),
        "cheapest", "seconds", survey->cheapest_seconds, "run", run_json(plan, survey->cheapest),
        "dearest", "seconds", survey->dearest_seconds, "run", run_json(plan, survey->dearest),
        "first", run_json(plan, 0), "last", run_json(plan, rs_plan_runs(plan) - 1));
    return rs_json_print(json, "the plan", stdout, error);
}

static rs_status show_plan(const rs_arguments *arguments, const struct plan_values *values,
                           rs_error *error)
{
    rs_plan *plan = NULL;
    void *survey = NULL;
    const rs_isa *isa;
    rs_store_runs runs;
    rs_thread_choice threads;
    rs_status status;
    if ((status = rs_sweep_load(&plan, arguments, error)) != RS_OK ||
        (status = rs_sweep_runs(plan, &runs, error)) != RS_OK ||
        (status = rs_isa_select(&isa, values->isa, error)) != RS_OK ||
        (status = rs_threads_choose(values->threads, &threads, error)) != RS_OK ||
        (status = rs_allocate(&survey, 1, sizeof(struct survey), error)) != RS_OK ||
        (status = survey_runs(plan, isa, survey, error)) != RS_OK)
        goto done;
    if (values->json)
        status = print_json(plan, &runs, survey, threads.count, error);
    else
        print_plan(plan, &runs, survey, &threads);
done:
    free(survey);
    rs_plan_free(plan);
    return status;
}

static rs_status run(const rs_command *command, int argc, char **argv, rs_error *error)
{
    struct plan_values values = {0};
    rs_arguments arguments = {0};
    rs_status status = rs_options_parse(command, argc, argv, &values, &arguments, error);
    if (status == RS_OK && arguments.help)
        rs_options_help(command, stdout);
    else if (status == RS_OK)
        status = show_plan(&arguments, &values, error);
    free(arguments.positional);
    return status;
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
    {.name = "json",
     .kind = RS_OPTION_FLAG,
     .offset = FIELD(json),
     .meaning = "print JSON instead of text"},
};

const rs_command rs_command_plan = {
    .name = "plan",
    .synopsis = "SWEEP.yaml [key=value ...]",
    .meaning = "what a sweep would train, and what it would cost",
    .description =
        "Reads the sweep file and says how many runs it makes, which parameters vary, how large\n"
        "the results file will be and how long training will take, from a short calibration on\n"
        "one core. Writes no file.\n",
    .examples = "  rnnsweep plan experiments/states-momentum.yaml\n"
                "  rnnsweep plan sweep.yaml -j 128 seeds=1000\n"
                "  rnnsweep plan sweep.yaml --json\n",
    .options = options,
    .option_count = sizeof options / sizeof options[0],
    .positional_min = 1,
    .positional_max = SIZE_MAX,
    .run = run,
};
