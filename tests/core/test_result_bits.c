/* The bits of results do not change: every number of some hundred runs, hashed, against the
 * hashes written down in result_bits.txt. Each instruction set that can be used here must give
 * them; the fast tests ask the best one alone.
 *
 *     test_result_bits result_bits.txt           compares
 *     test_result_bits result_bits.txt --best    compares those of the best instruction set
 *     test_result_bits result_bits.txt --write   writes the hashes anew, of the generic kernels
 *
 * Write them anew only for a change that is meant to alter results. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rnnsweep/rnnsweep.h"

static const uint32_t widths[] = {1,  2,  3,  4,  5,  6,  7,  8,  9,  12, 15, 16, 17, 20, 22,
                                  24, 31, 32, 33, 36, 40, 44, 48, 56, 63, 64, 65, 66, 71, 80};
static const struct {
    uint32_t batch_size, batching, train_samples, epochs, sequence_length;
} schedules[] = {{1, RS_BATCHING_DISJOINT, 40, 1, 9},
                 {20, RS_BATCHING_SLIDING, 60, 3, 7},
                 {100, RS_BATCHING_DISJOINT, 300, 2, 16}};
enum {
    WIDTHS = sizeof widths / sizeof widths[0],
    SCHEDULES = sizeof schedules / sizeof schedules[0],
    TANH_RUNS = 132,
    CELL_RUNS = 66, /* of each cell in turn, and of leaks */
    MGU_RUNS = 12,
    GROUPED_RUNS = 64, /* small batches, whose lanes are runs */
    GROUPED_FROM = TANH_RUNS + CELL_RUNS + MGU_RUNS,
    TASK_RUNS = 60, /* other tasks than addition, in both orders of kernels */
    TASKS_FROM = GROUPED_FROM + GROUPED_RUNS,
    LATER_GROUPED_RUNS = 20, /* batches of 5 and 6 */
    LATER_GROUPED_FROM = TASKS_FROM + TASK_RUNS,
    RUNS = LATER_GROUPED_FROM + LATER_GROUPED_RUNS,
    CHECKED_STATES_MOST = 9, /* a gradient check of many states takes long */
    NAME = 96
};

/* The cells after the runs of tanh, each with a width of its own. */
static void set_cell(uint32_t index, rs_run_config *config)
{
    static const struct {
        uint32_t cell;
        double leak;
    } kinds[] = {{RS_CELL_RELU, 1},
                 {RS_CELL_GRU, 1},
                 {RS_CELL_LSTM, 1},
                 {RS_CELL_TANH, 0.3},
                 {RS_CELL_RELU, 0.6}};
    const uint32_t kind = (index - TANH_RUNS) / 2 % 5;
    const int is_mgu = index >= TANH_RUNS + CELL_RUNS;
    config->cell = is_mgu ? RS_CELL_MGU : kinds[kind].cell;
    config->leak = is_mgu ? 1 : kinds[kind].leak;
    config->forget_bias = config->cell == RS_CELL_LSTM && index % 4 < 2 ? 1 : 0;
    config->states = widths[(index - TANH_RUNS) * 7 / 2 % WIDTHS];
    config->gradient_check = config->states <= 5;
}

/* Every cell and optimiser with batches of 1 to 5; of every third run other sequences. */
static rs_run_config make_grouped(uint32_t index, rs_run_config config)
{
    static const uint32_t states[] = {1, 3, 4, 8, 11, 16, 17, 32, 33};
    config.cell = index / 2 % RS_CELL_TOTAL;
    config.states = states[index * 5 % (sizeof states / sizeof states[0])];
    config.batch_size = 1 + index / 2 % 5;
    config.batching = RS_BATCHING_DISJOINT;
    config.train_samples = 45;
    config.epochs = 2;
    config.sequence_length = 9;
    config.optimizer = index / 5 % RS_OPTIMIZER_TOTAL;
    config.learning_rate = 0.01;
    config.clip_norm = index % 4 == 3 ? 0.5 : -1;
    config.weight_decay = index % 8 == 5 ? 0.01 : 0;
    config.recorded_loss = index / 3 % 2;
    config.initial_state = index / 7 % RS_INITIAL_STATE_TOTAL;
    config.gradient_check = 0;
    if (index % 3 == 2) {
        config.task = index % 2 == 0 ? RS_TASK_COUNTING : RS_TASK_PARITY;
        config.shortest_length = config.task == RS_TASK_PARITY ? 2 : -1;
    }
    return config;
}

/* Bits, classes and reals, with sequences of one length and of several, one output and more. */
static rs_run_config make_task(uint32_t index, rs_run_config config)
{
    static const uint32_t tasks[] = {RS_TASK_PARITY, RS_TASK_FLIP_FLOP,           RS_TASK_DYCK,
                                     RS_TASK_ADDING, RS_TASK_CONTEXT_INTEGRATION, RS_TASK_COUNTING};
    static const uint32_t states[] = {64, 16, 96, 33, 130, 64, 7, 48, 96};
    config.task = tasks[index / 2 % (sizeof tasks / sizeof tasks[0])];
    config.states = states[index / 2 % (sizeof states / sizeof states[0])];
    config.cell = index / 4 % RS_CELL_TOTAL;
    config.leak = config.cell == RS_CELL_TANH && index % 8 < 2 ? 0.4 : 1;
    config.batch_size = 10 + 9 * (index % 5);
    config.batching = RS_BATCHING_DISJOINT;
    config.train_samples = 95;
    config.epochs = 2;
    config.sequence_length = 10;
    config.shortest_length = config.task == RS_TASK_PARITY ? 3 : -1;
    config.learning_rate = 0.003;
    config.optimizer = index / 3 % RS_OPTIMIZER_TOTAL;
    config.recorded_loss = index / 5 % 2;
    config.gradient_check = 0;
    config.data_seed = -1;
    return config;
}

/* Runs in turn: precision fastest, then schedule, then width; what is left over repeats small
 * widths with other settings. */
static rs_run_config make_run(uint32_t index)
{
    rs_run_config config = rs_run_config_default();
    const uint32_t schedule = index / 2 % SCHEDULES, round = index / 2 / SCHEDULES;
    config.precision = index % 2;
    config.states = widths[round % WIDTHS];
    config.batch_size = schedules[schedule].batch_size;
    config.batching = schedules[schedule].batching;
    config.train_samples = schedules[schedule].train_samples;
    config.epochs = schedules[schedule].epochs;
    config.sequence_length = schedules[schedule].sequence_length;
    config.test_samples = 77;
    config.seed = 1 + index;
    config.gradient_check = config.states <= CHECKED_STATES_MOST && round % 2 == 0;
    config.epsilon_placement = round % 3 == 1;
    config.loss_interval = 1 + index % 3;
    if (round % 5 == 4)
        config.data_seed = 7;
    if (index % 22 == 21)
        config.learning_rate = config.precision == RS_FLOAT32 ? 1e38 : 1e308; /* diverges */
    if (index >= LATER_GROUPED_FROM) {
        config = make_grouped(index - LATER_GROUPED_FROM, config);
        config.batch_size = 5 + index / 4 % 2;
        return config;
    }
    if (index >= TASKS_FROM)
        return make_task(index - TASKS_FROM, config);
    if (index >= GROUPED_FROM)
        return make_grouped(index - GROUPED_FROM, config);
    if (index >= TANH_RUNS)
        set_cell(index, &config);
    return config;
}

static void name_run(const rs_run_config *config, char text[NAME])
{
    char cell[32] = "";
    if (config->cell != RS_CELL_TANH || config->leak < 1)
        snprintf(cell, sizeof cell, "%s leak=%g ", rs_cell_name(config->cell), config->leak);
#define RS_NAME(task, word) [task] = #word " ",
    static const char *const tasks[] = {RS_TASK_LIST(RS_NAME)};
#undef RS_NAME
    snprintf(text, NAME, "%sfloat%d %sH=%u B=%u%s T=%u seed=%u%s",
             config->task == RS_TASK_ADDITION ? "" : tasks[config->task],
             config->precision == RS_FLOAT32 ? 32 : 64, cell, config->states, config->batch_size,
             config->batching == RS_BATCHING_SLIDING ? " sliding" : "", config->sequence_length,
             config->seed, config->gradient_check ? " checked" : "");
}

/* ---- FNV-1a over the numbers' bits, lowest byte first ---------------------------------------- */

static uint64_t hash_bytes(uint64_t hash, uint64_t bits)
{
    for (int byte = 0; byte < 8; byte++)
        hash = (hash ^ (bits >> 8 * byte & 0xff)) * UINT64_C(0x100000001b3);
    return hash;
}

static uint64_t hash_number(uint64_t hash, double number)
{
    uint64_t bits = UINT64_C(0x7ff8000000000000); /* whatever the NaN */
    if (!isnan(number))
        memcpy(&bits, &number, sizeof bits);
    return hash_bytes(hash, bits);
}

static uint64_t hash_result(const rs_run_config *config, const rs_run_result *r)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    hash = hash_bytes(hash, (uint64_t)r->outcome);
    hash = hash_bytes(hash, (uint64_t)r->diverged_at);
    hash = hash_number(hash, r->initial_loss);
    hash = hash_number(hash, r->final_loss);
    hash = hash_number(hash, r->test_bit_accuracy);
    hash = hash_number(hash, r->test_accuracy);
    for (size_t i = 0; i < r->loss_count; i++)
        hash = hash_number(hash, r->loss[i]);
    for (size_t i = 0; i < r->weight_count; i++)
        hash = hash_number(hash, r->weights[i]);
    if (config->gradient_check) {
        hash = hash_bytes(hash, r->gradient_check.agrees);
        hash = hash_bytes(hash, r->gradient_check.index);
        hash = hash_number(hash, r->gradient_check.numerical);
        hash = hash_number(hash, r->gradient_check.backpropagated);
    }
    return hash;
}

/* ---- Comparing and writing ------------------------------------------------------------------- */

static int hash_runs(const rs_isa *isa, uint64_t hashes[RUNS])
{
    rs_trainer *trainer = NULL;
    rs_error error;
    rs_status status = rs_trainer_create(&trainer, isa, &error);
    for (uint32_t i = 0; i < RUNS && status == RS_OK; i++) {
        rs_run_config config = make_run(i);
        rs_run_result result;
        status = rs_trainer_run(trainer, &config, &result, &error);
        if (status == RS_OK)
            hashes[i] = hash_result(&config, &result);
    }
    rs_trainer_free(trainer);
    if (status != RS_OK)
        fprintf(stderr, "%s: %s\n", rs_isa_name(isa), error.text);
    return status == RS_OK;
}

static int write_hashes(const char *path)
{
    uint64_t hashes[RUNS];
    const rs_isa *isa;
    char name[NAME];
    if (rs_isa_select(&isa, "generic", NULL) != RS_OK || !hash_runs(isa, hashes))
        return 1;
    FILE *file = fopen(path, "w");
    if (file == NULL)
        return 1;
    for (uint32_t i = 0; i < RUNS; i++) {
        rs_run_config config = make_run(i);
        name_run(&config, name);
        fprintf(file, "%016" PRIx64 " %s\n", hashes[i], name);
    }
    return fclose(file) != 0;
}

static int read_hashes(const char *path, uint64_t hashes[RUNS])
{
    FILE *file = fopen(path, "r");
    char line[2 * NAME], name[NAME];
    int same = file != NULL;
    for (uint32_t i = 0; i < RUNS && same; i++) {
        rs_run_config config = make_run(i);
        name_run(&config, name);
        same = fgets(line, sizeof line, file) != NULL;
        char *end = line;
        if (same)
            hashes[i] = strtoull(line, &end, 16);
        line[strcspn(line, "\n")] = '\0';
        same = same && *end == ' ' && strcmp(end + 1, name) == 0;
    }
    if (file != NULL)
        fclose(file);
    if (!same)
        fprintf(stderr, "%s does not hold the hashes of these runs\n", path);
    return same;
}

static int compare(const rs_isa *isa, const uint64_t expected[RUNS])
{
    uint64_t hashes[RUNS];
    char name[NAME];
    int differ = 0;
    if (!hash_runs(isa, hashes))
        return 1;
    for (uint32_t i = 0; i < RUNS; i++)
        if (hashes[i] != expected[i]) {
            rs_run_config config = make_run(i);
            name_run(&config, name);
            fprintf(stderr, "%s: %s gives other bits\n", rs_isa_name(isa), name);
            differ++;
        }
    printf("%s: %d of %d runs as before\n", rs_isa_name(isa), RUNS - differ, RUNS);
    return differ;
}

int main(int count, char **arguments)
{
    uint64_t expected[RUNS];
    int differ = 0;
    const char *option = count == 3 ? arguments[2] : "";
    const rs_isa *best;
    if (strcmp(option, "--write") == 0)
        return write_hashes(arguments[1]);
    if (count < 2 || count > 3 || !read_hashes(arguments[1], expected))
        return 1;
    if (strcmp(option, "--best") == 0)
        return rs_isa_select(&best, NULL, NULL) != RS_OK || compare(best, expected) != 0;
    for (size_t i = 0; rs_isa_at(i) != NULL; i++)
        if (rs_isa_check(rs_isa_at(i)) == RS_ISA_USABLE)
            differ += compare(rs_isa_at(i), expected);
    return differ != 0;
}
