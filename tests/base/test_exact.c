/* Functions of our own against the C library's in long double. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <float.h>
#include <math.h>

#include "exact.h"

enum { POINTS = 200000 };
static const long double pi = 3.14159265358979323846264338327950288L;

static void logarithms_are_within_two_units(void **state)
{
    (void)state;
    double worst = 0;
    for (int i = 0; i < POINTS; i++) {
        const double near_one = 0.5 + 1.5 * i / POINTS, any = ldexp(near_one, i % 2000 - 1000);
        const double x[] = {near_one, any};
        for (int k = 0; k < 2; k++) {
            const long double truth = logl(x[k]);
            const double unit = fabs((double)truth) * DBL_EPSILON;
            if (truth != 0)
                worst = fmax(worst, fabs((double)(rs_exact_log(x[k]) - truth)) / unit);
        }
    }
    assert_true(rs_exact_log(1) == 0);
    print_message("log: %.2f units\n", worst);
    assert_true(worst <= 2);
}

static void cosines_are_within_half_an_epsilon(void **state)
{
    (void)state;
    double worst = 0;
    for (int i = 0; i <= POINTS; i++) {
        const double x = (double)i / POINTS;
        worst = fmax(worst, fabs((double)(rs_exact_cos_pi(x) - cosl(pi * x))));
    }
    assert_true(rs_exact_cos_pi(0) == 1 && rs_exact_cos_pi(1) == -1 && rs_exact_cos_pi(0.5) == 0);
    print_message("cos: %.2g\n", worst);
    assert_true(worst <= DBL_EPSILON);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(logarithms_are_within_two_units),
        cmocka_unit_test(cosines_are_within_half_an_epsilon),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
