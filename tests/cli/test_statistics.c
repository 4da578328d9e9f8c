/* Intervals and middles against values from SciPy 1.10 and by hand. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "statistics.h"

/* scipy.stats.binomtest(k, n).proportion_ci(0.95, "wilson") */
static void wilson_agrees_with_scipy(void **state)
{
    static const struct {
        size_t successes, trials;
        double low, high;
    } cases[] = {{0, 1, 0, 0.7934506856227626},
                 {0, 10, 0, 0.27753279986288926},
                 {10, 10, 0.7224672001371109, 1},
                 {3, 10, 0.10779126740630102, 0.6032218525388546},
                 {380, 1000, 0.3504293063571445, 0.4104891156793888}};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        rs_interval interval = rs_wilson_interval(cases[i].successes, cases[i].trials);
        assert_true(fabs(interval.low - cases[i].low) < 1e-14);
        assert_true(fabs(interval.high - cases[i].high) < 1e-14);
    }
}

static void wilson_of_nothing_is_everything(void **state)
{
    (void)state;
    rs_interval interval = rs_wilson_interval(0, 0);
    assert_true(interval.low == 0 && interval.high == 1);
}

static void middles(void **state)
{
    double odd[] = {3, -1, 2}, even[] = {4, 1, 3, 2}, infinite[] = {INFINITY, 1, INFINITY};
    (void)state;
    assert_true(rs_median(odd, 3) == 2);
    assert_true(rs_median(even, 4) == 2.5);
    assert_true(rs_median(infinite, 3) == INFINITY);
    assert_true(rs_mean(even, 4) == 2.5);
    assert_true(isnan(rs_mean(odd, 0)) && isnan(rs_median(odd, 0)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(wilson_agrees_with_scipy),
        cmocka_unit_test(wilson_of_nothing_is_everything),
        cmocka_unit_test(middles),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
