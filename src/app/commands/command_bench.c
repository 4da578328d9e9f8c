#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

#include "bench_kernels.h"
#include "commands.h"
#include "json_print.h"
#include "memory.h"
#include "provenance.h"
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

enum { WORDS_MAX = 32, WORD_TEXT = 32 };

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

static rs_status parse_numbers(const char *option, const char *list, unsigned long max,
                               unsigned long numbers[WORDS_MAX], size_t *count, rs_error *error)
{
    struct words words;
    rs_status status = split_words(option, list, &words, error);
    for (size_t i = 0; i < words.count && status == RS_OK; i++)
        if (!rs_parse_count(words.text[i], 1, max, &numbers[i]))
            status = rs_fail(error, RS_USAGE, "--%s %s: must be whole numbers from 1 to %lu",
                             option, list, max);
    *count = words.count;
    return status;
}

/* ---- Single runs -------------------------------------------------------------------------------
 */

static rs_status add_rows(const struct words *isas, uint32_t precision,
                          const unsigned long states[], size_t state_count, rs_bench_row *rows,
                          size_t *count, rs_error *error)
{
    for (size_t s = 0; s < state_count; s++)
        for (size_t i = 0; i == 0 || i < isas->count; i++) {
            const char *name = isas->count > 0 ? isas->text[i] : NULL;
            rs_bench_row *row = &rows[(*count)++];
            rs_status status = rs_isa_select(&row->isa, name, error);
            if (status != RS_OK)
                return status;
            row->states = (uint32_t)states[s];
            row->precision = precision;
        }
    return RS_OK;
}

/* *rows = a row for every combination of the options; the caller frees it. */
static rs_status choose_rows(const struct bench_values *values, rs_bench_row **rows, size_t *count,
                             rs_error *error)
{
    const rs_parameter *parameter = &rs_parameters[RS_PARAMETER_precision];
    struct words precisions, isas = {0};
    unsigned long states[WORDS_MAX];
    size_t state_count;
    void *fresh = NULL;
    rs_status status;
    if ((status = parse_numbers("states", values->states,
                                (unsigned long)rs_parameters[RS_PARAMETER_states].max, states,
                                &state_count, error)) != RS_OK ||
        (status = split_words("precision", values->precision, &precisions, error)) != RS_OK)
        return status;
    if (values->isa != NULL && (status = split_words("isa", values->isa, &isas, error)) != RS_OK)
        return status;
    size_t most = state_count * precisions.count * (isas.count + 1);
    if ((status = rs_allocate(&fresh, most, sizeof **rows, error)) != RS_OK)
        return status;
    *count = 0;
    for (size_t p = 0; p < precisions.count && status == RS_OK; p++) {
        const char *word = precisions.text[p];
        int precision = rs_parameter_choice_find(parameter, word, strlen(word));
        if (precision < 0)
            status = rs_fail(error, RS_USAGE, "--precision %s: must be words out of: %s", word,
                             parameter->choices);
        else
            status = add_rows(&isas, (uint32_t)precision, states, state_count, fresh, count, error);
    }
    if (status == RS_OK)
        *rows = fresh;
    else
        free(fresh);
    return status;
}

static void precision_name(uint32_t precision, char text[RS_PARAMETER_TEXT])
{
    rs_parameter_choice_name(&rs_parameters[RS_PARAMETER_precision], precision, text,
                             RS_PARAMETER_TEXT);
}

static rs_status print_rows(size_t count, const rs_bench_row rows[], rs_error *error)
{
    static const char *const heading[] = {"states",  "precision", "isa",         "runs/s",
                                          "min",     "max",       "GFLOP/s",     "peak",
                                          "of peak", "row bytes", "thread bytes"};
    enum { COLUMNS = sizeof heading / sizeof heading[0] };
    struct machine machine = describe_machine();
    rs_table *table;
    rs_status status = rs_table_create_headed(&table, COLUMNS, heading, error);
    if (status != RS_OK)
        return status;
    for (const rs_bench_row *row = rows; row < rows + count; row++) {
        char precision[RS_PARAMETER_TEXT];
        precision_name(row->precision, precision);
        rs_table_cell(table, "%u", row->states);
        rs_table_cell(table, "%s", precision);
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

static json_t *rows_json(size_t count, const rs_bench_row rows[])
{
    json_t *list = json_array();
    for (const rs_bench_row *row = rows; row < rows + count; row++) {
        char precision[RS_PARAMETER_TEXT];
        precision_name(row->precision, precision);
        json_array_append_new(
            list,
            json_pack("{s:i, s:s, s:s, s:I, s:f, s:f, s:o, s:f, s:o, s:o, s:I, s:I}", "states",
                      (int)row->states, "precision", precision, "isa", rs_isa_name(row->isa),
                      "runs", (json_int_t)row->runs, "runs_per_second", 1 / row->seconds.median,
                      "flop_per_run", row->flop, "cpu_seconds", spread_json(row->seconds),
                      "flop_per_second", row->flop / row->seconds.median, "peak_flop_per_second",
                      spread_json(row->peak), "fraction_of_peak", spread_json(row->fraction),
                      "row_bytes", (json_int_t)row->row_bytes, "trainer_bytes",
                      (json_int_t)row->trainer_bytes));
    }
    return list;
}

static rs_status run(const rs_invocation *call, rs_error *error)
{
    const struct bench_values *values = call->values;
    rs_bench_row *rows = NULL;
    size_t count;
    rs_status status = choose_rows(values, &rows, &count, error);
    if (status == RS_OK)
        status = rs_bench_kernels(count, rows, values->seconds, values->updates_only, error);
    if (status == RS_OK)
        status = values->json ? print_json(rows_json(count, rows), error)
                              : print_rows(count, rows, error);
    free(rows);
    return status;
}

#define FIELD(name) offsetof(struct bench_values, name)

static const struct bench_values defaults = {
    .states = "3,8,16,32,64,128", .precision = "float32,float64", .seconds = 0.5};

static const rs_option options[] = {
    {.name = "states",
     .kind = RS_OPTION_TEXT,
     .offset = FIELD(states),
     .argument = "LIST",
     .fallback = "3,8,16,32,64,128",
     .meaning = "state counts to time"},
    {.name = "precision",
     .kind = RS_OPTION_TEXT,
     .offset = FIELD(precision),
     .argument = "LIST",
     .fallback = "float32,float64",
     .meaning = "precisions to time"},
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
    .synopsis = "",
    .meaning = "time the training against the limits of this machine",
    .description =
        "Trains the default run of each state count, precision and instruction set over and over\n"
        "on one core, and times fused multiply-adds alone beside it. Shows runs per second of CPU\n"
        "time (median, least and greatest of seven rounds in which the rows take turns), the\n"
        "arithmetic rate without tanh, exp and log, its share of that of the multiply-adds, and\n"
        "the bytes that a run takes in a results file and a thread in memory.\n",
    .examples = "  rnnsweep bench\n"
                "  rnnsweep bench --states 3,32 --precision float32 --isa avx2,generic\n",
    .options = options,
    .option_count = sizeof options / sizeof options[0],
    .positional_min = 0,
    .positional_max = 0,
    .values_size = sizeof(struct bench_values),
    .defaults = &defaults,
    .run = run,
};
