/* Intervals and middles against values from SciPy 1.10 and by hand. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "bootstrap.h"
#include "labels.h"
#include "random.h"
#include "sign_flip.h"

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

static double sign_flip(size_t count, const double differences[])
{
    static double copy[5000];
    rs_sign_flips flips = {0};
    double p = NAN;
    assert_true(count <= sizeof copy / sizeof copy[0]);
    for (size_t i = 0; i < count; i++)
        copy[i] = differences[i];
    assert_int_equal(rs_sign_flip_test(&flips, count, copy, &p, NULL), RS_OK);
    rs_sign_flips_free(&flips);
    return p;
}

/* Of equal differences it is the sign test:
 * scipy.stats.binomtest(wins, wins + losses, alternative="greater").pvalue */
static void sign_flips_of_equal_sizes_are_the_sign_test(void **state)
{
    static const struct {
        size_t wins, losses;
        double p, bound;
    } cases[] = {{0, 0, 1, 1e-14},
                 {1, 0, 0.5, 1e-14},
                 {0, 1, 1, 1e-14},
                 {5, 5, 0.623046875, 1e-14},
                 {8, 2, 0.0546875, 1e-14},
                 {2, 8, 0.9892578125, 1e-14},
                 {30, 10, 0.0011107168866146822, 1e-12},
                 {250, 200, 0.0103959001238039, 1e-11},
                 /* beyond 512 by the normal distribution */
                 {600, 500, 0.0014097724957182144, 0.01},
                 {2100, 2000, 0.061032489995568276, 1e-4}};
    static double differences[5000];
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        size_t count = cases[i].wins + cases[i].losses;
        for (size_t k = 0; k < count; k++)
            differences[k] = k < cases[i].wins ? 300000 : -300000;
        double p = sign_flip(count, differences);
        assert_true(fabs(p - cases[i].p) <= cases[i].bound * cases[i].p);
    }
}

/* Every choice of signs, one after the other. */
static double all_signs(size_t count, const double differences[])
{
    double observed = 0, as_large = 0;
    for (size_t i = 0; i < count; i++)
        observed += differences[i];
    for (uint32_t signs = 0; signs < (uint32_t)1 << count; signs++) {
        double sum = 0;
        for (size_t i = 0; i < count; i++)
            sum += signs >> i & 1 ? differences[i] : -differences[i];
        as_large += sum >= observed;
    }
    return ldexp(as_large, -(int)count);
}

static void sign_flips_count_all_signs(void **state)
{
    static const double ties[] = {300000, 200000, -100000, 0, 400000, -300000, 500000};
    rs_random random;
    (void)state;
    assert_true(sign_flip(7, ties) == all_signs(7, ties));
    rs_random_seed(&random, 1);
    for (size_t count = 1; count <= 16; count++) {
        double differences[16];
        for (size_t i = 0; i < count; i++)
            differences[i] = 1000 * rint(rs_random_uniform(&random, -600, 1000));
        assert_true(sign_flip(count, differences) == all_signs(count, differences));
    }
}

/* Above 20 on a grid: near the exact p, which counts the same sums without rounding. */
static void sign_flips_on_a_grid(void **state)
{
    double differences[21];
    rs_random random;
    (void)state;
    rs_random_seed(&random, 2);
    for (int round = 0; round < 5; round++) {
        for (size_t i = 0; i < 21; i++)
            differences[i] = rint(rs_random_uniform(&random, -5e5, 1e6));
        double exact = all_signs(21, differences);
        assert_true(fabs(sign_flip(21, differences) - exact) <= 0.01 * exact);
    }
}

/* statsmodels.stats.proportion.proportion_confint(share * n, n, method="wilson") for the effective
 * number n of trials, by hand from the formula with scipy.stats.t.ppf(0.975, freedom). */
static void wilson_of_units(void **state)
{
    /* one trial a unit */
    rs_interval one = rs_wilson_of_units(&(rs_unit_counts){3, 10, 10, 3, 2.1});
    rs_interval plain = rs_wilson_interval(3, 10);
    assert_true(one.low == plain.low && one.high == plain.high);
    /* all or nothing in each unit tells as much as one trial */
    rs_interval whole = rs_wilson_of_units(&(rs_unit_counts){24, 80, 10, 3, 10 * 64 * 0.21});
    assert_true(fabs(whole.low - plain.low) < 1e-15 && fabs(whole.high - plain.high) < 1e-15);
    /* nothing solved: the units are what was seen */
    rs_interval none = rs_wilson_of_units(&(rs_unit_counts){0, 1000, 10, 0, 0});
    assert_true(none.low == 0 && fabs(none.high - 0.27753279986288926) < 1e-15);
    /* 0.25 1000^2 9 / (10 2000) (1.959964 / 2.262157)^2 = 84.45 trials */
    rs_interval some = rs_wilson_of_units(&(rs_unit_counts){500, 1000, 10, 10, 2000});
    assert_true(fabs(some.low - 0.395707) < 1e-5 && fabs(some.high - 0.604293) < 1e-5);
    /* never more than the trials */
    rs_interval alike = rs_wilson_of_units(&(rs_unit_counts){500, 1000, 10, 10, 1e-9});
    rs_interval trials = rs_wilson_interval(500, 1000);
    assert_true(alike.low == trials.low && alike.high == trials.high);
    (void)state;
}

static void labels(void **state)
{
    static const double rates[] = {0.00316227766016838, 0.01, 0.1}, near[] = {0.99999, 0.9999999},
                        whole[] = {2, 100000, 100050, 1e6};
    char text[RS_PARAMETER_TEXT];
    const rs_parameter *rate = rs_parameter_find("learning_rate", 13);
    (void)state;
    assert_int_equal(rs_label_digits(3, rates), 6);
    assert_int_equal(rs_label_digits(2, near), 7);
    assert_int_equal(rs_label_digits(4, whole), 6);
    rs_label_format(rate, near[1], 7, text);
    assert_string_equal(text, "0.9999999");
    rs_label_format(rate, 1e6, 6, text);
    assert_string_equal(text, "1000000");
    rs_label_format(rate, rates[0], 6, text);
    assert_string_equal(text, "0.00316228");
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
        cmocka_unit_test(sign_flips_of_equal_sizes_are_the_sign_test),
        cmocka_unit_test(sign_flips_count_all_signs),
        cmocka_unit_test(sign_flips_on_a_grid),
        cmocka_unit_test(wilson_of_units),
        cmocka_unit_test(labels),
        cmocka_unit_test(quantiles_and_trimmed_means),
        cmocka_unit_test(quantiles_between_infinities),
        cmocka_unit_test(bootstrap_agrees_with_numpy),
        cmocka_unit_test(bootstrap_of_nothing_and_of_equals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
