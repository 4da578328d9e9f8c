/* What trainers take of memory, and what tests cost, as `plan` says before. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "cost.h"
#include "rules.h"
#include "task_shape.h"
#include "trainer.h"

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

/* Of some sequences of a task, drawn and put where kernels want them. */
static size_t bytes_of_sequences(const rs_run_config *config, uint32_t steps)
{
    rs_run_config at;
    if (!rs_run_config_at_length(config, steps, &at))
        return 0;
    if (at.test_samples > RS_TESTED_LONG_AT_ONCE)
        at.test_samples = RS_TESTED_LONG_AT_ONCE;
    const rs_network network = rs_run_config_network(&at);
    return rs_drawn_need(&at) + rs_assembly_need(&network, at.test_samples, steps);
}

/* Besides the sequences themselves. */
static void tests_take_no_more_for_more_steps(void **state)
{
    (void)state;
    const rs_isa *isa = NULL;
    int tested = 0;
    assert_int_equal(rs_isa_select(&isa, NULL, NULL), RS_OK);
    for (uint32_t task = RS_TASK_ADDITION + 1; task < RS_TASK_TOTAL; task++)
        for (uint32_t cell = 0; cell < RS_CELL_TOTAL; cell++) {
            const uint32_t lengths[] = {1200, 9600};
            rs_run_config config = small_config();
            config.task = task;
            config.cell = cell;
            config.states = task % 2 == 0 ? 3 : 64;
            rs_run_config_settle(&config);
            const size_t some = bytes_of_sequences(&config, lengths[0]);
            const size_t many = bytes_of_sequences(&config, lengths[1]);
            if (many == 0)
                continue;
            size_t need[2];
            for (int i = 0; i < 2; i++) {
                const rs_trainer_extras extras = {.length_count = 1, .lengths = lengths + i};
                need[i] = rs_trainer_need_extras(isa, &config, 1, &extras);
            }
            assert_int_equal(need[1] - need[0], many - some);
            tested++;
        }
    assert_true(tested >= 10 * RS_CELL_TOTAL);
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
        cmocka_unit_test(tests_take_no_more_for_more_steps),
        cmocka_unit_test(the_cost_of_tests_is_that_of_their_steps),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
