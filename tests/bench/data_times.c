/* What training on a user's own sequences costs against the addition task; prints JSON.
 *
 * Of each row, runs of both take turns, round by round, on one core, and what counts is CPU time
 * per multiply-add: H^2 + I H + O H for a step of a sequence forward, twice that backward, and once
 * more forward for the loss that is recorded. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "bench_kernels.h"
#include "clock.h"
#include "instruction_set.h"
#include "json_print.h"
#include "memory.h"
#include "options.h"
#include "random.h"
#include "task.h"

static const char usage[] =
    "Usage: data_times STATES PRECISION SECONDS KIND:INPUTS:OUTPUTS...\n"
    "\n"
    "KIND: reals, bits or classes, of the targets; shuffled-reals, ... in a new order each epoch.\n"
    "Inputs are reals. 2000 training sequences of 16 steps, minibatches of 100; SECONDS for each\n"
    "row of each round. per_multiply_add: time against that of the addition task.\n";

enum { ROUNDS = 7, STEPS = 16, TRAINED = 2000, FORWARD = 1, BACKWARD = 2, RECORDED = 1 };

typedef struct row {
    const char *words;
    rs_run_config config;
    size_t runs;
    double work; /* multiply-adds of a run */
    double seconds[ROUNDS], ratio[ROUNDS];
} row;

/* ---- Data ------------------------------------------------------------------------------------ */

static size_t set_numbers(const rs_data *data, const rs_data_set *set)
{
    return rs_data_input_count(data, set) + rs_data_target_count(data, set);
}

static void fill_set(const rs_data *data, rs_data_set *set, float *numbers, rs_random *random)
{
    const size_t inputs = rs_data_input_count(data, set);
    const size_t targets = rs_data_target_count(data, set);
    set->inputs = (rs_array){numbers, RS_ELEMENT_F32};
    set->targets = (rs_array){numbers + inputs, RS_ELEMENT_F32};
    for (size_t i = 0; i < inputs; i++)
        numbers[i] = (float)rs_random_uniform(random, -1, 1);
    for (size_t i = 0; i < targets; i++)
        numbers[inputs + i] =
            data->target_kind == RS_TARGET_REALS
                ? (float)rs_random_uniform(random, -1, 1)
                : (float)rs_random_below(random,
                                         data->target_kind == RS_TARGET_BITS ? 2 : data->outputs);
}

/* Random sequences of a kind as a task of this process. */
static rs_status add_task(rs_target_kind kind, uint32_t inputs, uint32_t outputs, const char *name,
                          uint32_t *task, rs_error *error)
{
    void *data_memory = NULL, *set_memory = NULL;
    rs_random random;
    rs_status status;
    if ((status = rs_allocate(&data_memory, 1, sizeof(rs_data), error)) != RS_OK ||
        (status = rs_allocate(&set_memory, 2, sizeof(rs_data_set), error)) != RS_OK) {
        free(data_memory);
        return status;
    }
    rs_data *data = data_memory;
    rs_data_set *sets = set_memory;
    *data = (rs_data){.input_kind = RS_INPUT_REALS,
                      .target_kind = kind,
                      .inputs = inputs,
                      .outputs = outputs,
                      .set_count = 2,
                      .sets = sets};
    sets[0] = (rs_data_set){.name = "train", .sequences = TRAINED, .steps = STEPS};
    sets[1] = (rs_data_set){.name = "test", .sequences = 1, .steps = STEPS};
    const size_t count = set_numbers(data, &sets[0]) + set_numbers(data, &sets[1]);
    void *numbers = mmap(NULL, count * sizeof(float), PROT_READ | PROT_WRITE,
                         MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (numbers == MAP_FAILED) {
        rs_data_free(data);
        return rs_fail(error, RS_NO_MEMORY, "out of memory for %zu numbers", count);
    }
    data->mapping = numbers;
    data->mapping_bytes = count * sizeof(float);
    rs_random_seed(&random, 1);
    fill_set(data, &sets[0], numbers, &random);
    fill_set(data, &sets[1], (float *)numbers + set_numbers(data, &sets[0]), &random);
    if ((status = rs_data_hash(data, &data->hash, error)) != RS_OK) {
        rs_data_free(data);
        return status;
    }
    const rs_task_facts facts = rs_task_facts_of(data, name);
    return rs_task_add(&facts, NULL, data, task, error);
}

/* ---- Rows ------------------------------------------------------------------------------------ */

static void set_work(row *r)
{
    const rs_network network = rs_run_config_network(&r->config);
    const double states = network.states;
    r->work = states * (states + network.inputs + network.outputs) * STEPS *
              (double)rs_run_config_updates(&r->config) * r->config.batch_size *
              (FORWARD + BACKWARD + RECORDED);
}

static rs_status make_row(row *r, const rs_run_config *base, const char *words, rs_error *error)
{
    static const char *const kinds[] = {
        [RS_TARGET_BITS] = "bits", [RS_TARGET_CLASSES] = "classes", [RS_TARGET_REALS] = "reals"};
    char word[16] = "";
    unsigned inputs, outputs;
    *r = (row){.words = words, .config = *base};
    const bool shuffled = strncmp(words, "shuffled-", strlen("shuffled-")) == 0;
    const char *rest = words + (shuffled ? strlen("shuffled-") : 0);
    int kind = RS_TARGET_REALS + 1;
    if (sscanf(rest, "%15[a-z]:%u:%u", word, &inputs, &outputs) == 3 && inputs > 0 && outputs > 0)
        for (kind = 0; kind <= RS_TARGET_REALS; kind++)
            if (kinds[kind] != NULL && strcmp(kinds[kind], word) == 0)
                break;
    if (kind > RS_TARGET_REALS || inputs > RS_DATA_WIDTH_MOST || outputs > RS_DATA_WIDTH_MOST)
        return rs_fail(error, RS_USAGE, "%s: no KIND:INPUTS:OUTPUTS\n%s", words, usage);
    const rs_status status =
        add_task((rs_target_kind)kind, inputs, outputs, word, &r->config.task, error);
    r->config.shuffle = shuffled;
    if (status == RS_OK)
        set_work(r);
    return status;
}

static rs_status measure(rs_trainer *trainer, row *r, size_t round, rs_error *error)
{
    rs_run_result result;
    rs_status status = RS_OK;
    const double start = rs_thread_clock();
    for (size_t i = 0; i < r->runs && status == RS_OK; i++) {
        r->config.seed = (uint32_t)(1 + round * r->runs + i);
        status = rs_trainer_run(trainer, &r->config, &result, error);
    }
    r->seconds[round] = (rs_thread_clock() - start) / (double)r->runs;
    return status;
}

/* A trainer for each row, as the threads of a sweep have one for many runs of a kind. */
static rs_status measure_rows(row *rows, size_t count, rs_trainer **trainers, double seconds,
                              rs_error *error)
{
    rs_status status = RS_OK;
    for (size_t i = 0; i < count && status == RS_OK; i++) {
        rows[i].runs = 1;
        status = measure(trainers[i], &rows[i], 0, error); /* warms up, and says how long */
        rows[i].runs = 1 + (size_t)(seconds / rows[i].seconds[0]);
    }
    for (size_t round = 0; round < ROUNDS; round++)
        for (size_t i = 0; i < count && status == RS_OK; i++) {
            status = measure(trainers[i], &rows[i], round, error);
            rows[i].ratio[round] =
                rows[i].seconds[round] / rows[i].work / (rows[0].seconds[round] / rows[0].work);
        }
    return status;
}

static json_t *row_json(row *r)
{
    const rs_spread seconds = rs_spread_of(r->seconds, ROUNDS);
    const rs_spread ratio = rs_spread_of(r->ratio, ROUNDS);
    return json_pack("{s:s, s:f, s:f, s:{s:f, s:f, s:f}}", "data", r->words, "runs_per_second",
                     1 / seconds.median, "nanoseconds_per_multiply_add",
                     1e9 * seconds.median / r->work, "per_multiply_add", "median", ratio.median,
                     "min", ratio.min, "max", ratio.max);
}

static rs_status run(int argc, char **argv, rs_error *error)
{
    enum { ROWS_MOST = 16 };
    row rows[ROWS_MOST + 1];
    rs_trainer *trainers[ROWS_MOST + 1] = {NULL};
    const rs_isa *isa;
    unsigned long states;
    const rs_parameter *precision = &rs_parameters[RS_PARAMETER_precision];
    rs_run_config base = rs_run_config_default();
    const int words = argc - 4;
    char *end = NULL;
    rs_status status;
    const int chosen =
        argc > 2 ? rs_parameter_choice_find(precision, argv[2], strlen(argv[2])) : -1;
    const double seconds = argc > 3 ? strtod(argv[3], &end) : 0;
    if (words < 1 || words > ROWS_MOST || !rs_parse_count(argv[1], 1, 4096, &states) ||
        chosen < 0 || *end != '\0' || !(seconds >= 0 && seconds <= 3600))
        return rs_fail(error, RS_USAGE, "%s", usage);
    base.states = (uint32_t)states;
    base.precision = (uint32_t)chosen;
    base.data_seed = 1; /* addition draws its training set once, too */
    base.test_samples = 1;
    base.train_samples = TRAINED;
    if ((status = rs_instruction_set_choose(&isa, NULL, error)) != RS_OK)
        return status;
    rows[0] = (row){.words = "addition", .config = base};
    set_work(&rows[0]);
    base.data_seed = -1;
    for (int i = 0; i < words && status == RS_OK; i++)
        status = make_row(&rows[i + 1], &base, argv[4 + i], error);
    for (int i = 0; i <= words && status == RS_OK; i++)
        status = rs_trainer_create(&trainers[i], isa, error);
    if (status == RS_OK)
        status = measure_rows(rows, (size_t)words + 1, trainers, seconds, error);
    json_t *list = json_array();
    for (int i = 0; i <= words; i++) {
        if (status == RS_OK)
            json_array_append_new(list, row_json(&rows[i]));
        rs_trainer_free(trainers[i]);
    }
    if (status == RS_OK)
        return rs_json_print(json_pack("{s:i, s:s, s:s, s:o}", "states", (int)states, "precision",
                                       argv[2], "isa", rs_isa_name(isa), "rows", list),
                             "the measurements", stdout, error);
    json_decref(list);
    return status;
}

int main(int argc, char **argv)
{
    rs_error error;
    const rs_status status = run(argc, argv, &error);
    if (status != RS_OK)
        fprintf(stderr, "%s\n", error.text);
    return rs_status_exit_code(status);
}
