/* Time limits as Slurm writes them, and how many tasks a sweep is cut into. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "array_size.h"
#include "slurm_time.h"

static void all_forms_of_a_time_limit(void **state)
{
    static const struct {
        const char *text;
        double seconds;
        const char *written;
    } forms[] = {
        {"90", 5400, "01:30:00"},         {"5:30", 330, "00:06:00"},
        {"1:30:00", 5400, "01:30:00"},    {"1-12", 129600, "1-12:00:00"},
        {"2-0:30", 174600, "2-00:30:00"}, {"0-1:02:03", 3723, "01:03:00"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
        double seconds = 0;
        char text[RS_SLURM_TIME_TEXT];
        assert_true(rs_slurm_time_parse(forms[i].text, &seconds));
        assert_true(seconds == forms[i].seconds);
        rs_slurm_time_format(seconds, text);
        assert_string_equal(text, forms[i].written);
    }
}

static void what_is_no_time_limit(void **state)
{
    static const char *const texts[] = {"",      "0",          "-1",    "1h",  "1:",     ":1",
                                        "1-",    "1:2:3:4",    "1-2-3", "1 ",  "0:0",    "1e3",
                                        "UNLIM", "99999999-0", " 5",    "1.5", "-1-2:3", "1-:2"};
    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        double seconds = 7;
        assert_false(rs_slurm_time_parse(texts[i], &seconds));
        assert_true(seconds == 7);
    }
}

/* A hundred hours of one core. */
static const rs_workload work = {.runs = 100000,
                                 .arrays = 1,
                                 .seconds = 360000,
                                 .array_seconds = 360000,
                                 .costliest = 17,
                                 .costliest_seconds = 100};

static rs_array_limits limit_shards(unsigned shards)
{
    return (rs_array_limits){.shards = shards, .queued = shards, .time = INFINITY};
}

static rs_array_size choose(const rs_workload *workload, rs_array_size wanted, unsigned cores,
                            unsigned shards_max)
{
    const rs_array_limits limits = limit_shards(shards_max);
    assert_int_equal(rs_array_size_choose(&wanted, workload, cores, &limits, NULL), RS_OK);
    assert_in_range(wanted.shards, 1, shards_max);
    return wanted;
}

static void as_many_shards_as_the_time_asks_for(void **state)
{
    (void)state;
    rs_array_size size = choose(&work, (rs_array_size){0}, 1, 1000);
    assert_true(size.time_limit == 3600);
    assert_in_range(size.shards, 101, 200); /* a margin, but not a wild one */
    assert_int_equal(size.rounds, 1);
    assert_true(size.task_seconds == 360000.0 / size.shards);
    rs_array_size longer = choose(&work, (rs_array_size){.time_limit = 36000}, 1, 1000);
    assert_in_range(longer.shards, 11, size.shards / 9);
    rs_array_size wider = choose(&work, (rs_array_size){0}, 10, 1000);
    assert_in_range(wider.shards, 11, 20);
}

static void an_array_that_is_too_small_takes_several_rounds(void **state)
{
    (void)state;
    rs_array_size size = choose(&work, (rs_array_size){0}, 1, 50);
    assert_int_equal(size.shards, 50);
    assert_in_range(size.rounds, 3, 4);
}

static void the_time_that_so_many_shards_need(void **state)
{
    (void)state;
    rs_array_size size = choose(&work, (rs_array_size){.shards = 100}, 10, 1000);
    assert_true(size.time_limit == 600); /* six minutes predicted, nine with margin */
    size = choose(&work, (rs_array_size){.shards = 10}, 1, 1000);
    assert_true(size.time_limit > 36000 && size.time_limit < 72000);
}

/* Early termination: each array needs time for itself alone. */
static void arrays_one_after_the_other(void **state)
{
    rs_workload rungs = work;
    (void)state;
    rungs.arrays = 4;
    rungs.seconds = 900000;
    rs_array_size size = choose(&rungs, (rs_array_size){.shards = 100}, 10, 1000);
    assert_true(size.time_limit == 600);
    assert_true(size.task_seconds == 360);
    assert_int_equal(size.rounds, 4);
    size = choose(&rungs, (rs_array_size){0}, 1, 50);
    assert_int_equal(size.shards, 50);
    assert_in_range(size.rounds, 6, 7); /* of which one array takes three or four */
}

static void never_more_shards_than_runs(void **state)
{
    const rs_workload few = {
        .runs = 3, .arrays = 1, .seconds = 9000, .array_seconds = 9000, .costliest_seconds = 3000};
    (void)state;
    rs_array_size size = choose(&few, (rs_array_size){0}, 1, 1000);
    assert_int_equal(size.shards, 3);
    assert_true(size.time_limit > 3000 * 1.2); /* the costliest run fits */
    assert_true(size.task_seconds == 3000);
}

static void within_what_a_site_allows(void **state)
{
    rs_array_limits limits = {.shards = 1000, .queued = 20, .time = 1800, .time_source = "debug"};
    rs_array_size size = {0};
    (void)state;
    assert_int_equal(rs_array_size_choose(&size, &work, 1, &limits, NULL), RS_OK);
    assert_true(size.time_limit == 1800);
    assert_int_equal(size.shards, 20);
    assert_in_range(size.rounds, 11, 20);
    size = (rs_array_size){.shards = 1000};
    assert_int_equal(rs_array_size_choose(&size, &work, 1, &limits, NULL), RS_OK);
    assert_int_equal(size.rounds, 50); /* in the queue one after the other */
    size = (rs_array_size){.shards = 2};
    assert_int_equal(rs_array_size_choose(&size, &work, 1, &limits, NULL), RS_OK);
    assert_true(size.time_limit == 1800);
    assert_in_range(size.rounds, 101, 200);
}

static void expect_refusal(rs_array_size size, rs_array_limits limits, const char *text)
{
    const rs_array_size before = size;
    rs_error error;
    assert_int_equal(rs_array_size_choose(&size, &work, 1, &limits, &error), RS_USAGE);
    assert_non_null(strstr(error.text, text));
    assert_memory_equal(&size, &before, sizeof size);
}

static void refusals(void **state)
{
    rs_array_limits site = {.shards = 1000, .queued = 1000, .time = 60, .time_source = "QOS x"};
    (void)state;
    expect_refusal((rs_array_size){.shards = 1001}, limit_shards(1000), "at most 1000");
    expect_refusal((rs_array_size){.shards = 100001}, limit_shards(200000), "only 100000 runs");
    expect_refusal((rs_array_size){.time_limit = 120}, limit_shards(1000), "too short for run 17");
    expect_refusal((rs_array_size){.time_limit = 61}, site, "longer than the 1:00 that QOS x");
    expect_refusal((rs_array_size){0}, site, "run 17 would never end");
    expect_refusal((rs_array_size){.shards = 7}, site, "but QOS x allows 1:00");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_forms_of_a_time_limit),
        cmocka_unit_test(what_is_no_time_limit),
        cmocka_unit_test(as_many_shards_as_the_time_asks_for),
        cmocka_unit_test(an_array_that_is_too_small_takes_several_rounds),
        cmocka_unit_test(the_time_that_so_many_shards_need),
        cmocka_unit_test(arrays_one_after_the_other),
        cmocka_unit_test(never_more_shards_than_runs),
        cmocka_unit_test(within_what_a_site_allows),
        cmocka_unit_test(refusals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
