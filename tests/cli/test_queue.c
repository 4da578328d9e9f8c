/* The order in which pending runs are handed out, and in what portions. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "cost.h"
#include "queue.h"

enum { WIDTHS = 4, RATES = 3, SEEDS = 50, ROWS = WIDTHS * RATES * SEEDS };

/* Widths 2, 4, 6, 8 outermost, then rates, then seeds, as a grid has them. */
static void row(const void *context, size_t row, uint32_t *run, rs_run_config *config)
{
    (void)context;
    *run = (uint32_t)row;
    *config = rs_run_config_default();
    config->epochs = 1;
    config->loss_interval = 20;
    config->states = 2 + 2 * (uint32_t)(row / (RATES * SEEDS));
    config->learning_rate = 0.01 * (double)(1 + row / SEEDS % RATES);
    config->seed = 1 + (uint32_t)(row % SEEDS);
}

struct fixture {
    char folder[32], path[64];
    rs_store_runs runs;
    rs_store *store;
};

static int set_up(void **state)
{
    struct fixture *fixture = calloc(1, sizeof *fixture);
    assert_non_null(fixture);
    *state = fixture;
    strcpy(fixture->folder, "/tmp/rnnsweep-queue-XXXXXX");
    assert_non_null(mkdtemp(fixture->folder));
    snprintf(fixture->path, sizeof fixture->path, "%s/a.h5", fixture->folder);
    fixture->runs = (rs_store_runs){.count = ROWS, .row = row};
    assert_int_equal(rs_store_create(fixture->path, &fixture->runs, NULL, 0, NULL), RS_OK);
    assert_int_equal(rs_store_open(&fixture->store, fixture->path, &fixture->runs, NULL), RS_OK);
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;
    assert_int_equal(rs_store_close(fixture->store, NULL), RS_OK);
    assert_int_equal(unlink(fixture->path), 0);
    assert_int_equal(rmdir(fixture->folder), 0);
    free(fixture);
    return 0;
}

static double cost_of(size_t index)
{
    rs_run_config config;
    uint32_t run;
    row(NULL, index, &run, &config);
    return rs_cost_predict(&config);
}

static void dearest_first_and_seeds_together(void **state)
{
    struct fixture *fixture = *state;
    rs_queue queue;
    rs_tally tally;
    assert_int_equal(rs_queue_create(&queue, &fixture->runs, fixture->store, &tally, NULL), RS_OK);
    assert_int_equal(queue.count, ROWS);
    for (size_t i = 0; i < ROWS; i++) {
        size_t width = WIDTHS - 1 - i / (RATES * SEEDS), seed = i / RATES % SEEDS, rate = i % RATES;
        assert_int_equal(queue.rows[i], (width * RATES + rate) * SEEDS + seed);
    }
    rs_queue_free(&queue);
}

static void portions_are_small_shares_of_what_is_left(void **state)
{
    struct fixture *fixture = *state;
    for (unsigned threads = 1; threads <= 64; threads *= 4) {
        rs_queue queue;
        rs_tally tally;
        const uint32_t *rows;
        size_t count, taken = 0, largest = 0;
        assert_int_equal(rs_queue_create(&queue, &fixture->runs, fixture->store, &tally, NULL),
                         RS_OK);
        double left = tally.work;
        while ((count = rs_queue_take(&queue, threads, INFINITY, &rows)) > 0) {
            double work = 0;
            assert_ptr_equal(rows, queue.rows + taken);
            for (size_t i = 0; i < count; i++)
                work += cost_of(rows[i]);
            assert_true(count == 1 || work <= left / threads / 4);
            assert_true(count <= 32);
            largest = count > largest ? count : largest;
            left -= work;
            taken += count;
        }
        assert_int_equal(taken, ROWS);
        assert_true(threads > 1 || largest > 8);
        rs_queue_free(&queue);
    }
}

static void too_dear_runs_are_passed_over(void **state)
{
    struct fixture *fixture = *state;
    rs_queue queue;
    rs_tally tally;
    const uint32_t *rows;
    size_t count, taken = 0;
    double dearest = cost_of(RATES * SEEDS); /* of 4 states: the two larger widths are too dear */
    assert_int_equal(rs_queue_create(&queue, &fixture->runs, fixture->store, &tally, NULL), RS_OK);
    while ((count = rs_queue_take(&queue, 2, dearest, &rows)) > 0) {
        for (size_t i = 0; i < count; i++)
            assert_true(cost_of(rows[i]) <= dearest);
        taken += count;
    }
    assert_int_equal(taken, 2 * RATES * SEEDS);
    rs_queue_free(&queue);
}

static void finished_rows_are_counted_and_left_out(void **state)
{
    struct fixture *fixture = *state;
    static const size_t rows[] = {0, 7, ROWS - 1};
    static const rs_run_outcome outcomes[] = {RS_RUN_DONE, RS_RUN_DIVERGED, RS_RUN_FAILED};
    rs_queue queue;
    rs_tally tally;
    assert_int_equal(rs_store_commit(fixture->store, 3, rows, outcomes, NULL), RS_OK);
    assert_int_equal(rs_queue_create(&queue, &fixture->runs, fixture->store, &tally, NULL), RS_OK);
    assert_int_equal(queue.count, ROWS - 3);
    assert_int_equal(tally.total, ROWS);
    assert_int_equal(tally.finished, 3);
    assert_int_equal(tally.diverged, 1);
    assert_int_equal(tally.failed, 1);
    assert_true(tally.work_finished == cost_of(0) + cost_of(7) + cost_of(ROWS - 1));
    for (size_t i = 0; i < queue.count; i++)
        for (size_t j = 0; j < 3; j++)
            assert_true(queue.rows[i] != rows[j]);
    rs_queue_free(&queue);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(dearest_first_and_seeds_together, set_up, tear_down),
        cmocka_unit_test_setup_teardown(portions_are_small_shares_of_what_is_left, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(too_dear_runs_are_passed_over, set_up, tear_down),
        cmocka_unit_test_setup_teardown(finished_rows_are_counted_and_left_out, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
