/* The predicted time of a sweep whose runs are trained side by side, in full groups or in others.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "plan_survey.h"

/* `count` runs of a second each when they are alone, in groups of 16; others take 5 s together. */
static rs_plan_survey survey_of(size_t count)
{
    return (rs_plan_survey){.seconds = 5 + (double)count / 16,
                            .grouped = count,
                            .group_sizes = 16 * count,
                            .grouped_seconds = (double)count / 16,
                            .longest_seconds = 1};
}

static void test_a_group_takes_as_long_however_many_it_has(void **state)
{
    (void)state;
    for (size_t count = 1; count <= 16; count++) {
        const rs_plan_survey survey = survey_of(count);
        assert_float_equal(rs_plan_survey_core_seconds(&survey, 1), 6, 1e-12);
    }
    const rs_plan_survey two = survey_of(17), many = survey_of(1600);
    assert_float_equal(rs_plan_survey_core_seconds(&two, 1), 7, 1e-12);
    assert_float_equal(rs_plan_survey_core_seconds(&many, 1), 105, 1e-12);
}

static void test_every_thread_has_a_group(void **state)
{
    (void)state;
    const rs_plan_survey few = survey_of(3), many = survey_of(3200);
    assert_float_equal(rs_plan_survey_core_seconds(&few, 2), 7, 1e-12);
    assert_float_equal(rs_plan_survey_wall_seconds(&few, 2), 3.5, 1e-12);
    assert_float_equal(rs_plan_survey_wall_seconds(&few, 100), 1.05, 1e-12);
    assert_float_equal(rs_plan_survey_core_seconds(&many, 2), 205, 1e-12);
}

static void test_runs_by_themselves(void **state)
{
    (void)state;
    const rs_plan_survey survey = {.seconds = 8, .longest_seconds = 3};
    assert_float_equal(rs_plan_survey_core_seconds(&survey, 4), 8, 0);
    assert_float_equal(rs_plan_survey_wall_seconds(&survey, 4), 3, 0);
    assert_float_equal(rs_plan_survey_wall_seconds(&survey, 2), 4, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_group_takes_as_long_however_many_it_has),
        cmocka_unit_test(test_every_thread_has_a_group),
        cmocka_unit_test(test_runs_by_themselves),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
