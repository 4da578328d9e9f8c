/* Random streams against constants from NumPy 1.24. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "random.h"

enum { SEEDS = 3, BOUNDS = 7, FIRST = 4, INTEGERS = 2000, REALS = 1000 };

static const uint32_t seeds[SEEDS] = {0, 1, UINT32_MAX};

static const uint64_t bounds[BOUNDS] = {2,
                                        1000,
                                        UINT64_C(1) << 15,
                                        UINT32_MAX,
                                        UINT64_C(1) << 32,
                                        (UINT64_C(1) << 32) + 1,
                                        UINT64_C(1) << 61};

/* The first four draws and the last of 2000:
 *     x = numpy.random.RandomState(seed).randint(0, bound, size=2000); x[:4], x[-1] */
static const uint64_t integers[SEEDS][BOUNDS][FIRST + 1] = {
    {
        {0, 1, 1, 0, 1},
        {684, 559, 629, 192, 473},
        {2732, 10799, 9845, 19648, 28853},
        {2357136044, 2546248239, 3071714933, 3626093760, 3856691381},
        {2357136044, 2546248239, 3071714933, 3626093760, 3856691381},
        {2546248239, 1277901399, 243580376, 1171049868, 3555430042},
        {900450186894289455, 1663700137427455168, 1895649597198586619, 827948490035658087,
         32708420397252684},
    },
    {
        {1, 1, 0, 0, 0},
        {37, 235, 908, 72, 208},
        {29733, 235, 12172, 5192, 30858},
        {1791095845, 4282876139, 3093770124, 4005303368, 138279050},
        {1791095845, 4282876139, 3093770124, 4005303368, 138279050},
        {4005303368, 1703301249, 1666063943, 4018109721, 2809813284},
        {775169054918279403, 1758426461858698312, 2109959069025161, 965365488286768773,
         1323153007462944914},
    },
    {
        {1, 0, 0, 1, 1},
        {419, 290, 12, 71, 996},
        {27043, 16674, 27660, 11335, 9325},
        {419326371, 479346978, 3918654476, 2416749639, 1762272365},
        {419326371, 479346978, 3918654476, 2416749639, 1762272365},
        {2416749639, 2260532800, 3309765114, 2987145323, 1835701299},
        {1800993050274709794, 689591756664908871, 720074238920031808, 553468687576138234,
         1004799817006146743},
    },
};

/* The first three draws and the last of 1000:
 *     x = numpy.random.RandomState(seed).random_sample(1000); [v.hex() for v in x[[0, 1, 2, -1]]]
 */
static const double units[SEEDS][FIRST] = {
    {0x1.18fe1565f12a8p-1, 0x1.6e2d4cf608733p-1, 0x1.349d66b6e894bp-1, 0x1.5ab23e79781c2p-1},
    {0x1.ab07d0ffa3c06p-2, 0x1.70ce5f3baf051p-1, 0x1.dfb906661c000p-14, 0x1.8c8848c20f7e2p-1},
    {0x1.8fe69a3924820p-4, 0x1.d323d824032b1p-1, 0x1.93fc6f61af3f9p-1, 0x1.1cfe321a42891p-1},
};

/* The same of numpy.random.RandomState(seed).uniform(-0.5, 1.5, size=1000). */
static const double uniforms[SEEDS][FIRST] = {
    {0x1.31fc2acbe2550p-1, 0x1.dc5a99ec10e66p-1, 0x1.693acd6dd1296p-1, 0x1.b5647cf2f0384p-1},
    {0x1.560fa1ff4780cp-2, 0x1.e19cbe775e0a2p-1, -0x1.ffc408df333c8p-2, 0x1.0c8848c20f7e2p+0},
    {-0x1.380cb2e36dbf0p-2, 0x1.5323d824032b1p+0, 0x1.13fc6f61af3f9p+0, 0x1.39fc643485122p-1},
};

static void integers_are_those_of_numpy(void **state)
{
    (void)state;
    for (int s = 0; s < SEEDS; s++)
        for (int b = 0; b < BOUNDS; b++) {
            rs_random random;
            uint64_t last = 0;
            rs_random_seed(&random, seeds[s]);
            for (int i = 0; i < INTEGERS; i++) {
                last = rs_random_below(&random, bounds[b]);
                if (i < FIRST)
                    assert_int_equal(last, integers[s][b][i]);
            }
            assert_int_equal(last, integers[s][b][FIRST]);
        }
}

static double uniform_of_the_test(rs_random *random)
{
    return rs_random_uniform(random, -0.5, 1.5);
}

static void check_reals(double (*draw)(rs_random *), const double expected[SEEDS][FIRST])
{
    for (int s = 0; s < SEEDS; s++) {
        rs_random random;
        double last = 0;
        rs_random_seed(&random, seeds[s]);
        for (int i = 0; i < REALS; i++) {
            last = draw(&random);
            if (i < FIRST - 1)
                assert_true(last == expected[s][i]);
        }
        assert_true(last == expected[s][FIRST - 1]);
    }
}

static void units_are_those_of_numpy(void **state)
{
    (void)state;
    check_reals(rs_random_unit, units);
}

static void uniforms_are_those_of_numpy(void **state)
{
    (void)state;
    check_reals(uniform_of_the_test, uniforms);
}

/* NumPy's randint(0, 1) takes nothing from the stream. */
static void bound_one_is_zero_and_leaves_the_stream_alone(void **state)
{
    (void)state;
    rs_random random;
    rs_random_seed(&random, 0);
    assert_int_equal(rs_random_below(&random, 1), 0);
    assert_int_equal(rs_random_below(&random, 1000), integers[0][1][0]);
}

static void a_copy_goes_on_where_the_original_stood(void **state)
{
    (void)state;
    rs_random random, copy;
    rs_random_seed(&random, 0);
    for (int i = 0; i < RS_RANDOM_WORDS - 1; i++)
        rs_random_unit(&random);
    copy = random;
    for (int i = 0; i < 2 * RS_RANDOM_WORDS; i++)
        assert_true(rs_random_unit(&random) == rs_random_unit(&copy));
}

/* ---- Many numbers at a time -------------------------------------------------------------------
 */

enum { STARTS = 7, COUNTS = 8, MOST = 1500 };

static const size_t counts[COUNTS] = {1, 2, 3, 31, 32, 33, 700, MOST};

/* A stream after so many words of it, with a normal that is kept or without. */
static rs_random stream_after(uint32_t words, bool has_normal)
{
    rs_random random;
    rs_random_seed(&random, 1);
    if (has_normal)
        rs_random_normal(&random);
    for (uint32_t i = 0; i < words; i++)
        rs_random_below(&random, 2);
    return random;
}

/* Both go on with the same numbers; a normal comes last, since it passes over words. */
static void expect_same_place(rs_random *a, rs_random *b)
{
    assert_int_equal(rs_random_below(a, UINT64_C(1) << 32), rs_random_below(b, UINT64_C(1) << 32));
    assert_true(rs_random_normal(a) == rs_random_normal(b));
    assert_true(rs_random_normal(a) == rs_random_normal(b));
}

static void check_many(void (*draw)(rs_random *, size_t, double *), double (*draw_one)(rs_random *))
{
    static double many[MOST];
    for (uint32_t start = 0; start < STARTS; start++)
        for (int c = 0; c < COUNTS; c++)
            for (int kept = 0; kept < 2; kept++) {
                /* before, at and after the end of what is made at a time */
                const uint32_t words = start < 3 ? start : RS_RANDOM_WORDS + start - 6;
                rs_random together = stream_after(words, kept), single = together;
                draw(&together, counts[c], many);
                for (size_t i = 0; i < counts[c]; i++)
                    assert_true(many[i] == draw_one(&single));
                expect_same_place(&together, &single);
            }
}

static void many_reals_are_as_many_single_ones(void **state)
{
    (void)state;
    check_many(rs_random_units, rs_random_unit);
    check_many(rs_random_normals, rs_random_normal);
}

static void many_symbols_are_as_many_single_ones(void **state)
{
    static const uint32_t symbol_bounds[] = {1, 2, 5, 8, 256};
    static uint8_t many[MOST];
    (void)state;
    for (size_t b = 0; b < sizeof symbol_bounds / sizeof *symbol_bounds; b++)
        for (int c = 0; c < COUNTS; c++) {
            rs_random together = stream_after((uint32_t)c, false), single = together;
            rs_random_symbols(&together, symbol_bounds[b], counts[c], many);
            for (size_t i = 0; i < counts[c]; i++)
                assert_int_equal(many[i], rs_random_below(&single, symbol_bounds[b]));
            rs_random_bits(&together, counts[c], many);
            for (size_t i = 0; i < counts[c]; i++)
                assert_int_equal(many[i], rs_random_below(&single, 2));
            expect_same_place(&together, &single);
        }
}

static void words_are_taken_in_their_order(void **state)
{
    rs_random taken = stream_after(3, false), single = taken;
    (void)state;
    for (size_t left = MOST, here; left > 0; left -= here) {
        const uint32_t *words = rs_random_take(&taken, left, &here);
        assert_true(here >= 1 && here <= left);
        for (size_t i = 0; i < here; i++)
            assert_int_equal(words[i], rs_random_below(&single, UINT64_C(1) << 32));
    }
    expect_same_place(&taken, &single);
}

static void indices_are_whole_numbers_below_their_bound(void **state)
{
    static const uint32_t index_bounds[] = {1, 2, 3, 8, 1000, UINT32_C(1) << 31};
    rs_random inlined = stream_after(3, false), called = inlined;
    (void)state;
    for (int i = 0; i < MOST; i++) {
        const uint32_t bound = index_bounds[i % (sizeof index_bounds / sizeof *index_bounds)];
        assert_int_equal(rs_random_index(&inlined, bound), rs_random_below(&called, bound));
    }
    expect_same_place(&inlined, &called);
}

static void low_bits_are_those_of_the_words_that_are_ready(void **state)
{
    rs_low_bits low;
    (void)state;
    for (uint32_t start = 0; start < RS_RANDOM_WORDS; start++) {
        rs_random gathered = stream_after(start, false), drawn = gathered;
        rs_random_low_bits(&gathered, &low);
        uint64_t bits = rs_low_bits_at(&low, gathered.next);
        for (uint32_t i = 0; i < RS_LOW_BITS && i < RS_RANDOM_WORDS - start; i++, bits >>= 1)
            assert_int_equal(bits & 1, rs_random_below(&drawn, 2));
    }
}

/* Other numbers stand between the points, and all normals are made at the end. */
static void points_make_the_normals_that_would_come_in_their_place(void **state)
{
    static const size_t pairs[] = {1, 16, 2, 100, 7, 130};
    rs_random points_from = stream_after(1, false), normals_from = points_from;
    double normals[2 * RS_POINTS_MOST];
    rs_random_points points;
    (void)state;
    points.count = 0;
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        assert_int_equal(rs_random_below(&points_from, 6), rs_random_below(&normals_from, 6));
        const size_t before = points.count;
        rs_random_draw_points(&points_from, pairs[i], &points);
        assert_int_equal(points.count, before + pairs[i]);
        for (size_t k = 2 * before; k < 2 * points.count; k++)
            normals[k] = rs_random_normal(&normals_from);
    }
    double made[2 * RS_POINTS_MOST];
    rs_random_points_normals(&points, made);
    for (size_t k = 0; k < 2 * points.count; k++)
        assert_true(made[k] == normals[k]);
    expect_same_place(&points_from, &normals_from);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(integers_are_those_of_numpy),
        cmocka_unit_test(units_are_those_of_numpy),
        cmocka_unit_test(uniforms_are_those_of_numpy),
        cmocka_unit_test(bound_one_is_zero_and_leaves_the_stream_alone),
        cmocka_unit_test(a_copy_goes_on_where_the_original_stood),
        cmocka_unit_test(many_reals_are_as_many_single_ones),
        cmocka_unit_test(many_symbols_are_as_many_single_ones),
        cmocka_unit_test(indices_are_whole_numbers_below_their_bound),
        cmocka_unit_test(low_bits_are_those_of_the_words_that_are_ready),
        cmocka_unit_test(points_make_the_normals_that_would_come_in_their_place),
        cmocka_unit_test(words_are_taken_in_their_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
