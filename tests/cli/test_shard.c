/* How a sweep is cut into shards: every run in one, and equal work. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cost.h"
#include "shard.h"

static rs_plan *plan_of(const char *text)
{
    rs_diagnostics *diagnostics;
    rs_plan *plan;
    assert_int_equal(rs_diagnostics_create(&diagnostics, NULL), RS_OK);
    assert_int_equal(
        rs_plan_parse(&plan, "a.yaml", text, strlen(text), 0, NULL, NULL, diagnostics, NULL),
        RS_OK);
    rs_diagnostics_free(diagnostics);
    return plan;
}

/* Costs from 1 to about 5000 times the least, 612 runs. */
static rs_plan *mixed_plan(void)
{
    return plan_of("name: mixed\nmethod: grid\nparameters:\n"
                   "  states: [1, 2, 3, 5, 8, 13, 21, 34, 55]\n"
                   "  epochs: [1, 3, 10, 30]\n"
                   "seeds: 17\n");
}

static double cost_of(const rs_plan *plan, size_t run)
{
    rs_run_config config;
    rs_plan_run(plan, run, &config);
    return rs_cost_predict(&config);
}

static void cut(rs_shard *shard, const rs_plan *plan, unsigned index, unsigned count,
                rs_store_runs *runs)
{
    char text[16];
    snprintf(text, sizeof text, "%u/%u", index, count);
    assert_int_equal(rs_shard_parse(shard, text, NULL), RS_OK);
    assert_int_equal(rs_shard_select(shard, plan, runs, NULL), RS_OK);
}

/* Nobody can divide runs better than to the costliest one, and costliest first leaves no greater
 * difference. */
static void shards_have_equal_work(void **state)
{
    (void)state;
    static const unsigned counts[] = {1, 2, 7, 64, 612, 613, 4096};
    rs_plan *plan = mixed_plan();
    size_t total = rs_plan_runs(plan);
    assert_int_equal(total, 612);
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
        unsigned char *seen = calloc(total, 1);
        double least = 1e300, most = 0, costliest = 0;
        assert_non_null(seen);
        for (unsigned index = 1; index <= counts[i]; index++) {
            rs_shard shard;
            rs_store_runs runs;
            double work = 0;
            cut(&shard, plan, index, counts[i], &runs);
            assert_int_equal(runs.count, shard.run_count);
            for (size_t row = 0; row < runs.count; row++) {
                rs_run_config config, expected;
                uint32_t run;
                memset(&config, 0, sizeof config);
                memset(&expected, 0, sizeof expected);
                runs.row(runs.context, row, &run, &config);
                rs_plan_run(plan, run, &expected);
                assert_memory_equal(&config, &expected, sizeof config);
                assert_true(row == 0 || shard.runs[row] > shard.runs[row - 1]);
                assert_int_equal(seen[run]++, 0);
                double cost = cost_of(plan, run);
                work += cost;
                costliest = cost > costliest ? cost : costliest;
            }
            least = work < least ? work : least;
            most = work > most ? work : most;
            rs_shard_free(&shard);
        }
        for (size_t run = 0; run < total; run++)
            assert_int_equal(seen[run], 1);
        assert_true(most - least <= costliest * (1 + 1e-9));
        if (counts[i] <= 7) /* many runs for each shard: the cheap ones even out the costly ones */
            assert_true(most - least <= 1e-3 * most);
        free(seen);
    }
    rs_plan_free(plan);
}

static void equal_runs_are_dealt_out_evenly(void **state)
{
    (void)state;
    rs_plan *plan = plan_of("name: a\nmethod: grid\nparameters: {states: 2}\nseeds: 1000\n");
    for (unsigned index = 1; index <= 64; index++) {
        rs_shard shard;
        rs_store_runs runs;
        cut(&shard, plan, index, 64, &runs);
        assert_in_range(runs.count, 1000 / 64, 1000 / 64 + 1);
        rs_shard_free(&shard);
    }
    rs_plan_free(plan);
}

/* The cut is part of what a resubmission relies on. */
static void the_cut_stays_the_same(void **state)
{
    (void)state;
    static const uint32_t expected[] = {1, 3, 5};
    rs_plan *plan = plan_of("name: a\nmethod: grid\nparameters: {states: [2, 3, 4]}\nseeds: 2\n");
    rs_shard shard;
    rs_store_runs runs;
    cut(&shard, plan, 2, 2, &runs);
    assert_int_equal(runs.count, 3);
    assert_memory_equal(shard.runs, expected, sizeof expected);
    rs_shard_free(&shard);
    rs_plan_free(plan);
}

static void files_of_shards(void **state)
{
    (void)state;
    static const char *const names[][2] = {
        {"results/a.h5", "results/a.2-of-16.h5"},
        {"a", "a.2-of-16.h5"},
        {"a.h5.d/b", "a.h5.d/b.2-of-16.h5"},
        {".h5", ".h5.2-of-16.h5"},
        {"a.b.h5", "a.b.2-of-16.h5"},
    };
    rs_shard shard;
    assert_int_equal(rs_shard_parse(&shard, "2/16", NULL), RS_OK);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        char *path;
        assert_int_equal(rs_shard_path(&shard, names[i][0], &path, NULL), RS_OK);
        assert_string_equal(path, names[i][1]);
        free(path);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shards_have_equal_work),
        cmocka_unit_test(equal_runs_are_dealt_out_evenly),
        cmocka_unit_test(the_cut_stays_the_same),
        cmocka_unit_test(files_of_shards),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
