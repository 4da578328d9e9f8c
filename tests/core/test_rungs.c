/* What is measured at rungs, and that they change no run. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "random_runs.h"

/* At rung e of a run whose rate is constant, the run of e epochs has come to its end. */
static void a_rung_is_the_end_of_a_shorter_run(void **state)
{
    (void)state;
    static const uint32_t at[] = {1, 2, 4, 6};
    const rs_rungs rungs = {.in_epochs = true, .count = 4, .at = at};
    rs_trainer *whole = new_trainer(false), *shorter = new_trainer(false);
    rs_random random;
    rs_random_seed(&random, 23);
    rs_trainer_set_rungs(whole, &rungs);
    for (size_t made = 0, compared = 0; made < 40 || compared == 0;) {
        rs_run_config config = random_form(&random);
        random_own(&config, 1, &random);
        config.epochs = 6; /* at rung 6 it ends, so that this is none */
        config.schedule = RS_SCHEDULE_CONSTANT;
        if (rs_run_config_check(&config, NULL) != RS_OK)
            continue;
        made++;
        const rs_run_result result = run_alone(whole, &config);
        assert_true(result.rung_count <= 3);
        for (size_t i = 0; i < result.rung_count; i++, compared++) {
            config.epochs = at[i];
            const rs_run_result end = run_alone(shorter, &config);
            assert_same(result.rung_loss[i], end.final_loss, "loss at a rung");
            assert_same(result.rung_test_loss[i], end.test_loss, "test loss at a rung");
            assert_same(result.rung_accuracy[i], end.test_accuracy, "accuracy at a rung");
            assert_same(result.rung_bit_accuracy[i], end.test_bit_accuracy, "outputs at a rung");
        }
        if (result.outcome == RS_RUN_DONE && result.stop_reason == RS_STOP_END)
            assert_int_equal(result.rung_count, 3);
    }
    rs_trainer_free(whole);
    rs_trainer_free(shorter);
}

/* Differences of large weights are too coarse. */
static void a_run_whose_gradient_check_fails_fails_at_a_rung_too(void **state)
{
    (void)state;
    static const uint32_t at[] = {3};
    const rs_rungs rungs = {.count = 1, .at = at};
    const size_t rung = 0;
    rs_trainer *trainer = new_trainer(false);
    rs_run_config config = rs_run_config_default();
    rs_run_result result;
    rs_paused *paused = NULL;
    config.gradient_check = 1;
    config.train_samples = 200;
    config.cell = RS_CELL_RELU;
    config.gain = 64;
    config.learning_rate = 1e-6;
    rs_trainer_set_rungs(trainer, &rungs);
    for (int i = 0; i < 2; i++) {
        const bool goes_on = i > 0;
        assert_int_equal(
            rs_trainer_run_to(trainer, 1, &config, goes_on ? NULL : &rung, &paused, &result, NULL),
            RS_OK);
        assert_int_equal(result.outcome, RS_RUN_FAILED);
        assert_int_equal(result.stop_reason, goes_on ? RS_STOP_END : RS_STOP_RUNG);
        assert_false(result.gradient_check.agrees);
        assert_int_equal(paused == NULL, goes_on);
    }
    rs_trainer_free(trainer);
}

/* One long step to where the loss is infinite, and back: no update of the curve, so that the run
 * does not notice. */
static void a_rung_decides_nothing(void **state)
{
    (void)state;
    static const uint32_t at[] = {1, 2};
    const rs_rungs rungs = {.count = 2, .at = at};
    const size_t rung = 0;
    rs_trainer *trainer = new_trainer(false);
    rs_run_config config = rs_run_config_default();
    rs_run_result result;
    rs_paused *paused = NULL;
    config.task = RS_TASK_FLIP_FLOP;
    config.optimizer = RS_OPTIMIZER_SGD;
    config.momentum = 0;
    config.learning_rate = 3e18;
    config.clip_norm = 1;
    config.train_samples = 100;
    config.batch_size = 20;
    config.loss_interval = 1000;
    const rs_run_result r = run_alone(trainer, &config);
    record plain = record_keep(&r);
    assert_true(plain.r.updates > 2);
    rs_trainer_set_rungs(trainer, &rungs);
    result = run_alone(trainer, &config);
    assert_same_end(&result, &plain.r);
    assert_int_equal(result.rung_count, 2);
    assert_true(isnan(result.rung_loss[0]) && isnan(result.rung_accuracy[0]));
    assert_int_equal(rs_trainer_run_to(trainer, 1, &config, &rung, &paused, &result, NULL), RS_OK);
    assert_int_equal(result.outcome, RS_RUN_STOPPED);
    assert_true(isnan(result.final_loss) && isnan(result.test_accuracy));
    assert_int_equal(rs_trainer_run_to(trainer, 1, &config, NULL, &paused, &result, NULL), RS_OK);
    assert_same_end(&result, &plain.r);
    record_forget(&plain);
    rs_trainer_free(trainer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_rung_is_the_end_of_a_shorter_run),
        cmocka_unit_test(a_run_whose_gradient_check_fails_fails_at_a_rung_too),
        cmocka_unit_test(a_rung_decides_nothing),
    };
    random_runs_begin();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
