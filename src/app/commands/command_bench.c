#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

#include "bench_kernels.h"
#include "commands.h"
#include "json_print.h"
#include "memory.h"
#include "provenance.h"
#include "sweep_runs.h"
#include "table.h"

struct bench_values {
    const char *states, *precision, *isa;
    double seconds;
    bool updates_only, json;
};

/* The machine, with which both forms of the report begin. */
struct machine {
    char cpu[128];
    char system[400];
};

/* The first CPU's name in /proc/cpuinfo, which has none on AArch64. */
static struct machine describe_machine(void)
{
    struct machine machine = {.cpu = "unknown CPU", .system = "unknown system"};
    struct utsname name;
    char line[256];
    if (uname(&name) == 0)
        snprintf(machine.system, sizeof machine.system, "%s %s %s", name.sysname, name.release,
                 name.machine);
    FILE *stream = fopen("/proc/cpuinfo", "re");
    if (stream == NULL)
        return machine;
    while (fgets(line, sizeof line, stream) != NULL)
        if (sscanf(line, "model name : %127[^\n]", machine.cpu) == 1)
            break;
    fclose(stream);
    return machine;
}

static void print_machine(const struct machine *machine)
{
    printf("%s, %s\nrnnsweep %s (commit %s), %s %s\n\n", machine->cpu, machine->system,
           rs_version(), rs_commit(), rs_build_compiler(), rs_build_flags());
}

static json_t *machine_json(const struct machine *machine)
{
    return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s}", "cpu", machine->cpu, "system",
                     machine->system, "version", rs_version(), "commit", rs_commit(), "compiler",
                     rs_build_compiler(), "flags", rs_build_flags());
}

/* Prints {"machine": ..., "kernels": list} and releases the list. */
static rs_status print_json(json_t *list, rs_error *error)
{
    struct machine machine = describe_machine();
    json_t *json = json_pack("{s:o, s:o}", "machine", machine_json(&machine), "kernels", list);
    return rs_json_print(json, "the measurements", stdout, error);
}

/* ---- Lists of the command line: words separated by commas --------------------------------------
 */

enum { WORDS_MAX = 32, WORD_TEXT = 32, ROWS_MAX = 1000 };

struct words {
    size_t count;
    char text[WORDS_MAX][WORD_TEXT];
};

static rs_status split_words(const char *option, const char *list, struct words *words,
                             rs_error *error)
{
    words->count = 0;
    for (const char *word = list;; word++) {
        size_t length = strcspn(word, ",");
        if (length == 0 || length >= WORD_TEXT || words->count == WORDS_MAX)
            return rs_fail(error, RS_USAGE, "--%s %s: must be one to %d words, like 3,8", option,
                           list, WORDS_MAX);
        memcpy(words->text[words->count], word, length);
        words->text[words->count++][length] = '\0';
        word += length;
        if (*word == '\0')
            return RS_OK;
    }
}

/* ---- Rows --------------------------------------------------------------------------------------
 */

/* The default run at some widths, in both precisions; settings replace values and add parameters.
 */
static const char default_sweep[] = "method: grid\n"
                                    "parameters:\n"
                                    "  precision: [float32, float64]\n"
                                    "  states: [3, 8, 16, 32, 64, 128]\n";

/* "name=list", which the caller frees. */
static rs_status setting_of(const char *name, const char *list, void **setting, rs_error *error)
{
    const size_t size = strlen(name) + strlen(list) + 2;
    const rs_status status = rs_allocate(setting, size, 1, error);
    if (status == RS_OK)
        snprintf(*setting, size, "%s=%s", name, list);
    return status;
}

/* The configurations to time: those of the settings, then of the options that are short for some.
 */
static rs_status plan_rows(rs_plan **plan, const struct bench_values *values,
                           const rs_arguments *arguments, rs_error *error)
{
    void *settings = NULL, *states = NULL, *precision = NULL;
    size_t count = arguments->count;
    rs_status status = rs_allocate(&settings, count + 2, sizeof(const char *), error);
    const char **all = settings;
    if (status == RS_OK && values->states != NULL)
        status = setting_of("states", values->states, &states, error);
    if (status == RS_OK && values->precision != NULL)
        status = setting_of("precision", values->precision, &precision, error);
    if (status == RS_OK) {
        if (count > 0)
            memcpy(all, arguments->positional, count * sizeof *all);
        if (states != NULL)
            all[count++] = states;
        if (precision != NULL)
            all[count++] = precision;
        status = rs_sweep_of_settings(plan, default_sweep, count, all, error);
    }
    free(precision);
    free(states);
    free(settings);
    return status;
}

/* A row for each configuration and instruction set. */
static rs_status fill_rows(const rs_plan *plan, const struct words *isas, rs_bench_row *rows,
                           size_t *count, rs_error *error)
{
    for (size_t run = 0; run < rs_plan_runs(plan); run++)
        for (size_t i = 0; i == 0 || i < isas->count; i++) {
            rs_bench_row *row = &rows[(*count)++];
            rs_status status =
                rs_isa_select(&row->isa, isas->count > 0 ? isas->text[i] : NULL, error);
            if (status != RS_OK)
                return status;
            rs_plan_run(plan, run, &row->config);
        }
    return RS_OK;
}

/* *rows = a row for every combination; the caller frees it. */
static rs_status choose_rows(const rs_plan *plan, const struct bench_values *values,
                             rs_bench_row **rows, size_t *count, rs_error *error)
{
    struct words isas = {0};
    void *fresh = NULL;
    rs_status status;
    if (rs_plan_runs(plan) > ROWS_MAX)
        return rs_fail(error, RS_USAGE, "these settings make %zu runs: at most %d can take turns",
                       rs_plan_runs(plan), ROWS_MAX);
    if (values->isa != NULL && (status = split_words("isa", values->isa, &isas, error)) != RS_OK)
        return status;
    if ((status = rs_allocate(&fresh, rs_plan_runs(plan) * (isas.count + 1), sizeof **rows,
                              error)) != RS_OK)
        return status;
    *count = 0;
    if ((status = fill_rows(plan, &isas, fresh, count, error)) == RS_OK)
        *rows = fresh;
    else
        free(fresh);
    return status;
}

/* The parameters with a column: the states, the precision, and what else varies. */
static bool has_column(const rs_plan *plan, int parameter)
{
    return parameter == RS_PARAMETER_states || parameter == RS_PARAMETER_precision ||
           rs_plan_varies(plan, (rs_parameter_id)parameter);
}

static void print_measurements(rs_table *table, const rs_bench_row *row)
{
    rs_table_cell(table, "%s", rs_isa_name(row->isa));
    rs_table_cell(table, "%.4g", 1 / row->seconds.median);
    rs_table_cell(table, "%.4g", 1 / row->seconds.max);
    rs_table_cell(table, "%.4g", 1 / row->seconds.min);
    rs_table_cell(table, "%.1f", 1e-9 * row->flop / row->seconds.median);
    rs_table_cell(table, "%.1f", 1e-9 * row->peak.median);
    rs_table_cell(table, "%.1f %%", 100 * row->fraction.median);
    rs_table_cell(table, "%zu", row->row_bytes);
    rs_table_cell(table, "%zu", row->trainer_bytes);
}

static rs_status print_rows(const rs_plan *plan, size_t count, const rs_bench_row rows[],
                            rs_error *error)
{
    static const char *const measured[] = {"isa",  "runs/s",  "min",       "max",         "GFLOP/s",
                                           "peak", "of peak", "row bytes", "thread bytes"};
    enum { MEASURED = sizeof measured / sizeof measured[0] };
    const char *heading[RS_PARAMETER_TOTAL + MEASURED];
    size_t columns = 0;
    struct machine machine = describe_machine();
    rs_table *table;
    for (int i = 0; i < RS_PARAMETER_TOTAL; i++)
        if (has_column(plan, i))
            heading[columns++] = rs_parameters[i].name;
    memcpy(heading + columns, measured, sizeof measured);
    rs_status status = rs_table_create_headed(&table, columns + MEASURED, heading, error);
    if (status != RS_OK)
        return status;
    for (const rs_bench_row *row = rows; row < rows + count; row++) {
        char text[RS_PARAMETER_TEXT];
        for (int i = 0; i < RS_PARAMETER_TOTAL; i++)
            if (has_column(plan, i)) {
                rs_format_brief(&rs_parameters[i],
                                rs_parameter_get(&rs_parameters[i], &row->config), text);
                rs_table_cell(table, "%s", text);
            }
        print_measurements(table, row);
    }
    print_machine(&machine);
    status = rs_table_print(table, 0, stdout, error);
    rs_table_free(table);
    return status;
}

static json_t *spread_json(rs_spread spread)
{
    return json_pack("{s:f, s:f, s:f}", "median", spread.median, "min", spread.min, "max",
                     spread.max);
}

/* What is not the default. */
static json_t *settings_json(const rs_run_config *config)
{
    json_t *object = json_object();
    for (int i = 0; i < RS_PARAMETER_TOTAL; i++)
        if (rs_parameter_get(&rs_parameters[i], config) != rs_parameters[i].fallback)
            json_object_set_new(object, rs_parameters[i].name,
                                rs_json_parameter(&rs_parameters[i], config));
    return object;
}

static json_t *rows_json(size_t count, const rs_bench_row rows[])
{
    json_t *list = json_array();
    for (const rs_bench_row *row = rows; row < rows + count; row++)
        json_array_append_new(
            list,
            json_pack("{s:i, s:o, s:o, s:s, s:I, s:f, s:f, s:o, s:f, s:o, s:o, s:I, s:I}", "states",
                      (int)row->config.states, "precision",
                      rs_json_parameter(&rs_parameters[RS_PARAMETER_precision], &row->config),
                      "settings", settings_json(&row->config), "isa", rs_isa_name(row->isa), "runs",
                      (json_int_t)row->runs, "runs_per_second", 1 / row->seconds.median,
                      "flop_per_run", row->flop, "cpu_seconds", spread_json(row->seconds),
                      "flop_per_second", row->flop / row->seconds.median, "peak_flop_per_second",
                      spread_json(row->peak), "fraction_of_peak", spread_json(row->fraction),
                      "row_bytes", (json_int_t)row->row_bytes, "trainer_bytes",
                      (json_int_t)row->trainer_bytes));
    return list;
}

static rs_status run(const rs_invocation *call, rs_error *error)
{
    const struct bench_values *values = call->values;
    rs_plan *plan = NULL;
    rs_bench_row *rows = NULL;
    size_t count = 0;
    rs_status status;
    if ((status = plan_rows(&plan, values, &call->arguments, error)) != RS_OK)
        return status;
    status = choose_rows(plan, values, &rows, &count, error);
    if (status == RS_OK)
        status = rs_bench_kernels(count, rows, values->seconds, values->updates_only, error);
    if (status == RS_OK)
        status = values->json ? print_json(rows_json(count, rows), error)
                              : print_rows(plan, count, rows, error);
    free(rows);
    rs_plan_free(plan);
    return status;
}

#define FIELD(name) offsetof(struct bench_values, name)

static const struct bench_values defaults = {.seconds = 0.5};

static const rs_option options[] = {
    {.name = "states",
     .kind = RS_OPTION_TEXT,
     .offset = FIELD(states),
     .argument = "LIST",
     .fallback = "3,8,16,32,64,128",
     .meaning = "state counts to time, short for states=LIST"},
    {.name = "precision",
     .kind = RS_OPTION_TEXT,
     .offset = FIELD(precision),
     .argument = "LIST",
     .fallback = "float32,float64",
     .meaning = "precisions to time, short for precision=LIST"},
    {.name = "isa",
     .kind = RS_OPTION_TEXT,
     .offset = FIELD(isa),
     .argument = "LIST",
     .fallback = "the fastest usable",
     .meaning = "instruction sets to time"},
    {.name = "seconds",
     .kind = RS_OPTION_REAL,
     .offset = FIELD(seconds),
     .argument = "S",
     .min = 0,
     .max = 3600,
     .fallback = "0.5",
     .meaning = "time for each row, seven runs at least"},
    {.name = "updates-only",
     .kind = RS_OPTION_FLAG,
     .offset = FIELD(updates_only),
     .meaning = "leave out what surrounds the updates: drawing the training set, the test"},
    {.name = "json",
     .kind = RS_OPTION_FLAG,
     .offset = FIELD(json),
     .meaning = "print JSON instead of text"},
};

const rs_command rs_command_bench = {
    .name = "bench",
    .synopsis = "[key=value ...]",
    .meaning = "time the training against the limits of this machine",
    .description =
        "Trains the default run of each state count, precision and instruction set over and over\n"
        "on one core, and times fused multiply-adds alone beside it. key=value trains with other\n"
        "settings.\n\n"
        "Shows runs per second of CPU time (median, least and greatest of seven rounds in which\n"
        "the rows take turns), the arithmetic rate without tanh, exp and log, its share of that\n"
        "of the multiply-adds, and the bytes that a run takes in a results file and a thread in\n"
        "memory.\n",
    .examples = "  rnnsweep bench\n"
                "  rnnsweep bench --states 3,32 --precision float32 --isa avx2,generic\n"
                "  rnnsweep bench cell=tanh,gru,lstm recorded_loss=after,before states=8\n",
    .options = options,
    .option_count = sizeof options / sizeof options[0],
    .positional_min = 0,
    .positional_max = SIZE_MAX,
    .values_size = sizeof(struct bench_values),
    .defaults = &defaults,
    .run = run,
};
