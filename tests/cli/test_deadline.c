/* What fits before the end of the job. Room is of the order of a hundred seconds, so that the time
 * that a busy machine takes between two lines decides nothing. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

#include "clock.h"
#include "deadline.h"

/* Seconds from now to the deadline when Slurm ends the job in `left` seconds. */
static double deadline_of(long left)
{
    char text[32];
    double deadline;
    snprintf(text, sizeof text, "%ld", (long)time(NULL) + left);
    assert_int_equal(setenv("SLURM_JOB_END_TIME", text, 1), 0);
    assert_int_equal(rs_deadline_read(&deadline, NULL), RS_OK);
    return deadline - rs_clock();
}

static void some_time_is_kept_for_the_end(void **state)
{
    (void)state;
    double hour = deadline_of(3600), minute = deadline_of(100);
    assert_true(hour > 3600 - 30 - 20 && hour <= 3600 - 30);
    assert_true(minute > 90 - 20 && minute <= 90);
    assert_true(deadline_of(-100) <= -100);
}

static void a_run_fits_by_its_cost_and_the_pace(void **state)
{
    const rs_pace pace = {.slowest = 2};
    (void)state;
    double room = rs_pace_largest_cost(&pace, rs_clock() + 100);
    assert_true(room > 30 && room <= 40); /* 50, less a quarter */
    assert_true(rs_pace_largest_cost(&pace, rs_clock() - 1) <= 0);
    assert_true(rs_pace_largest_cost(&pace, INFINITY) > 1e300);
}

static void one_slow_run_counts_at_once_and_is_forgotten(void **state)
{
    rs_pace pace = {.slowest = 1};
    (void)state;
    rs_pace_note(&pace, 10, 40);
    assert_true(pace.slowest == 4);
    rs_pace_note(&pace, 10, 10);
    assert_true(pace.slowest > 3.5 && pace.slowest < 4);
    for (int i = 0; i < 200; i++)
        rs_pace_note(&pace, 10, 10);
    assert_true(pace.slowest < 1.001);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(some_time_is_kept_for_the_end),
        cmocka_unit_test(a_run_fits_by_its_cost_and_the_pace),
        cmocka_unit_test(one_slow_run_counts_at_once_and_is_forgotten),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
