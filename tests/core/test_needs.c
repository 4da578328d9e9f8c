/* What trainers take of memory, and what tests cost, as `plan` says before. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "cost.h"
#include "rnnsweep/rnnsweep.h"

enum { KINDS = 10, STEPS = 8, TRAIN = 200, TEST = 70, BATCH = 30, EPOCHS = 3 };

static rs_trainer *new_trainer(void)
{
    const rs_isa *isa = NULL;
    rs_trainer *trainer = NULL;
    assert_int_equal(rs_isa_select(&isa, NULL, NULL), RS_OK);
    assert_int_equal(rs_trainer_create(&trainer, isa, NULL), RS_OK);
    return trainer;
}

static rs_run_config small_config(void)
{
    rs_run_config config = rs_run_config_default();
    config.sequence_length = STEPS;
    config.train_samples = TRAIN;
    config.test_samples = TEST;
    config.batch_size = BATCH;
    config.epochs = EPOCHS;
    return config;
}

/* More or less of everything that takes memory. */
static void make_configs(rs_run_config configs[KINDS])
{
    for (int i = 0; i < KINDS; i++)
        configs[i] = small_config();
    configs[1].states = 30;
    configs[2].learning_rate = 0.01;
    configs[3].train_samples = 900;
    configs[4].sequence_length = 40;
    configs[5].seed = 2;
    configs[6].precision = RS_FLOAT64;
    configs[6].gradient_check = 1;
    configs[7].data_seed = 1;
    configs[8].learning_rate = 1e300;
    configs[9].test_samples = 1000;
}

static void the_need_of_a_trainer_is_what_it_takes(void **state)
{
    (void)state;
    rs_run_config configs[KINDS];
    const rs_isa *isa = NULL;
    assert_int_equal(rs_isa_select(&isa, NULL, NULL), RS_OK);
    make_configs(configs);
    configs[0].shuffle = 1;
    for (int i = 0; i < KINDS; i++) {
        rs_trainer *trainer = new_trainer();
        assert_int_equal(rs_trainer_reserve(trainer, &configs[i], NULL), RS_OK);
        assert_int_equal(rs_trainer_need(isa, &configs[i], 1), rs_trainer_bytes(trainer));
        rs_trainer_free(trainer);
    }
}

/* Tests at other lengths, checkpoints and rungs. Scratch that takes less than twice as much for
 * tests grows to the double, else to what it needs: of short sequences, trained in small batches.
 */
static void the_need_of_tests_and_checkpoints_is_what_they_take(void **state)
{
    (void)state;
    const rs_checkpoints checkpoints = {.kind = RS_CHECKPOINTS_EVERY, .every = 1};
    const uint32_t updates[] = {1, 2}, lengths[] = {9, 62};
    const rs_rungs rungs = {.count = 2, .at = updates};
    rs_run_config configs[KINDS];
    const rs_isa *isa = NULL;
    assert_int_equal(rs_isa_select(&isa, NULL, NULL), RS_OK);
    make_configs(configs);
    configs[5].sequence_length = 2;
    configs[5].batch_size = configs[5].test_samples = 16;
    for (int i = 0; i < KINDS; i++)
        for (unsigned of = 0; of < 8; of++) {
            const rs_trainer_extras extras = {.length_count = of & 1 ? 1 : 0,
                                              .lengths = lengths + 1,
                                              .checkpoints = of & 2 ? &checkpoints : NULL,
                                              .rungs = of & 4 ? &rungs : NULL};
            rs_trainer *trainer = new_trainer();
            rs_trainer_set_test_lengths(trainer, extras.length_count, extras.lengths);
            rs_trainer_set_checkpoints(trainer, extras.checkpoints);
            rs_trainer_set_rungs(trainer, extras.rungs);
            assert_int_equal(rs_trainer_reserve(trainer, &configs[i], NULL), RS_OK);
            const size_t need = rs_trainer_need(isa, &configs[i], 1) +
                                rs_trainer_need_extras(isa, &configs[i], 1, &extras);
            if (of & 1 && i != 5) {
                assert_true(rs_trainer_bytes(trainer) >= need);
                assert_true(rs_trainer_bytes(trainer) < 2 * need);
            } else
                assert_int_equal(rs_trainer_bytes(trainer), need);
            rs_trainer_free(trainer);
        }
}

/* Nothing without tests, as much as its parts, and in proportion to steps and samples. */
static void the_cost_of_tests_is_that_of_their_steps(void **state)
{
    (void)state;
    const uint32_t lengths[] = {8, 16};
    rs_run_config config = small_config(), twice;
    config.test_samples = 160;
    twice = config;
    twice.test_samples = 320;
    assert_true(rs_cost_further(&config, 0, NULL) == 0);
    const double one = rs_cost_further(&config, 1, lengths);
    const double other = rs_cost_further(&config, 1, lengths + 1);
    assert_true(one > 0);
    assert_true(fabs(rs_cost_further(&config, 2, lengths) / (one + other) - 1) < 1e-12);
    assert_true(fabs(other / (2 * one) - 1) < 1e-9);
    assert_true(fabs(rs_cost_further(&twice, 1, lengths) / (2 * one) - 1) < 1e-9);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_need_of_a_trainer_is_what_it_takes),
        cmocka_unit_test(the_need_of_tests_and_checkpoints_is_what_they_take),
        cmocka_unit_test(the_cost_of_tests_is_that_of_their_steps),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
