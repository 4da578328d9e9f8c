/* Every parameter that decides the training, in many combinations: all instruction sets give the
 * same bits, in both orders of the kernels and both precisions. */
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

enum { COMBINATIONS = 120, MOST_LOSSES = 64, MOST_WEIGHTS = 40000 };

typedef struct kept {
    rs_run_outcome outcome;
    double final_loss, test_accuracy, test_bit_accuracy;
    size_t loss_count, weight_count;
    double loss[MOST_LOSSES], weights[MOST_WEIGHTS];
} kept;

static double pick(rs_random *random, const double *values, uint64_t count)
{
    return values[rs_random_below(random, count)];
}
#define PICK(...)                                \
    pick(&random, (const double[]){__VA_ARGS__}, \
         sizeof((const double[]){__VA_ARGS__}) / sizeof(double))

static rs_run_config combination(uint32_t number)
{
    rs_random random;
    rs_random_seed(&random, number);
    rs_run_config config = rs_run_config_default();
    config.states = (uint32_t)PICK(1, 3, 5, 17, 33, 64);
    config.precision = number % 2;
    config.train_samples = 70;
    config.test_samples = 37;
    config.sequence_length = (uint32_t)PICK(2, 5, 8);
    config.batch_size = (uint32_t)PICK(1, 9, 35);
    config.epochs = config.batch_size == 1 ? 1 : 3;
    config.loss_interval = config.batch_size == 1 ? 7 : 1;
    config.optimizer = (uint32_t)rs_random_below(&random, RS_OPTIMIZER_TOTAL);
    config.nesterov = (uint32_t)rs_random_below(&random, 2);
    config.momentum = PICK(0, 0.5, 0.9);
    config.weight_decay = PICK(0, 0.1);
    config.clip_norm = PICK(-1, 0.01, 0.3);
    config.schedule = (uint32_t)rs_random_below(&random, RS_SCHEDULE_TOTAL);
    config.warmup = (uint32_t)PICK(0, 3);
    config.shuffle = (uint32_t)rs_random_below(&random, 2);
    config.recorded_loss = (uint32_t)rs_random_below(&random, RS_RECORDED_LOSS_TOTAL);
    config.initial_state = (uint32_t)rs_random_below(&random, RS_INITIAL_STATE_TOTAL);
    config.biases = (uint32_t)rs_random_below(&random, RS_BIASES_TOTAL);
    config.init = (uint32_t)rs_random_below(&random, RS_INIT_TOTAL);
    config.recurrent_init = (uint32_t)rs_random_below(&random, RS_RECURRENT_INIT_TOTAL);
    config.gain = PICK(0.5, 1, 1.5);
    config.recurrent_gain = PICK(0.5, 1);
    config.cell = (uint32_t)rs_random_below(&random, RS_CELL_TOTAL);
    config.leak = config.cell <= RS_CELL_RELU ? PICK(1, 1, 0.4) : 1;
    config.forget_bias = config.cell == RS_CELL_LSTM ? PICK(0, 1) : 0;
    config.seed = number;
    return config;
}

static void run(const rs_isa *isa, const rs_run_config *config, kept *out)
{
    rs_trainer *trainer = NULL;
    rs_run_result result;
    memset(out, 0, sizeof *out);
    assert_int_equal(rs_trainer_create(&trainer, isa, NULL), RS_OK);
    assert_int_equal(rs_trainer_run(trainer, config, &result, NULL), RS_OK);
    assert_true(result.loss_count <= MOST_LOSSES && result.weight_count <= MOST_WEIGHTS);
    out->outcome = result.outcome;
    out->final_loss = result.final_loss;
    out->test_accuracy = result.test_accuracy;
    out->test_bit_accuracy = result.test_bit_accuracy;
    out->loss_count = result.loss_count;
    out->weight_count = result.weight_count;
    memcpy(out->loss, result.loss, result.loss_count * sizeof *result.loss);
    memcpy(out->weights, result.weights, result.weight_count * sizeof *result.weights);
    rs_trainer_free(trainer);
}

static void all_instruction_sets_give_the_same_bits(void **state)
{
    (void)state;
    static kept expected, ours;
    const rs_isa *generic;
    int learnt = 0;
    assert_int_equal(rs_isa_select(&generic, "generic", NULL), RS_OK);
    for (uint32_t number = 0; number < COMBINATIONS; number++) {
        const rs_run_config config = combination(number);
        run(generic, &config, &expected);
        learnt += expected.outcome == RS_RUN_DONE && expected.final_loss < expected.loss[0];
        for (size_t i = 0; rs_isa_at(i) != NULL; i++) {
            if (rs_isa_at(i) == generic || rs_isa_check(rs_isa_at(i)) != RS_ISA_USABLE)
                continue;
            run(rs_isa_at(i), &config, &ours);
            if (memcmp(&expected, &ours, sizeof ours) != 0)
                fail_msg("%s: combination %u gives other bits", rs_isa_name(rs_isa_at(i)), number);
        }
    }
    assert_in_range(learnt, COMBINATIONS / 2, COMBINATIONS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(all_instruction_sets_give_the_same_bits)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
