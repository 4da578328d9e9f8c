/* When runs are checked and stopped, on series of losses and accuracies made by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>

#include "stopping.h"

enum { PER_EPOCH = 10 };

/* Five epochs of ten updates, with one set of rules. */
static rs_run_config rules(double stop_loss, double stop_accuracy, int64_t patience)
{
    rs_run_config config = rs_run_config_default();
    config.stop_loss = stop_loss;
    config.stop_accuracy = stop_accuracy;
    config.patience = patience;
    return config;
}

/* Checks the series until the run stops; returns the number of the last check. */
static size_t follow(rs_stopping *stopping, const rs_run_config *config, size_t count,
                     const double *losses, const double *accuracies)
{
    size_t i = 0;
    bool stops = false;
    rs_stopping_begin(stopping, config, PER_EPOCH);
    while (i < count && !stops) {
        stops = rs_stopping_check(stopping, PER_EPOCH * (i + 1), losses[i],
                                  accuracies != NULL ? accuracies[i] : (double)NAN);
        i++;
    }
    return i;
}

static void checks_are_due_at_multiples(void **state)
{
    rs_run_config config = rules(0.1, -1, -1);
    rs_stopping stopping;
    (void)state;
    rs_stopping_begin(&stopping, &config, PER_EPOCH);
    for (uint64_t update = 1; update <= 50; update++)
        assert_int_equal(rs_stopping_is_due(&stopping, update), update % 10 == 0);
    config.check_interval = 7;
    rs_stopping_begin(&stopping, &config, PER_EPOCH);
    for (uint64_t update = 1; update <= 50; update++)
        assert_int_equal(rs_stopping_is_due(&stopping, update), update % 7 == 0);
    config.check_interval = 1;
    rs_stopping_begin(&stopping, &config, PER_EPOCH);
    for (uint64_t update = 1; update <= 50; update++)
        assert_true(rs_stopping_is_due(&stopping, update));
    config = rs_run_config_default();
    rs_stopping_begin(&stopping, &config, PER_EPOCH);
    for (uint64_t update = 1; update <= 50; update++)
        assert_false(rs_stopping_is_due(&stopping, update));
}

static void a_level_that_is_met_is_enough(void **state)
{
    const double losses[] = {0.5, 0.3, 0.2, 0.1}, accuracies[] = {0.1, 0.5, 0.8, 0.9};
    rs_run_config config = rules(0.2, -1, -1);
    rs_stopping stopping;
    (void)state;
    assert_int_equal(follow(&stopping, &config, 4, losses, NULL), 3);
    assert_true(stopping.reason == RS_STOP_LOSS && stopping.solved_at == 30);
    config = rules(-1, 0.5, -1);
    assert_int_equal(follow(&stopping, &config, 4, losses, accuracies), 2);
    assert_true(stopping.reason == RS_STOP_ACCURACY && stopping.solved_at == 20);
    config = rules(0.05, 0.95, -1);
    assert_int_equal(follow(&stopping, &config, 4, losses, accuracies), 4);
    assert_true(stopping.reason == RS_STOP_END && stopping.solved_at == -1);
    config = rules(-1, 0.95, -1);
    assert_int_equal(follow(&stopping, &config, 4, losses, accuracies), 4);
    assert_true(stopping.reason == RS_STOP_END && stopping.solved_at == -1);
}

static void a_level_may_be_zero(void **state)
{
    const double losses[] = {0.5, 0, 0.1};
    rs_run_config config = rules(0, -1, -1);
    rs_stopping stopping;
    (void)state;
    assert_int_equal(follow(&stopping, &config, 3, losses, NULL), 2);
    assert_true(stopping.reason == RS_STOP_LOSS && stopping.solved_at == 20);
    assert_int_equal(follow(&stopping, &config, 1, losses, NULL), 1);
    assert_true(stopping.reason == RS_STOP_END && stopping.solved_at == -1);
}

static void patience_counts_checks_that_are_not_better(void **state)
{
    const double losses[] = {0.5, 0.6, 0.4, 0.4, 0.41, 0.3};
    rs_run_config config = rules(-1, -1, 2);
    rs_stopping stopping;
    (void)state;
    assert_int_equal(follow(&stopping, &config, 6, losses, NULL), 5); /* an equal one is not */
    assert_int_equal(stopping.reason, RS_STOP_PATIENCE);
    assert_true(isnan(stopping.solved_at)); /* nothing says what solved would be */
    config = rules(-1, -1, 3);
    assert_int_equal(follow(&stopping, &config, 6, losses, NULL), 6);
    assert_int_equal(stopping.reason, RS_STOP_END);
    config = rules(0.01, -1, 1);
    assert_int_equal(follow(&stopping, &config, 6, losses, NULL), 2);
    assert_true(stopping.reason == RS_STOP_PATIENCE && stopping.solved_at == -1);
}

static void patience_compares_with_the_best_check_not_with_the_last(void **state)
{
    const double losses[] = {0.5, 0.3, 0.6, 0.4, 0.2};
    const rs_run_config config = rules(-1, -1, 2);
    rs_stopping stopping;
    (void)state;
    assert_int_equal(follow(&stopping, &config, 5, losses, NULL), 4);
    assert_int_equal(stopping.reason, RS_STOP_PATIENCE);
}

static void accuracy_goes_before_loss_and_loss_before_patience(void **state)
{
    const double losses[] = {0.1, 0.2}, accuracies[] = {0.3, 0.9};
    rs_run_config config = rules(0.2, 0.9, 1);
    rs_stopping stopping;
    (void)state;
    rs_stopping_begin(&stopping, &config, PER_EPOCH);
    assert_true(rs_stopping_check(&stopping, 10, losses[0], accuracies[1]));
    assert_int_equal(stopping.reason, RS_STOP_ACCURACY);
    config = rules(0.2, -1, 1);
    rs_stopping_begin(&stopping, &config, PER_EPOCH);
    stopping.best = 0.05;
    assert_true(rs_stopping_check(&stopping, 10, losses[1], accuracies[1]));
    assert_int_equal(stopping.reason, RS_STOP_LOSS);
}

static void a_check_that_never_comes_leaves_nothing(void **state)
{
    rs_run_config config = rules(0.2, -1, -1);
    rs_stopping stopping;
    (void)state;
    config.check_interval = 51;
    rs_stopping_begin(&stopping, &config, PER_EPOCH);
    assert_true(isnan(stopping.solved_at));
    config.check_interval = 50;
    rs_stopping_begin(&stopping, &config, PER_EPOCH);
    assert_true(stopping.solved_at == -1);
}

static void minibatches_are_weighed(void **state)
{
    const rs_run_config config = rules(0.2, 0.5, -1);
    rs_stopping stopping;
    double loss, accuracy;
    (void)state;
    assert_true(rs_stopping_watches_loss(&config) && rs_stopping_watches_accuracy(&config));
    rs_stopping_begin(&stopping, &config, PER_EPOCH);
    rs_stopping_watch(&stopping, 1, 3, 2, 4);
    rs_stopping_watch(&stopping, 5, 1, 4, 4);
    rs_stopping_watch(&stopping, (double)NAN, 0, 0, 2); /* nothing counts there */
    rs_stopping_sum_up(&stopping, &loss, &accuracy);
    assert_true(loss == 2 && accuracy == 0.6);
    rs_stopping_watch(&stopping, 7, 1, 1, 1);
    rs_stopping_sum_up(&stopping, &loss, &accuracy); /* since the last time */
    assert_true(loss == 7 && accuracy == 1);
    rs_stopping_watch(&stopping, (double)NAN, 0, 0, 4);
    rs_stopping_sum_up(&stopping, &loss, &accuracy); /* nothing counts at all */
    assert_true(loss == 0 && accuracy == 0);
}

static void with_a_validation_set_minibatches_do_not_count(void **state)
{
    rs_run_config config = rules(0.2, 0.5, 3);
    (void)state;
    config.validation_samples = 10;
    assert_false(rs_stopping_watches_loss(&config) || rs_stopping_watches_accuracy(&config));
    config = rules(-1, -1, 3);
    assert_true(rs_stopping_watches_loss(&config) && !rs_stopping_watches_accuracy(&config));
    config = rs_run_config_default();
    assert_false(rs_stopping_watches_loss(&config) || rs_stopping_watches_accuracy(&config));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(checks_are_due_at_multiples),
        cmocka_unit_test(a_level_that_is_met_is_enough),
        cmocka_unit_test(a_level_may_be_zero),
        cmocka_unit_test(patience_counts_checks_that_are_not_better),
        cmocka_unit_test(patience_compares_with_the_best_check_not_with_the_last),
        cmocka_unit_test(accuracy_goes_before_loss_and_loss_before_patience),
        cmocka_unit_test(a_check_that_never_comes_leaves_nothing),
        cmocka_unit_test(minibatches_are_weighed),
        cmocka_unit_test(with_a_validation_set_minibatches_do_not_count),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
