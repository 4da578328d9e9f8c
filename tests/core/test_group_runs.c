/* Runs side by side: each has the outcome that it has by itself, to the bit, whatever its lane, its
 * companions and their ends. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "random.h"
#include "rnnsweep/rnnsweep.h"

static size_t allocations;
void *__wrap_aligned_alloc(size_t alignment, size_t bytes);
void *__real_aligned_alloc(size_t alignment, size_t bytes);

void *__wrap_aligned_alloc(size_t alignment, size_t bytes)
{
    allocations++;
    return __real_aligned_alloc(alignment, bytes);
}

enum { RUNS = 16 };

/* What a run leaves behind, copied out of the trainer. */
typedef struct kept {
    rs_run_result result;
    double *numbers; /* loss curve, weights, checks */
    size_t count;
} kept;

static kept keep(const rs_run_result *r)
{
    kept k = {.result = *r, .count = r->loss_count + r->weight_count + 2 * r->check_count};
    k.numbers = malloc(k.count * sizeof *k.numbers);
    assert_non_null(k.numbers);
    double *to = k.numbers;
    memcpy(to, r->loss, r->loss_count * sizeof *to);
    memcpy(to += r->loss_count, r->weights, r->weight_count * sizeof *to);
    to += r->weight_count;
    for (size_t i = 0; i < r->check_count; i++) {
        *to++ = r->validation_loss[i];
        *to++ = r->validation_accuracy[i];
    }
    return k;
}

static bool is_same_number(double a, double b)
{
    return memcmp(&a, &b, sizeof a) == 0 || (isnan(a) && isnan(b));
}

static void assert_same(const kept *a, const kept *b, const char *what)
{
    const rs_run_result *x = &a->result, *y = &b->result;
    if (x->outcome != y->outcome || x->diverged_at != y->diverged_at || x->updates != y->updates ||
        x->stop_reason != y->stop_reason || a->count != b->count)
        fail_msg("%s: outcome %d %d, updates %d %d", what, (int)x->outcome, (int)y->outcome,
                 (int)x->updates, (int)y->updates);
    if (!is_same_number(x->initial_loss, y->initial_loss) ||
        !is_same_number(x->final_loss, y->final_loss) ||
        !is_same_number(x->test_accuracy, y->test_accuracy) ||
        !is_same_number(x->test_bit_accuracy, y->test_bit_accuracy) ||
        !is_same_number(x->test_loss, y->test_loss) || !is_same_number(x->solved_at, y->solved_at))
        fail_msg("%s: losses or accuracies", what);
    for (size_t i = 0; i < a->count; i++)
        if (!is_same_number(a->numbers[i], b->numbers[i]))
            fail_msg("%s: number %zu is %a, alone %a", what, i, a->numbers[i], b->numbers[i]);
}

/* ---- Runs --------------------------------------------------------------------------------------
 */

typedef struct kind {
    const char *name;
    uint32_t task, cell, optimizer, batch_size, states, sequence_length, precision;
    int64_t shortest_length;
    bool fresh_data, shuffle, before;
    uint32_t batching, validation_samples;
    double stop_loss, stop_accuracy;
} kind;

static const kind kinds[] = {
    {"addition", RS_TASK_ADDITION, RS_CELL_TANH, RS_OPTIMIZER_RMSPROP, 1, 3, 9, RS_FLOAT32, -1,
     .stop_loss = -1, .stop_accuracy = -1},
    {"addition of 4, float64", RS_TASK_ADDITION, RS_CELL_GRU, RS_OPTIMIZER_ADAM, 4, 5, 7,
     RS_FLOAT64, -1, .shuffle = true, .stop_loss = -1, .stop_accuracy = -1},
    {"addition, fresh", RS_TASK_ADDITION, RS_CELL_MGU, RS_OPTIMIZER_SGD, 2, 4, 6, RS_FLOAT32, -1,
     .fresh_data = true, .before = true, .stop_loss = -1, .stop_accuracy = -1},
    {"counting", RS_TASK_COUNTING, RS_CELL_LSTM, RS_OPTIMIZER_RMSPROP, 1, 3, 30, RS_FLOAT32, -1,
     .before = true, .stop_loss = -1, .stop_accuracy = -1},
    {"parity of many lengths", RS_TASK_PARITY, RS_CELL_RELU, RS_OPTIMIZER_SGD, 3, 6, 20, RS_FLOAT32,
     2, .shuffle = true, .validation_samples = 20, .stop_loss = 0.6, .stop_accuracy = -1},
    {"tomita, fresh", RS_TASK_TOMITA, RS_CELL_TANH, RS_OPTIMIZER_ADAM, 3, 8, 12, RS_FLOAT64, 1,
     .fresh_data = true, .stop_loss = -1, .stop_accuracy = 0.7},
    {"even pairs by length", RS_TASK_EVEN_PAIRS, RS_CELL_LSTM, RS_OPTIMIZER_ADAM, 4, 3, 10,
     RS_FLOAT32, 1, .batching = RS_BATCHING_BY_LENGTH, .stop_loss = -1, .stop_accuracy = -1},
    {"cycles, the last minibatch of a length smaller", RS_TASK_CYCLE_NAVIGATION, RS_CELL_TANH,
     RS_OPTIMIZER_ADAM, 3, 4, 8, RS_FLOAT64, 4, .shuffle = true, .batching = RS_BATCHING_BY_LENGTH,
     .stop_loss = -1, .stop_accuracy = 0.28},
    {"brackets, of states that overflow", RS_TASK_DYCK, RS_CELL_RELU, RS_OPTIMIZER_RMSPROP, 2, 10,
     6, RS_FLOAT32, 2, .fresh_data = true, .batching = RS_BATCHING_BY_LENGTH, .before = true,
     .stop_loss = -1, .stop_accuracy = -1},
    {"by sign", RS_TASK_CONTEXT_INTEGRATION, RS_CELL_TANH, RS_OPTIMIZER_ADAM, 2, 5, 8, RS_FLOAT32,
     -1, .stop_loss = -1, .stop_accuracy = 0.9},
};
enum { KINDS = sizeof kinds / sizeof kinds[0] };

/* Run i of a group: everything that a run may have for itself is its own; one of them diverges. */
static rs_run_config run_at(const kind *k, uint32_t i)
{
    rs_run_config config = rs_run_config_default();
    config.task = k->task;
    config.cell = k->cell;
    config.optimizer = k->optimizer;
    config.batch_size = k->batch_size;
    config.states = k->states;
    config.sequence_length = k->sequence_length;
    config.precision = k->precision;
    config.shortest_length = k->shortest_length;
    config.fresh_data = k->fresh_data;
    config.shuffle = k->shuffle;
    config.batching = k->batching;
    config.recorded_loss = k->before ? RS_LOSS_BEFORE : RS_LOSS_AFTER;
    config.validation_samples = k->validation_samples;
    config.stop_loss = k->stop_loss;
    config.stop_accuracy = k->stop_accuracy;
    config.train_samples = 40;
    config.test_samples = 30;
    config.epochs = 2;
    config.loss_interval = 3;
    config.seed = 1 + i;
    config.learning_rate = 0.002 * (1 + i);
    if (i % 7 == 5)
        config.learning_rate = k->precision == RS_FLOAT32 ? 1e38 : 1e308;
    config.data_seed = i % 3 == 1 ? 4 : -1;
    if (k->optimizer != RS_OPTIMIZER_ADAM)
        config.momentum = 0.05 * i;
    config.weight_decay = i % 2 == 0 ? 0 : 0.01;
    config.clip_norm = i % 4 == 3 ? 0.3 : -1;
    config.schedule = i % RS_SCHEDULE_TOTAL;
    config.warmup = i % 5;
    config.gain = 1 + 0.1 * i;
    if (k->task == RS_TASK_COUNTING)
        config.count_alpha = 0.25 + i;
    return config;
}

static kept alone(rs_trainer *trainer, const rs_run_config *config)
{
    rs_run_result result;
    rs_error error;
    if (rs_trainer_run(trainer, config, &result, &error) != RS_OK)
        fail_msg("%s", error.text);
    return keep(&result);
}

/* A group of some of the runs, in the order given. */
static void check_group(rs_trainer *trainer, const kind *k, const rs_run_config *all,
                        const kept *expected, const uint32_t *order, size_t count)
{
    rs_run_config configs[RUNS] = {{.seed = 0}};
    rs_run_result results[RUNS];
    rs_error error;
    for (size_t i = 0; i < count; i++)
        configs[i] = all[order[i]];
    if (rs_trainer_run_group(trainer, count, configs, results, &error) != RS_OK)
        fail_msg("%s", error.text);
    for (size_t i = 0; i < count; i++) {
        kept ours = keep(&results[i]);
        assert_same(&ours, &expected[order[i]], k->name);
        free(ours.numbers);
    }
}

static const rs_isa *isa_of_this_machine(void)
{
    const rs_isa *isa;
    assert_int_equal(rs_isa_select(&isa, NULL, NULL), RS_OK);
    return isa;
}

/* Alone, in a full group, in its reverse, and in random ones; by a trainer that has just trained
 * other runs. */
static void a_run_has_the_same_bits_in_every_group(void **state)
{
    (void)state;
    rs_trainer *single = NULL, *trainer = NULL;
    rs_random random;
    rs_random_seed(&random, 1);
    assert_int_equal(rs_trainer_create(&single, isa_of_this_machine(), NULL), RS_OK);
    assert_int_equal(rs_trainer_create(&trainer, isa_of_this_machine(), NULL), RS_OK);
    for (size_t at = 0; at < KINDS; at++) {
        const kind *k = &kinds[at];
        rs_run_config all[RUNS];
        kept expected[RUNS];
        uint32_t order[RUNS], diverged = 0;
        for (uint32_t i = 0; i < RUNS; i++) {
            all[i] = run_at(k, i);
            assert_true(rs_trainer_group_fits(&all[0], &all[i]));
            expected[i] = alone(single, &all[i]);
            diverged += expected[i].result.outcome == RS_RUN_DIVERGED;
        }
        assert_true(diverged > 0 && diverged < RUNS);
        const uint32_t most = rs_trainer_group_most(&all[0]);
        assert_int_equal(most, k->precision == RS_FLOAT64 ? 8 : 16);
        for (uint32_t i = 0; i < most; i++)
            order[i] = i;
        check_group(trainer, k, all, expected, order, most);
        for (uint32_t i = 0; i < most; i++)
            order[i] = RUNS - 1 - i;
        check_group(trainer, k, all, expected, order, most);
        for (int round = 0; round < 4; round++) {
            const size_t count = 1 + rs_random_below(&random, most);
            rs_random_permutation(&random, RUNS, order);
            check_group(trainer, k, all, expected, order, count);
        }
        for (uint32_t i = 0; i < RUNS; i++)
            free(expected[i].numbers);
    }
    rs_trainer_free(single);
    rs_trainer_free(trainer);
}

/* Updates after which there is nothing to decide are made several at a time. Watching the loss of
 * every minibatch, for a rule that stops nothing, makes them one by one. */
static void check_watched(rs_trainer *trainer, const kind *k, const rs_run_config *config)
{
    rs_run_config plain = *config, watched = *config;
    plain.stop_loss = plain.stop_accuracy = watched.stop_accuracy = -1;
    watched.stop_loss = 1e-300;
    kept a = alone(trainer, &plain), b = alone(trainer, &watched);
    assert_int_equal(a.count, b.count);
    for (size_t i = 0; i < a.count; i++)
        if (!is_same_number(a.numbers[i], b.numbers[i]))
            fail_msg("%s: number %zu is %a, one by one %a", k->name, i, a.numbers[i], b.numbers[i]);
    free(a.numbers);
    free(b.numbers);
}

static void updates_together_are_those_one_by_one(void **state)
{
    rs_trainer *trainer = NULL;
    (void)state;
    assert_int_equal(rs_trainer_create(&trainer, isa_of_this_machine(), NULL), RS_OK);
    for (size_t k = 0; k < KINDS; k++)
        for (uint32_t i = 0; i < 2 * RUNS && kinds[k].validation_samples == 0; i++) {
            rs_run_config config = run_at(&kinds[k], i / 2);
            if (i % 2 == 1 && config.batching == RS_BATCHING_DISJOINT)
                config.batching = RS_BATCHING_SLIDING;
            if (rs_run_config_check(&config, NULL) == RS_OK)
                check_watched(trainer, &kinds[k], &config);
        }
    rs_trainer_free(trainer);
}

/* Every seventh of those after each update. */
static void checks_come_when_they_are_due(void **state)
{
    enum { INTERVAL = 7 };
    rs_trainer *trainer = NULL;
    rs_run_config config = run_at(&kinds[0], 0);
    (void)state;
    assert_int_equal(rs_trainer_create(&trainer, isa_of_this_machine(), NULL), RS_OK);
    config.learning_rate = 0.01;
    config.validation_samples = 20;
    config.stop_loss = 1e-300;
    config.check_interval = 1;
    const kept each = alone(trainer, &config);
    config.check_interval = INTERVAL;
    const kept some = alone(trainer, &config);
    assert_int_equal(each.result.check_count, each.result.updates);
    assert_true(some.result.check_count > 0);
    assert_int_equal(some.result.check_count, each.result.check_count / INTERVAL);
    const size_t first = each.count - 2 * each.result.check_count;
    assert_int_equal(first, some.count - 2 * some.result.check_count);
    for (size_t i = 0; i < 2 * some.result.check_count; i++) {
        const size_t of_each = (i / 2 + 1) * INTERVAL - 1;
        assert_true(
            is_same_number(some.numbers[first + i], each.numbers[first + 2 * of_each + i % 2]));
    }
    free(each.numbers);
    free(some.numbers);
    rs_trainer_free(trainer);
}

/* The mean losses of two minibatches of 4, whose lanes are runs, are those of the minibatches of 8,
 * whose lanes are samples, that hold the same sequences: at rates that leave the network as it is,
 * over a training set in its order, in new orders, and drawn anew. */
static void check_losses(const rs_run_config *config)
{
    enum { SMALL = 4, LARGE = 8 };
    rs_trainer *trainer[2] = {NULL, NULL};
    rs_run_config small = *config, large = *config;
    rs_run_result of_small, of_large;
    small.batch_size = SMALL;
    large.batch_size = LARGE;
    for (int i = 0; i < 2; i++)
        assert_int_equal(rs_trainer_create(&trainer[i], isa_of_this_machine(), NULL), RS_OK);
    assert_true(rs_trainer_group_most(&small) > 1 && rs_trainer_group_most(&large) == 1);
    assert_int_equal(rs_trainer_run(trainer[0], &small, &of_small, NULL), RS_OK);
    assert_int_equal(rs_trainer_run(trainer[1], &large, &of_large, NULL), RS_OK);
    assert_int_equal(of_small.loss_count, 1 + 2 * (of_large.loss_count - 1));
    for (size_t u = 1; u < of_large.loss_count; u++) {
        const double mean = (of_small.loss[2 * u - 1] + of_small.loss[2 * u]) / 2;
        if (!(fabs(mean - of_large.loss[u]) < 1e-13))
            fail_msg("update %zu: %.17g, not %.17g", u, mean, of_large.loss[u]);
    }
    for (int i = 0; i < 2; i++)
        rs_trainer_free(trainer[i]);
}

static void groups_take_the_sequences_of_larger_batches(void **state)
{
    (void)state;
    for (uint32_t task = 0; task < 2; task++)
        for (int order = 0; order < 3; order++) {
            rs_run_config config = rs_run_config_default();
            config.task = task == 0 ? RS_TASK_ADDITION : RS_TASK_PARITY;
            config.sequence_length = 12;
            config.precision = RS_FLOAT64;
            config.train_samples = 16; /* all are in reach of one minibatch */
            config.test_samples = 8;
            config.epochs = 3;
            config.learning_rate = 1e-100;
            config.momentum = 0;
            config.recorded_loss = RS_LOSS_BEFORE;
            config.shuffle = order == 1;
            config.fresh_data = order == 2;
            check_losses(&config);
        }
}

static void every_instruction_set_trains_groups_alike(void **state)
{
    (void)state;
    for (size_t at = 0; at < KINDS; at++) {
        kept expected[RUNS];
        rs_run_config configs[RUNS];
        rs_run_result results[RUNS];
        for (uint32_t i = 0; i < RUNS; i++)
            configs[i] = run_at(&kinds[at], i);
        const uint32_t most = rs_trainer_group_most(&configs[0]);
        for (size_t set = 0, first = 1; rs_isa_at(set) != NULL; set++) {
            rs_trainer *trainer = NULL;
            if (rs_isa_check(rs_isa_at(set)) != RS_ISA_USABLE)
                continue;
            assert_int_equal(rs_trainer_create(&trainer, rs_isa_at(set), NULL), RS_OK);
            assert_int_equal(rs_trainer_run_group(trainer, most, configs, results, NULL), RS_OK);
            for (uint32_t i = 0; i < most; i++) {
                kept ours = keep(&results[i]);
                if (first)
                    expected[i] = ours;
                else {
                    assert_same(&ours, &expected[i], rs_isa_name(rs_isa_at(set)));
                    free(ours.numbers);
                }
            }
            first = 0;
            rs_trainer_free(trainer);
        }
        for (uint32_t i = 0; i < most; i++)
            free(expected[i].numbers);
    }
}

static void nothing_is_allocated_in_a_group(void **state)
{
    (void)state;
    for (size_t at = 0; at < KINDS; at++) {
        rs_trainer *trainer = NULL;
        rs_run_config configs[RUNS];
        rs_run_result results[RUNS];
        for (uint32_t i = 0; i < RUNS; i++)
            configs[i] = run_at(&kinds[at], i);
        const uint32_t most = rs_trainer_group_most(&configs[0]);
        assert_int_equal(rs_trainer_create(&trainer, isa_of_this_machine(), NULL), RS_OK);
        assert_int_equal(rs_trainer_reserve_group(trainer, &configs[0], most, NULL), RS_OK);
        assert_int_equal(rs_trainer_need(isa_of_this_machine(), &configs[0], most),
                         rs_trainer_bytes(trainer));
        allocations = 0;
        assert_int_equal(rs_trainer_run_group(trainer, most, configs, results, NULL), RS_OK);
        assert_int_equal(allocations, 0);
        rs_trainer_free(trainer);
    }
}

/* What may be in one group: not what decides the form of data, network or updates. */
static void runs_of_another_form_do_not_fit(void **state)
{
    (void)state;
    static const rs_parameter_id form[] = {
        RS_PARAMETER_states,    RS_PARAMETER_precision,     RS_PARAMETER_cell,
        RS_PARAMETER_optimizer, RS_PARAMETER_batch_size,    RS_PARAMETER_nesterov,
        RS_PARAMETER_task,      RS_PARAMETER_train_samples, RS_PARAMETER_epsilon_placement};
    const rs_run_config run = run_at(&kinds[0], 0);
    for (size_t i = 0; i < sizeof form / sizeof form[0]; i++) {
        rs_run_config other = run_at(&kinds[0], 1);
        assert_true(rs_trainer_group_fits(&run, &other));
        assert_int_equal(rs_trainer_group_kind(&run), rs_trainer_group_kind(&other));
        const rs_parameter *parameter = &rs_parameters[form[i]];
        rs_parameter_set(parameter, &other, rs_parameter_get(parameter, &other) == 1 ? 0 : 1);
        if (rs_parameter_get(parameter, &other) == rs_parameter_get(parameter, &run))
            rs_parameter_set(parameter, &other, 2);
        assert_false(rs_trainer_group_fits(&run, &other));
    }
    rs_run_config large = run;
    large.batch_size = 16;
    assert_int_equal(rs_trainer_group_most(&large), 1);
    assert_false(rs_trainer_group_fits(&large, &large));
    assert_int_equal(rs_trainer_group_kind(&large), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_run_has_the_same_bits_in_every_group),
        cmocka_unit_test(updates_together_are_those_one_by_one),
        cmocka_unit_test(checks_come_when_they_are_due),
        cmocka_unit_test(groups_take_the_sequences_of_larger_batches),
        cmocka_unit_test(every_instruction_set_trains_groups_alike),
        cmocka_unit_test(nothing_is_allocated_in_a_group),
        cmocka_unit_test(runs_of_another_form_do_not_fit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
