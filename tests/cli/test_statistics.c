/* Intervals and middles against values from SciPy 1.10 and by hand. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "bootstrap.h"

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

/* scipy.stats.binomtest(wins, wins + losses, alternative="greater").pvalue */
static void sign_test_agrees_with_scipy(void **state)
{
    static const struct {
        size_t wins, losses;
        double p;
    } cases[] = {{0, 0, 1},
                 {1, 0, 0.5},
                 {0, 1, 1},
                 {5, 5, 0.623046875},
                 {8, 2, 0.0546875},
                 {2, 8, 0.9892578125},
                 {30, 10, 0.0011107168866146822},
                 {600, 500, 0.0014097724957182144},
                 {1000, 0, 9.332636185032189e-302},
                 {100, 900, 1},
                 {500000, 499000, 0.1587762998368736}};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        double p = rs_sign_test(cases[i].wins, cases[i].losses);
        assert_true(fabs(p - cases[i].p) <= 1e-8 * cases[i].p);
    }
}

/* numpy.quantile and scipy.stats.trim_mean of the first powers of two */
static void quantiles_and_trimmed_means(void **state)
{
    static const double values[] = {1, 2, 4, 8, 16, 32, 64};
    static const double shares[] = {0, 0.1, 0.25, 0.5, 0.9, 1};
    static const double quantiles[] = {1, 1.6, 3, 8, 44.8, 64};
    static const double trimmed[] = {1, 1.5, 7.0 / 3, 3, 14.0 / 3, 7.5, 12.4};
    (void)state;
    for (size_t i = 0; i < 6; i++)
        assert_true(fabs(rs_quantile(values, 7, shares[i]) - quantiles[i]) < 1e-13);
    for (size_t count = 1; count <= 7; count++)
        assert_true(fabs(rs_interquartile_mean(values, count) - trimmed[count - 1]) < 1e-14);
    assert_true(isnan(rs_quantile(values, 0, 0.5)) && isnan(rs_interquartile_mean(values, 0)));
}

static void quantiles_between_infinities(void **state)
{
    static const double values[] = {1, 2, INFINITY, INFINITY};
    (void)state;
    assert_true(rs_quantile(values, 4, 0.25) == 1.75);
    assert_true(rs_quantile(values, 4, 0.5) == INFINITY);
    assert_true(rs_quantile(values, 4, 0.9) == INFINITY);
}

/* Percentiles 2.5 and 97.5 of scipy.stats.trim_mean(x[i], 0.25) over resamples of x = sqrt(0..n-1),
 * i = numpy.random.RandomState(0).randint(0, n, size=n) again and again. */
static void bootstrap_agrees_with_numpy(void **state)
{
    static const struct {
        size_t count, resamples;
        double low, high;
    } cases[] = {{2, 1000, 0, 1},
                 {3, 1000, 0, 1.4142135623730951},
                 {5, 1000, 0.3333333333333333, 1.910683602522959},
                 {30, 1000, 3.112922410965484, 4.281241813847263},
                 {2001, 999, 30.70147085251248, 31.836261214043304},
                 {5000, 400, 48.90423770437827, 49.967647592849744},
                 {25000, 200, 110.12812910760876, 111.11076266229335},
                 {25000, 200, 110.12812910760876, 111.11076266229335},
                 {30, 1000, 3.112922410965484, 4.281241813847263}};
    static double roots[25000], negative[25000];
    rs_bootstrap *bootstrap;
    (void)state;
    assert_int_equal(rs_bootstrap_create(&bootstrap, NULL), RS_OK);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const size_t count = cases[i].count;
        const double *sorted[] = {roots, negative};
        rs_interval intervals[2];
        for (size_t k = 0; k < count; k++) {
            roots[k] = sqrt((double)k);
            negative[k] = roots[k] - 1000;
        }
        assert_int_equal(rs_bootstrap_resamples(count), cases[i].resamples);
        assert_int_equal(
            rs_bootstrap_interquartile_means(bootstrap, count, 2, sorted, intervals, NULL), RS_OK);
        assert_true(fabs(intervals[0].low - cases[i].low) < 1e-10);
        assert_true(fabs(intervals[0].high - cases[i].high) < 1e-10);
        assert_true(fabs(intervals[1].low + 1000 - cases[i].low) < 1e-10);
        assert_true(fabs(intervals[1].high + 1000 - cases[i].high) < 1e-10);
    }
    rs_bootstrap_free(bootstrap);
}

static void bootstrap_of_nothing_and_of_equals(void **state)
{
    static const double equal[] = {0.5, 0.5, 0.5};
    const double *sorted[] = {equal};
    rs_bootstrap *bootstrap;
    rs_interval interval;
    (void)state;
    assert_int_equal(rs_bootstrap_create(&bootstrap, NULL), RS_OK);
    assert_int_equal(rs_bootstrap_interquartile_means(bootstrap, 3, 1, sorted, &interval, NULL),
                     RS_OK);
    assert_true(interval.low == 0.5 && interval.high == 0.5);
    assert_int_equal(rs_bootstrap_interquartile_means(bootstrap, 0, 1, sorted, &interval, NULL),
                     RS_OK);
    assert_true(isnan(interval.low) && isnan(interval.high));
    rs_bootstrap_free(bootstrap);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(wilson_agrees_with_scipy),
        cmocka_unit_test(wilson_of_nothing_is_everything),
        cmocka_unit_test(middles),
        cmocka_unit_test(sign_test_agrees_with_scipy),
        cmocka_unit_test(quantiles_and_trimmed_means),
        cmocka_unit_test(quantiles_between_infinities),
        cmocka_unit_test(bootstrap_agrees_with_numpy),
        cmocka_unit_test(bootstrap_of_nothing_and_of_equals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
