#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "results.h"
#include "sample.h"
#include "workplace.h"

/* The text is shown when the call fails. */
#define assert_ok(call, error)            \
    do {                                  \
        if ((call) != RS_OK)              \
            fail_msg("%s", (error).text); \
    } while (0)

static double rounded(const rs_results *results, double value)
{
    return rs_results_real64(results) ? value : (double)(float)value;
}

static void assert_same(double stored, double expected)
{
    if (isnan(expected))
        assert_true(isnan(stored));
    else
        assert_true(stored == expected);
}

static void check_scalars(const rs_results *results, const sample_sweep *sample, size_t row)
{
    uint32_t run;
    rs_run_config expected, stored;
    sample_result finished;
    const rs_results_columns columns = rs_results_read_columns(results);
    sample->runs.row(sample, row, &run, &expected);
    sample_finish(sample, row, &finished);
    rs_results_config(results, row, &stored);
    for (size_t i = 0; i < RS_PARAMETER_TOTAL; i++)
        assert_true(rs_parameter_get(&rs_parameters[i], &stored) ==
                    rs_parameter_get(&rs_parameters[i], &expected));
    assert_int_equal(stored.seed, expected.seed);
    assert_int_equal(columns.run[row], run);
    assert_int_equal(rs_results_find(results, run), row);
    assert_int_equal(columns.status[row], finished.result.outcome);
    assert_int_equal(columns.diverged_at[row], finished.result.diverged_at);
    assert_true(columns.updates[row] == (double)finished.result.updates);
    assert_int_equal(columns.stop_reason[row], finished.result.stop_reason);
    assert_true(columns.solved_at[row] == finished.result.solved_at ||
                isnan(finished.result.solved_at));
    assert_same(columns.initial_loss[row], rounded(results, finished.result.initial_loss));
    assert_same(columns.final_loss[row], rounded(results, finished.result.final_loss));
    assert_same(columns.test_bit_accuracy[row], finished.result.test_bit_accuracy);
    assert_same(columns.test_accuracy[row], finished.result.test_accuracy);
    assert_same(columns.wall_time[row], finished.wall_time);
}

static void check_arrays(const rs_results *results, const sample_sweep *sample, size_t row)
{
    rs_error error;
    uint32_t run;
    rs_run_config config;
    sample_result finished;
    int32_t step[SAMPLE_LOSS_MAX];
    double loss[SAMPLE_LOSS_MAX], weights[SAMPLE_WEIGHTS_MAX];
    sample->runs.row(sample, row, &run, &config);
    sample_finish(sample, row, &finished);
    assert_ok(rs_results_curve(results, row, step, loss, &error), error);
    for (size_t i = 0, point = 0; i < rs_results_steps(results); i++) {
        assert_int_equal(step[i], 2 * i);
        bool recorded =
            (uint32_t)step[i] % config.loss_interval == 0 && point < finished.result.loss_count;
        assert_same(loss[i], recorded ? rounded(results, finished.loss[point++]) : (double)NAN);
    }
    assert_ok(rs_results_weights(results, row, weights, &error), error);
    for (size_t i = 0; i < finished.result.weight_count; i++)
        assert_same(weights[i], rounded(results, finished.weights[i]));
}

static void round_trip(void **state, bool wide)
{
    char path[WORKPLACE_PATH];
    sample_sweep sample;
    rs_error error;
    rs_results *results = NULL;
    workplace_path(state, "a/b/c.h5", path);
    sample_init(&sample, 60, wide);
    assert_ok(sample_create(&sample, path, &error), error);
    assert_ok(sample_fill(&sample, path, &error), error);
    assert_ok(rs_results_open(&results, path, &error), error);
    assert_int_equal(rs_results_count(results), 60);
    assert_int_equal(rs_results_steps(results), 7);
    assert_int_equal(rs_results_real64(results), wide);
    assert_string_equal(rs_results_attribute(results, "title"), "A sample");
    assert_string_equal(rs_results_attribute(results, "summary"), "");
    assert_string_equal(rs_results_attribute(results, "rnnsweep_sweep_hash"),
                        "00000000000012340000000000005678");
    assert_null(rs_results_attribute(results, "absent"));
    assert_int_equal(rs_results_find(results, 1), SIZE_MAX);
    for (size_t row = 0; row < 60; row++) {
        check_scalars(results, &sample, row);
        check_arrays(results, &sample, row);
    }
    rs_results_close(results);
}

static void everything_reads_back_in_float32(void **state)
{
    round_trip(state, false);
}

static void everything_reads_back_in_float64(void **state)
{
    round_trip(state, true);
}

static void pending_rows_hold_nothing(void **state)
{
    char path[WORKPLACE_PATH];
    sample_sweep sample;
    rs_error error;
    rs_results *results = NULL;
    int32_t step[SAMPLE_LOSS_MAX];
    double loss[SAMPLE_LOSS_MAX], weights[SAMPLE_WEIGHTS_MAX];
    workplace_path(state, "a.h5", path);
    sample_init(&sample, 5, false);
    assert_ok(sample_create(&sample, path, &error), error);
    assert_ok(rs_results_open(&results, path, &error), error);
    const rs_results_columns columns = rs_results_read_columns(results);
    for (size_t row = 0; row < 5; row++) {
        assert_int_equal(columns.status[row], RS_RUN_PENDING);
        assert_int_equal(columns.diverged_at[row], -1);
        assert_int_equal(columns.stop_reason[row], -1);
        assert_true(isnan(columns.final_loss[row]) && isnan(columns.wall_time[row]));
        assert_ok(rs_results_curve(results, row, step, loss, &error), error);
        assert_ok(rs_results_weights(results, row, weights, &error), error);
        for (size_t i = 0; i < rs_results_steps(results); i++)
            assert_true(isnan(loss[i]));
        assert_true(isnan(weights[0]));
    }
    rs_results_close(results);
}

/* ---- Resuming -------------------------------------------------------------------------------- */

static void finished_rows_are_known_after_reopening(void **state)
{
    char path[WORKPLACE_PATH];
    sample_sweep sample;
    rs_error error;
    rs_store *store = NULL;
    workplace_path(state, "a.h5", path);
    sample_init(&sample, 30, false);
    assert_ok(sample_create(&sample, path, &error), error);
    assert_ok(rs_store_open(&store, path, &sample.runs, &error), error);
    assert_ok(sample_write(&sample, store, 1, 3, &error), error);
    for (size_t row = 0; row < 30; row++)
        assert_int_equal(rs_store_outcome(store, row) != RS_RUN_PENDING, row % 3 == 1);
    sample_result uncommitted;
    sample_finish(&sample, 0, &uncommitted);
    assert_ok(rs_store_put(store, 0, &uncommitted.config, &uncommitted.result, 1, &error), error);
    assert_ok(rs_store_close(store, &error), error);
    assert_ok(rs_store_open(&store, path, &sample.runs, &error), error);
    for (size_t row = 0; row < 30; row++)
        assert_int_equal(rs_store_outcome(store, row) != RS_RUN_PENDING, row % 3 == 1);
    assert_ok(rs_store_close(store, &error), error);
}

static void order_of_rows_does_not_show(void **state)
{
    char one[WORKPLACE_PATH], other[WORKPLACE_PATH];
    sample_sweep sample;
    rs_error error;
    rs_store *store = NULL;
    size_t sizes[2];
    workplace_path(state, "one.h5", one);
    workplace_path(state, "other.h5", other);
    sample_init(&sample, 500, true);
    assert_ok(sample_create(&sample, one, &error), error);
    assert_ok(sample_create(&sample, other, &error), error);
    assert_ok(sample_fill(&sample, one, &error), error);
    for (size_t first = 7; first-- > 0;) {
        assert_ok(rs_store_open(&store, other, &sample.runs, &error), error);
        assert_ok(sample_write(&sample, store, first, 7, &error), error);
        assert_ok(rs_store_close(store, &error), error);
    }
    char *a = workplace_read(one, &sizes[0]), *b = workplace_read(other, &sizes[1]);
    assert_int_equal(sizes[0], sizes[1]);
    assert_memory_equal(a, b, sizes[0]);
    free(a);
    free(b);
}

/* ---- Threads --------------------------------------------------------------------------------- */

enum { THREADS = 4, MANY_RUNS = 20000 };

typedef struct writer {
    const sample_sweep *sample;
    rs_store *store;
    size_t first;
    bool good;
} writer;

static void *put_rows(void *context)
{
    writer *self = context;
    self->good = true;
    for (size_t row = self->first; row < MANY_RUNS; row += THREADS) {
        sample_result finished;
        sample_finish(self->sample, row, &finished);
        self->good &= rs_store_put(self->store, row, &finished.config, &finished.result,
                                   finished.wall_time, NULL) == RS_OK;
    }
    return NULL;
}

static void commit_all(const sample_sweep *sample, rs_store *store)
{
    static size_t rows[MANY_RUNS];
    static rs_run_outcome outcomes[MANY_RUNS];
    rs_error error;
    for (size_t row = 0; row < MANY_RUNS; row++) {
        sample_result finished;
        sample_finish(sample, row, &finished);
        rows[row] = row;
        outcomes[row] = finished.result.outcome;
    }
    assert_ok(rs_store_commit(store, MANY_RUNS, rows, outcomes, &error), error);
}

/* While one thread commits what there is. */
static void threads_put_at_the_same_time(void **state)
{
    char one[WORKPLACE_PATH], other[WORKPLACE_PATH];
    sample_sweep sample;
    rs_error error;
    rs_store *store = NULL;
    size_t sizes[2];
    pthread_t threads[THREADS];
    writer writers[THREADS];
    workplace_path(state, "one.h5", one);
    workplace_path(state, "other.h5", other);
    sample_init(&sample, MANY_RUNS, false);
    assert_ok(sample_create(&sample, one, &error), error);
    assert_ok(sample_create(&sample, other, &error), error);
    assert_ok(sample_fill(&sample, other, &error), error);
    assert_ok(rs_store_open(&store, one, &sample.runs, &error), error);
    for (size_t i = 0; i < THREADS; i++) {
        writers[i] = (writer){.sample = &sample, .store = store, .first = i};
        assert_int_equal(pthread_create(&threads[i], NULL, put_rows, &writers[i]), 0);
    }
    for (size_t commits = 0; commits < 20; commits++)
        assert_ok(rs_store_commit(store, 0, NULL, NULL, &error), error);
    for (size_t i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
        assert_true(writers[i].good);
    }
    commit_all(&sample, store);
    assert_ok(rs_store_close(store, &error), error);
    char *a = workplace_read(one, &sizes[0]), *b = workplace_read(other, &sizes[1]);
    assert_int_equal(sizes[0], sizes[1]);
    assert_memory_equal(a, b, sizes[0]);
    free(a);
    free(b);
}

/* ---- Refusing -------------------------------------------------------------------------------- */

static void refuse_other_runs(const char *path, const sample_sweep *other, const char *says)
{
    rs_error error;
    rs_store *store = NULL;
    assert_int_equal(rs_store_open(&store, path, &other->runs, &error), RS_BAD_DATA);
    assert_null(store);
    if (strstr(error.text, says) == NULL)
        fail_msg("\"%s\" does not say \"%s\"", error.text, says);
}

/* The same runs under other numbers, as in a sweep that grew in front of them. */
static void renumbered_row(const void *context, size_t row, uint32_t *run, rs_run_config *config)
{
    const sample_sweep *sample = context;
    sample->runs.row(sample, row, run, config);
    ++*run;
}

static void other_run_numbers_are_refused(void **state)
{
    char path[WORKPLACE_PATH];
    sample_sweep sample;
    rs_error error;
    workplace_path(state, "a.h5", path);
    sample_init(&sample, 30, false);
    assert_ok(sample_create(&sample, path, &error), error);
    sample_sweep renumbered = {.runs = sample.runs};
    renumbered.runs.row = renumbered_row;
    refuse_other_runs(path, &renumbered, "with other numbers");
}

static void another_sweep_is_refused_with_its_differences(void **state)
{
    char path[WORKPLACE_PATH];
    sample_sweep sample;
    rs_error error;
    size_t sizes[2];
    workplace_path(state, "a.h5", path);
    sample_init(&sample, 30, false);
    assert_ok(sample_create(&sample, path, &error), error);
    char *before = workplace_read(path, &sizes[0]);
    sample.momentum = 0.5;
    refuse_other_runs(path, &sample, "momentum (0.8 in the file, 0.5 in the sweep)");
    sample_init(&sample, 31, false);
    refuse_other_runs(path, &sample, "it has 30 runs, this one 31");
    sample_init(&sample, 30, false);
    sample.first = 1;
    refuse_other_runs(path, &sample, "seed (1 in the file, 2 in the sweep)");
    sample_init(&sample, 30, false);
    sample.runs.sweep.low++;
    refuse_other_runs(path, &sample, "others differ");
    char *after = workplace_read(path, &sizes[1]);
    assert_int_equal(sizes[0], sizes[1]);
    assert_memory_equal(before, after, sizes[0]);
    free(before);
    free(after);
}

static void an_existing_file_is_left_alone(void **state)
{
    char path[WORKPLACE_PATH];
    sample_sweep sample;
    rs_error error;
    size_t size;
    workplace_path(state, "a.h5", path);
    workplace_write(path, "precious", 8);
    sample_init(&sample, 3, false);
    assert_int_equal(sample_create(&sample, path, &error), RS_CANNOT_CREATE);
    assert_non_null(strstr(error.text, path));
    char *bytes = workplace_read(path, &size);
    assert_int_equal(size, 8);
    assert_memory_equal(bytes, "precious", 8);
    free(bytes);
    assert_int_equal(workplace_entries(state), 1);
}

static void results_of_a_wrong_shape_are_refused(void **state)
{
    char path[WORKPLACE_PATH];
    sample_sweep sample;
    rs_error error;
    rs_store *store = NULL;
    sample_result finished;
    workplace_path(state, "a.h5", path);
    sample_init(&sample, 3, false);
    assert_ok(sample_create(&sample, path, &error), error);
    assert_ok(rs_store_open(&store, path, &sample.runs, &error), error);
    sample_finish(&sample, 0, &finished);
    finished.result.loss_count++;
    assert_int_equal(rs_store_put(store, 0, &finished.config, &finished.result, 1, &error),
                     RS_INTERNAL);
    finished.result.loss_count--;
    finished.result.weight_count--;
    assert_int_equal(rs_store_put(store, 0, &finished.config, &finished.result, 1, &error),
                     RS_INTERNAL);
    assert_ok(rs_store_close(store, &error), error);
}

static void a_long_attribute_survives(void **state)
{
    enum { LENGTH = 1 << 20 };
    char path[WORKPLACE_PATH];
    sample_sweep sample;
    rs_error error;
    rs_results *results = NULL;
    char *text = malloc(LENGTH + 1);
    assert_non_null(text);
    for (size_t i = 0; i < LENGTH; i++)
        text[i] = (char)('a' + i % 26);
    text[LENGTH] = '\0';
    const rs_store_attribute attribute = {"rnnsweep_config", text};
    workplace_path(state, "a.h5", path);
    sample_init(&sample, 3, false);
    assert_ok(rs_store_create(path, &sample.runs, &attribute, 1, &error), error);
    assert_ok(rs_results_open(&results, path, &error), error);
    assert_string_equal(rs_results_attribute(results, "rnnsweep_config"), text);
    rs_results_close(results);
    free(text);
}

int main(void)
{
#define IN_A_FOLDER(test) cmocka_unit_test_setup_teardown(test, workplace_setup, workplace_teardown)
    const struct CMUnitTest tests[] = {
        IN_A_FOLDER(everything_reads_back_in_float32),
        IN_A_FOLDER(everything_reads_back_in_float64),
        IN_A_FOLDER(pending_rows_hold_nothing),
        IN_A_FOLDER(finished_rows_are_known_after_reopening),
        IN_A_FOLDER(order_of_rows_does_not_show),
        IN_A_FOLDER(threads_put_at_the_same_time),
        IN_A_FOLDER(another_sweep_is_refused_with_its_differences),
        IN_A_FOLDER(other_run_numbers_are_refused),
        IN_A_FOLDER(an_existing_file_is_left_alone),
        IN_A_FOLDER(results_of_a_wrong_shape_are_refused),
        IN_A_FOLDER(a_long_attribute_survives),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
