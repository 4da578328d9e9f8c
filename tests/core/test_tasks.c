/* Runs of every built-in task: nothing of one run shows in the next, all instruction sets agree,
 * and memory is as predicted and suffices for every batch. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "rules.h"
#include "task_shape.h"
#include "trainer.h"

enum { CONFIGURATIONS = RS_TASK_TOTAL * 4 };

static rs_trainer *new_trainer(const char *name)
{
    const rs_isa *isa;
    rs_trainer *trainer;
    assert_int_equal(rs_isa_select(&isa, name, NULL), RS_OK);
    assert_int_equal(rs_trainer_create(&trainer, isa, NULL), RS_OK);
    return trainer;
}

/* Each task with one length and with several, with a training set and with fresh data. */
static rs_run_config config_at(int i)
{
    rs_run_config config = rs_run_config_default();
    config.task = (uint32_t)i / 4;
    config.states = 3 + (uint32_t)i % 3;
    config.train_samples = 60;
    config.test_samples = 300; /* more than are tested at once */
    config.batch_size = 20;
    config.epochs = 2;
    config.delay = 4;
    config.shortest_length = i % 2 == 1 ? 3 : -1;
    config.fresh_data = i % 4 >= 2;
    config.precision = i % 3 == 0 ? RS_FLOAT64 : RS_FLOAT32;
    rs_run_config_settle(&config);
    return config;
}

static rs_run_result run(rs_trainer *trainer, const rs_run_config *config)
{
    rs_run_result result;
    rs_error error;
    if (rs_trainer_run(trainer, config, &result, &error) != RS_OK)
        fail_msg("%s", error.text);
    assert_int_equal(result.outcome, RS_RUN_DONE);
    return result;
}

static void expect_same(const rs_run_result *a, const rs_run_result *b)
{
    assert_true(a->initial_loss == b->initial_loss && a->final_loss == b->final_loss);
    assert_true(a->test_accuracy == b->test_accuracy);
    assert_true(a->test_bit_accuracy == b->test_bit_accuracy);
    assert_true(a->test_loss == b->test_loss || (isnan(a->test_loss) && isnan(b->test_loss)));
}

/* One trainer goes through all of them twice, in two orders. */
static void history_does_not_show(void **state)
{
    rs_trainer *used = new_trainer(NULL);
    (void)state;
    for (int round = 0; round < 2; round++)
        for (int k = 0; k < CONFIGURATIONS; k++) {
            const rs_run_config config = config_at(k * (round == 0 ? 1 : 5) % CONFIGURATIONS);
            rs_trainer *fresh = new_trainer(NULL);
            const rs_run_result expected = run(fresh, &config), found = run(used, &config);
            expect_same(&found, &expected);
            rs_trainer_free(fresh);
        }
    rs_trainer_free(used);
}

static void instruction_sets_agree(void **state)
{
    rs_trainer *generic = new_trainer("generic"), *best = new_trainer(NULL);
    (void)state;
    for (int k = 0; k < CONFIGURATIONS; k++) {
        const rs_run_config config = config_at(k);
        const rs_run_result expected = run(generic, &config), found = run(best, &config);
        expect_same(&found, &expected);
    }
    rs_trainer_free(generic);
    rs_trainer_free(best);
}

/* A smaller batch may need more scratch than a larger one, which is parted in other chunks. */
static void scratch_suffices(void **state)
{
    (void)state;
    for (int k = 0; k < CONFIGURATIONS; k++) {
        rs_run_config config = config_at(k);
        config.test_samples = 1000;
        config.sequence_length = 8;
        rs_run_config_settle(&config);
        rs_trainer *trainer = new_trainer(NULL);
        run(trainer, &config);
        const rs_network network = rs_run_config_network(&config);
        const uint32_t steps = rs_task_shape_of(&config).train_steps;
        const uint32_t samples[] = {config.batch_size, RS_TESTED_AT_ONCE, 1000 % RS_TESTED_AT_ONCE};
        const bool trains[] = {true, false, false};
        for (uint32_t shortest = config.shortest_length < 0 ? steps : 3; shortest <= steps;
             shortest++)
            for (int i = 0; config.task != RS_TASK_ADDITION && i < 3; i++)
                assert_true(rs_isa_kernel(trainer->isa, config.precision)
                                ->scratch_bytes(&network, samples[i], shortest, trains[i]) <=
                            trainer->scratch_room);
        const double need = (double)rs_trainer_need(trainer->isa, &config, 1);
        assert_true((double)rs_trainer_bytes(trainer) <= 1.02 * need);
        rs_trainer_free(trainer);
    }
}

/* What plan says that tests at greater lengths and checkpoints take, of groups too: all of it, and
 * less than twice, as memory that grows is at most doubled. */
static void the_need_of_tests_is_what_they_take(void **state)
{
    (void)state;
    const rs_checkpoints checkpoints = {.kind = RS_CHECKPOINTS_EVERY, .every = 1};
    const uint32_t lengths[] = {240};
    const rs_trainer_extras extras = {
        .length_count = 1, .lengths = lengths, .checkpoints = &checkpoints};
    for (int k = 0; k < CONFIGURATIONS; k++)
        for (uint32_t batch = 1; batch <= 25; batch += 24) {
            rs_run_config config = config_at(k);
            config.batch_size = batch;
            config.train_samples = 50;
            if (config.task == RS_TASK_ADDITION || rs_run_config_check(&config, NULL) != RS_OK)
                continue;
            const uint32_t count = rs_trainer_group_most(&config);
            rs_trainer *trainer = new_trainer(NULL);
            rs_trainer_set_test_lengths(trainer, 1, lengths);
            rs_trainer_set_checkpoints(trainer, &checkpoints);
            assert_int_equal(rs_trainer_reserve_group(trainer, &config, count, NULL), RS_OK);
            const size_t need = rs_trainer_need(trainer->isa, &config, count) +
                                rs_trainer_need_extras(trainer->isa, &config, count, &extras);
            assert_true(rs_trainer_bytes(trainer) >= need);
            assert_true(rs_trainer_bytes(trainer) < 2 * need);
            rs_trainer_free(trainer);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(history_does_not_show),
        cmocka_unit_test(instruction_sets_agree),
        cmocka_unit_test(scratch_suffices),
        cmocka_unit_test(the_need_of_tests_is_what_they_take),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
