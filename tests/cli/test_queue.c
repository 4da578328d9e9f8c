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

static void the_first_seeds_of_all_configurations_come_first(void **state)
{
    struct fixture *fixture = *state;
    rs_queue queue;
    rs_tally tally;
    assert_int_equal(rs_queue_create(&queue, &fixture->runs, fixture->store, NULL, 1, &tally, NULL),
                     RS_OK);
    assert_int_equal(queue.count, ROWS);
    assert_int_equal(queue.costliest / (RATES * SEEDS), WIDTHS - 1);
    for (size_t i = 0; i < ROWS; i++) {
        size_t seed = i / (WIDTHS * RATES), width = WIDTHS - 1 - i / RATES % WIDTHS;
        assert_int_equal(queue.rows[i], (width * RATES + i % RATES) * SEEDS + seed);
    }
    rs_queue_free(&queue);
}

/* The same with batches of 4, whose runs are trained side by side. */
static void small_row(const void *context, size_t index, uint32_t *run, rs_run_config *config)
{
    row(context, index, run, config);
    config->batch_size = 4;
    config->optimizer = index / SEEDS % RATES == 2 ? RS_OPTIMIZER_SGD : RS_OPTIMIZER_RMSPROP;
}

static rs_run_config small_config(const uint32_t *place)
{
    rs_run_config config;
    uint32_t run;
    small_row(NULL, *place, &run, &config);
    return config;
}

/* Takes all runs; returns the groups, and their sizes in *least and *most. */
static size_t take_groups(rs_queue *queue, unsigned threads, size_t *least, size_t *most)
{
    bool seen[ROWS] = {false};
    const uint32_t *rows;
    size_t groups = 0, all = 0;
    *least = SIZE_MAX;
    *most = 0;
    for (size_t count; (count = rs_queue_take(queue, threads, INFINITY, &rows)) > 0; groups++) {
        const rs_run_config first = small_config(&rows[0]);
        for (size_t i = 0; i < count; i++) {
            const rs_run_config other = small_config(&rows[i]);
            assert_true(rs_trainer_group_fits(&first, &other));
            assert_false(seen[rows[i]]);
            seen[rows[i]] = true;
        }
        *least = count < *least ? count : *least;
        *most = count > *most ? count : *most;
        all += count;
    }
    assert_int_equal(all, queue->count);
    return groups;
}

static void runs_side_by_side_are_handed_out_together(void **state)
{
    struct fixture *fixture = *state;
    rs_store_runs runs = {.count = ROWS, .row = small_row};
    rs_queue queue;
    rs_tally tally;
    size_t least, most;
    assert_int_equal(rs_queue_create(&queue, &runs, fixture->store, NULL, 2, &tally, NULL), RS_OK);
    assert_int_equal(queue.group, 16);
    const size_t groups = take_groups(&queue, 2, &least, &most);
    assert_int_equal(most, 16);
    /* One that is not full for every width and optimiser in the last round, and for each before. */
    assert_true(groups <= ROWS / 16 + 4 * 2 * WIDTHS);
    rs_queue_free(&queue);
}

/* All threads have work, and groups of about one size. */
static void few_runs_are_shared_out_to_all_threads(void **state)
{
    static const struct {
        size_t runs, groups, least, most;
        unsigned threads;
    } cases[] = {{3, 2, 1, 2, 2}, {17, 2, 8, 9, 2}, {40, 4, 10, 10, 2}, {5, 5, 1, 1, 7}};
    struct fixture *fixture = *state;
    bool wanted[ROWS];
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        rs_store_runs runs = {.count = ROWS, .row = small_row, .wanted = wanted};
        rs_queue queue;
        rs_tally tally;
        size_t least, most;
        for (size_t at = 0; at < ROWS; at++)
            wanted[at] = at < cases[i].runs;
        assert_int_equal(
            rs_queue_create(&queue, &runs, fixture->store, NULL, cases[i].threads, &tally, NULL),
            RS_OK);
        assert_int_equal(queue.count, cases[i].runs);
        assert_int_equal(take_groups(&queue, cases[i].threads, &least, &most), cases[i].groups);
        assert_int_equal(least, cases[i].least);
        assert_int_equal(most, cases[i].most);
        rs_queue_free(&queue);
    }
}

enum { THREADS_MAX = 8 };

static double cost_in(const rs_store_runs *runs, size_t index)
{
    rs_run_config config;
    uint32_t run;
    runs->row(runs->context, index, &run, &config);
    return rs_cost_predict(&config);
}

static unsigned first_free(const double *ends, unsigned threads)
{
    unsigned first = 0;
    for (unsigned i = 1; i < threads; i++)
        first = ends[i] < ends[first] ? i : first;
    return first;
}

static double latest(const double *ends, unsigned threads)
{
    double last = 0;
    for (unsigned i = 0; i < threads; i++)
        last = fmax(last, ends[i]);
    return last;
}

/* Time until all threads are done, when runs take what is predicted. */
static double time_in_order(rs_queue *queue, unsigned threads)
{
    double ends[THREADS_MAX] = {0};
    const uint32_t *rows;
    for (size_t count = 1; count > 0;) {
        unsigned first = first_free(ends, threads);
        count = rs_queue_take(queue, threads, INFINITY, &rows);
        for (size_t i = 0; i < count; i++)
            ends[first] += cost_in(queue->runs, rows[i]);
    }
    return latest(ends, threads);
}

static int falling(const void *a, const void *b)
{
    const double *x = a, *y = b;
    return (*x < *y) - (*x > *y);
}

/* The same with the costliest run first, one at a time: R. L. Graham's rule. */
static double time_costliest_first(const rs_store_runs *runs, unsigned threads)
{
    double ends[THREADS_MAX] = {0}, costs[ROWS];
    for (size_t i = 0; i < runs->count; i++)
        costs[i] = cost_in(runs, i);
    qsort(costs, runs->count, sizeof *costs, falling);
    for (size_t i = 0; i < runs->count; i++)
        ends[first_free(ends, threads)] += costs[i];
    return latest(ends, threads);
}

/* One configuration whose runs cost a hundred times as much as the others' stands last. */
static void uneven_row(const void *context, size_t index, uint32_t *run, rs_run_config *config)
{
    row(context, index, run, config);
    config->states = index / SEEDS == ROWS / SEEDS - 1 ? 48 : 3;
}

static void threads_end_together(void **state)
{
    struct fixture *fixture = *state;
    const rs_store_runs sweeps[] = {{.count = ROWS, .row = row},
                                    {.count = ROWS, .row = uneven_row}};
    for (size_t i = 0; i < sizeof sweeps / sizeof sweeps[0]; i++)
        for (unsigned threads = 1; threads <= THREADS_MAX; threads++) {
            rs_queue queue;
            rs_tally tally;
            assert_int_equal(
                rs_queue_create(&queue, &sweeps[i], fixture->store, NULL, threads, &tally, NULL),
                RS_OK);
            assert_true(time_in_order(&queue, threads) <=
                        1.01 * time_costliest_first(&sweeps[i], threads));
            rs_queue_free(&queue);
        }
}

/* Half of the work done is half of the seeds of each configuration. */
static void half_way_has_half_the_seeds(void **state)
{
    struct fixture *fixture = *state;
    for (unsigned threads = 1; threads <= 16; threads *= 4) {
        size_t done[WIDTHS * RATES] = {0};
        double work = 0;
        rs_queue queue;
        rs_tally tally;
        assert_int_equal(
            rs_queue_create(&queue, &fixture->runs, fixture->store, NULL, threads, &tally, NULL),
            RS_OK);
        for (size_t i = 0; i < ROWS && work < tally.work / 2; i++) {
            work += cost_of(queue.rows[i]);
            done[queue.rows[i] / SEEDS]++;
        }
        for (size_t i = 0; i < WIDTHS * RATES; i++)
            assert_in_range(done[i], SEEDS / 2 - 1, SEEDS / 2 + 1);
        rs_queue_free(&queue);
    }
}

static void portions_are_small_shares_of_what_is_left(void **state)
{
    struct fixture *fixture = *state;
    for (unsigned threads = 1; threads <= 64; threads *= 4) {
        rs_queue queue;
        rs_tally tally;
        const uint32_t *rows;
        size_t count, taken = 0, largest = 0;
        assert_int_equal(
            rs_queue_create(&queue, &fixture->runs, fixture->store, NULL, threads, &tally, NULL),
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

static void too_costly_runs_are_passed_over(void **state)
{
    struct fixture *fixture = *state;
    rs_queue queue;
    rs_tally tally;
    const uint32_t *rows;
    size_t count, taken = 0;
    double largest = cost_of(RATES * SEEDS); /* of 4 states: the two larger widths are too costly */
    assert_int_equal(rs_queue_create(&queue, &fixture->runs, fixture->store, NULL, 2, &tally, NULL),
                     RS_OK);
    while ((count = rs_queue_take(&queue, 2, largest, &rows)) > 0) {
        for (size_t i = 0; i < count; i++)
            assert_true(cost_of(rows[i]) <= largest);
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
    assert_int_equal(rs_queue_create(&queue, &fixture->runs, fixture->store, NULL, 2, &tally, NULL),
                     RS_OK);
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
        cmocka_unit_test_setup_teardown(the_first_seeds_of_all_configurations_come_first, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(runs_side_by_side_are_handed_out_together, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(few_runs_are_shared_out_to_all_threads, set_up, tear_down),
        cmocka_unit_test_setup_teardown(threads_end_together, set_up, tear_down),
        cmocka_unit_test_setup_teardown(half_way_has_half_the_seeds, set_up, tear_down),
        cmocka_unit_test_setup_teardown(portions_are_small_shares_of_what_is_left, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(too_costly_runs_are_passed_over, set_up, tear_down),
        cmocka_unit_test_setup_teardown(finished_rows_are_counted_and_left_out, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
