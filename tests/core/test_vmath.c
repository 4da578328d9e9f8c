/* Errors of the elementwise functions, in units in the last place, against libm in the next wider
 * type: double for float32, long double (64 bits or more) for float64. How good long double is as a
 * reference is itself checked, against 113 bits. */
#include <float.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "elementwise.h"
#include "random.h"

_Static_assert(LDBL_MANT_DIG >= 64, "long double is the reference for double");

enum function { TANH, SIGMOID, EXP_MINUS_ABS, LOG1P_ABS, FUNCTIONS };
enum { CHUNK = 4096 };

static const char *const names[FUNCTIONS] = {"tanh", "sigmoid", "exp(-|x|)", "log1p(|x|)"};

/* The table at the head of vmath.h. */
static const double bounds32[FUNCTIONS] = {5.5, 2.7, 1.3, 2.5};
static const double bounds64[FUNCTIONS] = {3.3, 2.6, 2.0, 2.3};

/* Arguments whose exponential would leave the normal numbers count as this one. */
static const double exp_bound32 = 87, exp_bound64 = 708;

typedef struct worst {
    double ulps, at;
} worst;

/* How far the walk through all float32 values goes from one to the next: a prime, or 1. */
static uint32_t float_step = 251;
static int double_arguments = 4000000;

static elementwise *functions_for(uint32_t precision)
{
    const rs_isa *isa = NULL;
    assert_int_equal(rs_isa_select(&isa, NULL, NULL), RS_OK);
    return elementwise_of(isa, precision);
}

static void note(worst *most, double error, double at)
{
    if (!(error <= most->ulps))
        *most = (worst){error, at};
}

static void assert_bounds(const worst most[FUNCTIONS], const double bounds[FUNCTIONS])
{
    for (int f = 0; f < FUNCTIONS; f++)
        print_message("%-10s %.3f units at %a (stated: %.2f)\n", names[f], most[f].ulps, most[f].at,
                      bounds[f]);
    for (int f = 0; f < FUNCTIONS; f++)
        assert_true(most[f].ulps <= bounds[f]);
}

/* ---- float32 --------------------------------------------------------------------------------- */

typedef struct floats {
    _Alignas(64) float x[CHUNK];
    _Alignas(64) float value[FUNCTIONS][CHUNK];
} floats;

static void apply32(elementwise *functions, floats *set)
{
    functions(CHUNK, set->x, set->value[TANH], set->value[SIGMOID], set->value[EXP_MINUS_ABS],
              set->value[LOG1P_ABS]);
}

/* Distance to the true value, less `granted`, in units of its binade. */
static double ulps32(float value, double truth, double granted)
{
    int exponent;
    frexp(truth, &exponent);
    exponent = exponent < FLT_MIN_EXP ? FLT_MIN_EXP : exponent;
    return (fabs((double)value - truth) - granted) / ldexp(1, exponent - FLT_MANT_DIG);
}

static void compare32(const floats *set, int i, worst most[FUNCTIONS])
{
    const double x = set->x[i], exp_x = fmin(fabs(x), exp_bound32);
    if (isnan(x)) {
        for (int f = 0; f < FUNCTIONS; f++)
            assert_true(isnan(set->value[f][i]));
        return;
    }
    const double sigmoid_x = fmax(x, -exp_bound32);
    /* Scaled by 2^-6, the smallest arguments lose digits. */
    const double lost = fabs(x) < 0x1p-120 ? 0x1p-144 : 0;
    note(&most[TANH], ulps32(set->value[TANH][i], tanh(x), lost), x);
    note(&most[SIGMOID], ulps32(set->value[SIGMOID][i], 1 / (1 + exp(-sigmoid_x)), 0), x);
    note(&most[EXP_MINUS_ABS], ulps32(set->value[EXP_MINUS_ABS][i], exp(-exp_x), 0), x);
    if (isfinite(x))
        note(&most[LOG1P_ABS], ulps32(set->value[LOG1P_ABS][i], log1p(fabs(x)), 0), x);
    if (!(fabsf(set->value[TANH][i]) <= 1))
        fail_msg("tanh(%a) is %a, beyond 1", x, (double)set->value[TANH][i]);
    if (!(set->value[SIGMOID][i] >= 0 && set->value[SIGMOID][i] <= 1))
        fail_msg("sigmoid(%a) is %a, beyond 0 and 1", x, (double)set->value[SIGMOID][i]);
}

static void float32_is_within_the_stated_error(void **state)
{
    (void)state;
    static floats set;
    elementwise *functions = functions_for(RS_FLOAT32);
    worst most[FUNCTIONS] = {{0, 0}};
    for (uint64_t first = 0; first <= UINT32_MAX; first += (uint64_t)CHUNK * float_step) {
        for (uint64_t i = 0; i < CHUNK; i++) {
            uint32_t bits = (uint32_t)(first + i * float_step); /* past the end: from the start */
            memcpy(&set.x[i], &bits, sizeof bits);
        }
        apply32(functions, &set);
        for (int i = 0; i < CHUNK; i++)
            compare32(&set, i, most);
    }
    assert_bounds(most, bounds32);
}

/* ---- float64 --------------------------------------------------------------------------------- */

typedef struct doubles {
    _Alignas(64) double x[CHUNK];
    _Alignas(64) double value[FUNCTIONS][CHUNK];
} doubles;

static void apply64(elementwise *functions, doubles *set)
{
    functions(CHUNK, set->x, set->value[TANH], set->value[SIGMOID], set->value[EXP_MINUS_ABS],
              set->value[LOG1P_ABS]);
}

static double ulps64(double value, long double truth)
{
    int exponent;
    frexpl(truth, &exponent);
    exponent = exponent < DBL_MIN_EXP ? DBL_MIN_EXP : exponent;
    return (double)(fabsl((long double)value - truth) / ldexpl(1, exponent - DBL_MANT_DIG));
}

static void reference64(long double x, long double truth[FUNCTIONS])
{
    truth[TANH] = tanhl(x);
    truth[SIGMOID] = 1 / (1 + expl(-fmaxl(x, -exp_bound64)));
    truth[EXP_MINUS_ABS] = expl(-fminl(fabsl(x), exp_bound64));
    truth[LOG1P_ABS] = log1pl(fabsl(x));
}

static void compare64(const doubles *set, int i, worst most[FUNCTIONS])
{
    const double at = set->x[i];
    long double truth[FUNCTIONS];
    reference64(at, truth);
    for (int f = 0; f < FUNCTIONS; f++)
        note(&most[f], ulps64(set->value[f][i], truth[f]), at);
    if (!(fabs(set->value[TANH][i]) <= 1))
        fail_msg("tanh(%a) is %a, beyond 1", at, set->value[TANH][i]);
    if (!(set->value[SIGMOID][i] >= 0 && set->value[SIGMOID][i] <= 1))
        fail_msg("sigmoid(%a) is %a, beyond 0 and 1", at, set->value[SIGMOID][i]);
}

/* Takes turns between where the functions bend, all magnitudes from the denormal to the largest,
 * the range of exp, and the neighbours of the points where an argument is reduced by another
 * multiple of ln 2 or a mantissa changes sides. */
static double draw_double(rs_random *random, int turn)
{
    double sign = rs_random_below(random, 2) == 0 ? -1 : 1;
    double unit = rs_random_unit(random), offset = (unit - 0.5) * 0x1p-46;
    double whole = (double)rs_random_below(random, 2046);
    switch (turn % 5) {
    case 0:
        return sign * unit * 3;
    case 1:
        return sign * ldexp(unit + 0.5, (int)rs_random_below(random, 2097) - 1073);
    case 2:
        return sign * unit * 720;
    case 3:
        return sign * (whole + 0.5) * (M_LN2 / 4) * (1 + offset);
    default:
        return ldexp(M_SQRT2 * (1 + offset), (int)whole % 60 - 6) - 1;
    }
}

static void float64_is_within_the_stated_error(void **state)
{
    (void)state;
    static doubles set;
    elementwise *functions = functions_for(RS_FLOAT64);
    worst most[FUNCTIONS] = {{0, 0}};
    rs_random random;
    rs_random_seed(&random, 1);
    for (int done = 0; done < double_arguments; done += CHUNK) {
        for (int i = 0; i < CHUNK; i++)
            set.x[i] = draw_double(&random, i);
        apply64(functions, &set);
        for (int i = 0; i < CHUNK; i++)
            compare64(&set, i, most);
    }
    assert_bounds(most, bounds64);
}

#if defined(__HAVE_FLOAT128) && __HAVE_FLOAT128
__extension__ typedef _Float128 quad;

/* Units of a double between the reference and the same in 113 bits. */
static double reference_error(long double reference, quad truth)
{
    int exponent;
    frexpl(reference, &exponent);
    exponent = exponent < DBL_MIN_EXP ? DBL_MIN_EXP : exponent;
    return fabs((double)(reference - truth)) / ldexp(1, exponent - DBL_MANT_DIG);
}

static void the_reference_is_exact_enough(void **state)
{
    (void)state;
    enum { ARGUMENTS = 100000 };
    const double bounds[FUNCTIONS] = {0.002, 0.002, 0.002, 0.002};
    worst most[FUNCTIONS] = {{0, 0}};
    rs_random random;
    rs_random_seed(&random, 3);
    for (int i = 0; i < ARGUMENTS; i++) {
        const double at = draw_double(&random, i);
        const quad x = at;
        long double reference[FUNCTIONS];
        reference64(at, reference);
        const quad truth[FUNCTIONS] = {
            [TANH] = tanhf128(x),
            [SIGMOID] = 1 / (1 + expf128(-fmaxf128(x, -exp_bound64))),
            [EXP_MINUS_ABS] = expf128(-fminf128(fabsf128(x), exp_bound64)),
            [LOG1P_ABS] = log1pf128(fabsf128(x)),
        };
        for (int f = 0; f < FUNCTIONS; f++)
            note(&most[f], reference_error(reference[f], truth[f]), at);
    }
    assert_bounds(most, bounds);
}
#else
static void the_reference_is_exact_enough(void **state)
{
    (void)state;
    skip(); /* a compiler without _Float128 */
}
#endif

/* ---- Properties ------------------------------------------------------------------------------ */

static void tanh_is_odd(void **state)
{
    (void)state;
    static floats singles, mirrored_singles;
    static doubles wide, mirrored_wide;
    rs_random random;
    rs_random_seed(&random, 2);
    for (int i = 0; i < CHUNK; i++) {
        wide.x[i] = draw_double(&random, i);
        mirrored_wide.x[i] = -wide.x[i];
        singles.x[i] = (float)wide.x[i];
        mirrored_singles.x[i] = -singles.x[i];
    }
    apply32(functions_for(RS_FLOAT32), &singles);
    apply32(functions_for(RS_FLOAT32), &mirrored_singles);
    apply64(functions_for(RS_FLOAT64), &wide);
    apply64(functions_for(RS_FLOAT64), &mirrored_wide);
    for (int i = 0; i < CHUNK; i++) {
        assert_true(singles.value[TANH][i] == -mirrored_singles.value[TANH][i]);
        assert_true(wide.value[TANH][i] == -mirrored_wide.value[TANH][i]);
    }
}

/* 1 itself, not only close to it, from where the argument is held. */
static void tanh_is_one_from_its_clamp_on(void **state)
{
    (void)state;
    static floats singles;
    static doubles wide;
    for (int i = 0; i < CHUNK; i++) {
        singles.x[i] = 0x1.050d32p+3f + (float)(i * i) * 0.01f;
        wide.x[i] = 20 + i * i * 0.01;
    }
    apply32(functions_for(RS_FLOAT32), &singles);
    apply64(functions_for(RS_FLOAT64), &wide);
    for (int i = 0; i < CHUNK; i++) {
        assert_true(singles.value[TANH][i] == 1);
        assert_true(wide.value[TANH][i] == 1);
    }
}

/* Every float from where rounding could lead beyond 1 to past the clamp. */
static void tanh_stays_within_one(void **state)
{
    (void)state;
    static floats singles;
    elementwise *functions = functions_for(RS_FLOAT32);
    for (float at = 7; at < 8.3f;) {
        for (int i = 0; i < CHUNK; i++, at = nextafterf(at, INFINITY))
            singles.x[i] = at;
        apply32(functions, &singles);
        for (int i = 0; i < CHUNK; i++)
            if (!(singles.value[TANH][i] <= 1))
                fail_msg("tanh(%a) is %a", (double)singles.x[i], (double)singles.value[TANH][i]);
    }
}

/* x, then tanh, sigmoid, exp(-|x|), log1p(|x|), where they are exact. */
static const struct {
    double x, expected[FUNCTIONS];
} exact[] = {
    {0.0, {0.0, 0.5, 1, 0.0}},
    {-0.0, {0.0, 0.5, 1, 0.0}},
    /* the sign of a zero is free */ {INFINITY, {1, 1, NAN, NAN}},
    {-INFINITY, {-1, NAN, NAN, NAN}},
    {100, {1, 1, NAN, NAN}},
    {1e30, {1, 1, NAN, NAN}},
    {-1e30, {-1, NAN, NAN, NAN}},
};

static void assert_exact(double value, double expected)
{
    if (!isnan(expected)) /* NaN in the table: not exact */
        assert_true(value == expected);
}

static void special_values_are_exact(void **state)
{
    (void)state;
    static floats singles;
    static doubles wide;
    enum { EXACT = sizeof exact / sizeof exact[0] };
    for (int i = 0; i < EXACT; i++)
        singles.x[i] = (float)(wide.x[i] = exact[i].x);
    apply32(functions_for(RS_FLOAT32), &singles);
    apply64(functions_for(RS_FLOAT64), &wide);
    for (int i = 0; i < EXACT; i++)
        for (int f = 0; f < FUNCTIONS; f++) {
            assert_exact(singles.value[f][i], exact[i].expected[f]);
            assert_exact(wide.value[f][i], exact[i].expected[f]);
        }
}

static void no_number_stays_none(void **state)
{
    (void)state;
    static doubles wide;
    wide.x[0] = NAN;
    wide.x[1] = -NAN;
    apply64(functions_for(RS_FLOAT64), &wide); /* float32: in the walk through all values */
    for (int f = 0; f < FUNCTIONS; f++)
        assert_true(isnan(wide.value[f][0]) && isnan(wide.value[f][1]));
}

/* Past the bound of exp the value is that at the bound. */
static void exponentials_stop_at_their_bound(void **state)
{
    (void)state;
    static floats singles;
    static doubles wide;
    const double past[] = {1, 1.0001, 2, 1e10, INFINITY};
    enum { PAST = sizeof past / sizeof past[0] };
    for (int i = 0; i < PAST; i++) {
        singles.x[i] = (float)(-exp_bound32 * past[i]);
        wide.x[i] = -exp_bound64 * past[i];
    }
    apply32(functions_for(RS_FLOAT32), &singles);
    apply64(functions_for(RS_FLOAT64), &wide);
    for (int i = 1; i < PAST; i++)
        for (int f = SIGMOID; f <= EXP_MINUS_ABS; f++) {
            assert_true(singles.value[f][i] == singles.value[f][0]);
            assert_true(wide.value[f][i] == wide.value[f][0]);
        }
}

/* With an argument: all float32 values and 10^7 of float64. */
int main(int count, char **arguments)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(float32_is_within_the_stated_error),
        cmocka_unit_test(float64_is_within_the_stated_error),
        cmocka_unit_test(the_reference_is_exact_enough),
        cmocka_unit_test(tanh_is_odd),
        cmocka_unit_test(tanh_is_one_from_its_clamp_on),
        cmocka_unit_test(tanh_stays_within_one),
        cmocka_unit_test(special_values_are_exact),
        cmocka_unit_test(no_number_stays_none),
        cmocka_unit_test(exponentials_stop_at_their_bound),
    };
    (void)arguments;
    if (count > 1) {
        float_step = 1;
        double_arguments = 10000000;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
