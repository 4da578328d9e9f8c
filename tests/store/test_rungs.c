/* Files of runs with rungs: what runs were at each, runs that were stopped at one, and rows that
 * later results of the same run replace. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"
#include "reader.h"
#include "rung_sample.h"
#include "workplace.h"

#define assert_ok(call, error)            \
    do {                                  \
        if ((call) != RS_OK)              \
            fail_msg("%s", (error).text); \
    } while (0)

enum { RUNS = 60, WHOLE = RUNG_SAMPLE_WHOLE };

static void assert_same(double stored, double expected)
{
    if (isnan(expected))
        assert_true(isnan(stored));
    else
        assert_true(stored == expected);
}

/* The run of a row, trained to its end or, if that is earlier, until it came to `reached` rungs. */
static void put(const sample_sweep *sample, rs_store *store, size_t row, size_t reached)
{
    rs_run_outcome outcome;
    rs_error error;
    assert_ok(rung_sample_put(sample, store, row, reached, &outcome, &error), error);
}

static void commit(const sample_sweep *sample, rs_store *store, size_t row, size_t reached)
{
    rung_result finished;
    rs_error error;
    rung_sample_finish(sample, row, reached, &finished);
    assert_ok(rs_store_commit(store, 1, &row, &finished.run.result.outcome, &error), error);
}

/* Rows of a new file, each trained as far as reached[row] says; SIZE_MAX: not at all. */
static void write_file(const sample_sweep *sample, const char *path, const size_t *reached)
{
    rs_store *store = NULL;
    rs_error error;
    assert_ok(sample_create(sample, path, &error), error);
    assert_ok(rs_store_open(&store, path, &sample->runs, &error), error);
    for (size_t row = 0; row < sample->runs.count; row++)
        if (reached[row] != SIZE_MAX) {
            put(sample, store, row, reached[row]);
            commit(sample, store, row, reached[row]);
        }
    assert_ok(rs_store_close(store, &error), error);
}

/* Some of everything. */
static void mix(size_t reached[RUNS])
{
    static const size_t some[] = {1, WHOLE, 2, SIZE_MAX};
    for (size_t row = 0; row < RUNS; row++)
        reached[row] = some[row % 4];
}

/* ---- What is read back ----------------------------------------------------------------------- */

static void check_row(const rs_results *results, const rs_results_rungs *rungs,
                      const sample_sweep *sample, size_t row, size_t reached)
{
    const rs_results_columns columns = rs_results_read_columns(results);
    rung_result finished;
    const rs_run_result *result = &finished.run.result;
    rung_sample_finish(sample, row, reached, &finished);
    assert_int_equal(columns.status[row], result->outcome);
    assert_int_equal(columns.rungs_reached[row], result->rung_count);
    assert_true(columns.updates[row] == (double)result->updates);
    for (size_t i = 0; i < rungs->count; i++) {
        const bool there = i < result->rung_count;
        const size_t at = row * rungs->count + i;
        assert_same(rungs->final_loss[at], there ? result->rung_loss[i] : (double)NAN);
        assert_same(rungs->test_loss[at], there ? result->rung_test_loss[i] : (double)NAN);
        assert_same(rungs->test_accuracy[at], there ? result->rung_accuracy[i] : (double)NAN);
        assert_same(rungs->test_bit_accuracy[at],
                    there ? result->rung_bit_accuracy[i] : (double)NAN);
    }
}

static void check_decoded(rs_reader *reader, const sample_sweep *sample, size_t row, size_t reached)
{
    rs_stored_run stored;
    rung_result finished;
    rs_error error;
    rung_sample_finish(sample, row, reached, &finished);
    assert_ok(rs_reader_read(reader, row, &stored, &error), error);
    assert_true(stored.intact);
    assert_int_equal(stored.result.outcome, finished.run.result.outcome);
    assert_int_equal(stored.result.stop_reason, finished.run.result.stop_reason);
    assert_int_equal(stored.result.rung_count, finished.run.result.rung_count);
    for (size_t i = 0; i < stored.result.rung_count; i++) {
        assert_same(stored.result.rung_loss[i], finished.run.result.rung_loss[i]);
        assert_same(stored.result.rung_test_loss[i], finished.run.result.rung_test_loss[i]);
        assert_same(stored.result.rung_accuracy[i], finished.run.result.rung_accuracy[i]);
        assert_same(stored.result.rung_bit_accuracy[i], finished.run.result.rung_bit_accuracy[i]);
    }
}

/* The rows of a file are those of the sample, trained as far as reached[row] says. */
static void check_file(const sample_sweep *sample, const char *path, const size_t *reached)
{
    rs_results *results = NULL;
    rs_results_rungs rungs = {0};
    rs_reader *reader = NULL;
    rs_error error;
    assert_ok(rs_results_open(&results, path, &error), error);
    assert_ok(rs_check_rows(results, &error), error);
    assert_ok(rs_results_read_rungs(results, &rungs, &error), error);
    assert_ok(rs_reader_create(&reader, results, 1, &error), error);
    assert_int_equal(rungs.count, sample->runs.rungs->count);
    assert_int_equal(rungs.in_epochs, sample->runs.rungs->in_epochs);
    for (size_t i = 0; i < rungs.count; i++)
        assert_int_equal(rungs.at[i], sample->runs.rungs->at[i]);
    for (size_t row = 0; row < sample->runs.count; row++) {
        assert_false(rs_results_is_damaged(results, row));
        if (reached[row] == SIZE_MAX) {
            assert_int_equal(rs_results_read_columns(results).status[row], RS_RUN_PENDING);
            assert_int_equal(rs_results_read_columns(results).rungs_reached[row], -1);
        } else {
            check_row(results, &rungs, sample, row, reached[row]);
            check_decoded(reader, sample, row, reached[row]);
        }
    }
    rs_reader_free(reader);
    rs_results_rungs_free(&rungs);
    rs_results_close(results);
}

static void what_runs_were_at_rungs_reads_back(void **state)
{
    char path[WORKPLACE_PATH];
    sample_sweep sample;
    size_t reached[RUNS];
    mix(reached);
    for (int in_epochs = 0; in_epochs < 2; in_epochs++) {
        workplace_path(state, in_epochs ? "epochs.h5" : "updates.h5", path);
        rung_sample_init(&sample, RUNS, in_epochs);
        write_file(&sample, path, reached);
        check_file(&sample, path, reached);
    }
}

static void a_file_without_rungs_takes_no_run_that_was_stopped(void **state)
{
    char path[WORKPLACE_PATH];
    sample_sweep sample;
    rs_store *store = NULL;
    rs_results *results = NULL;
    rs_results_rungs rungs = {0};
    rung_result finished;
    rs_error error;
    workplace_path(state, "a.h5", path);
    rung_sample_init(&sample, RUNS, true);
    const rs_rungs *wanted = sample.runs.rungs;
    sample.runs.rungs = NULL;
    assert_ok(sample_create(&sample, path, &error), error);
    sample.runs.rungs = wanted;
    assert_ok(rs_store_open(&store, path, &sample.runs, &error), error);
    assert_false(rs_store_has_rungs(store));
    rung_sample_finish(&sample, 2, 1, &finished);
    assert_int_equal(finished.run.result.outcome, RS_RUN_STOPPED);
    assert_int_equal(rs_store_put(store, 2, &finished.run.config, &finished.run.result, 1, &error),
                     RS_INTERNAL);
    assert_int_equal(rs_store_rungs_reached(store, 2), -1);
    assert_ok(rs_store_close(store, &error), error);
    assert_ok(rs_results_open(&results, path, &error), error);
    assert_ok(rs_results_read_rungs(results, &rungs, &error), error);
    assert_int_equal(rungs.count, 0);
    assert_null(rungs.test_accuracy);
    rs_results_close(results);
}

/* ---- Rows that are replaced ------------------------------------------------------------------ */

static void assert_same_files(const char *one, const char *other)
{
    size_t sizes[2];
    char *a = workplace_read(one, &sizes[0]), *b = workplace_read(other, &sizes[1]);
    assert_int_equal(sizes[0], sizes[1]);
    assert_memory_equal(a, b, sizes[0]);
    free(a);
    free(b);
}

static void stopped_runs_are_known_and_replaced_after_reopening(void **state)
{
    char one[WORKPLACE_PATH], other[WORKPLACE_PATH];
    sample_sweep sample;
    size_t reached[RUNS], later[RUNS];
    rs_store *store = NULL;
    rs_error error;
    workplace_path(state, "one.h5", one);
    workplace_path(state, "other.h5", other);
    rung_sample_init(&sample, RUNS, true);
    mix(reached);
    for (size_t row = 0; row < RUNS; row++)
        later[row] = reached[row] == SIZE_MAX ? SIZE_MAX : row % 8 < 4 ? WHOLE : reached[row];
    write_file(&sample, one, reached);
    write_file(&sample, other, later);
    assert_ok(rs_store_open(&store, one, &sample.runs, &error), error);
    for (size_t row = 0; row < RUNS; row++) {
        rung_result finished;
        rung_sample_finish(&sample, row, reached[row], &finished);
        assert_int_equal(rs_store_outcome(store, row),
                         reached[row] == SIZE_MAX ? RS_RUN_PENDING : finished.run.result.outcome);
        assert_int_equal(rs_store_rungs_reached(store, row),
                         reached[row] == SIZE_MAX ? -1 : (int32_t)finished.run.result.rung_count);
        if (rs_store_outcome(store, row) != RS_RUN_STOPPED || later[row] != WHOLE)
            continue;
        put(&sample, store, row, WHOLE);
        commit(&sample, store, row, WHOLE);
        rung_sample_finish(&sample, row, WHOLE, &finished);
        assert_int_equal(rs_store_outcome(store, row), finished.run.result.outcome);
        assert_int_equal(rs_store_rungs_reached(store, row), finished.run.result.rung_count);
    }
    assert_ok(rs_store_check(store, &error), error);
    assert_ok(rs_store_close(store, &error), error);
    check_file(&sample, one, later);
    assert_same_files(one, other);
}

/* As when a process ends after rows were written and before they are marked. */
static void a_row_that_is_being_replaced_is_pending(void **state)
{
    char path[WORKPLACE_PATH];
    sample_sweep sample;
    size_t reached[RUNS];
    rs_store *store = NULL;
    rs_error error;
    workplace_path(state, "a.h5", path);
    rung_sample_init(&sample, RUNS, true);
    for (size_t row = 0; row < RUNS; row++)
        reached[row] = 1;
    write_file(&sample, path, reached);
    assert_ok(rs_store_open(&store, path, &sample.runs, &error), error);
    size_t row = 0;
    while (rs_store_outcome(store, row) != RS_RUN_STOPPED)
        row++;
    put(&sample, store, row, WHOLE);
    check_file(&sample, path, reached); /* nothing is written yet */
    assert_ok(rs_store_commit(store, 0, NULL, NULL, &error), error);
    assert_ok(rs_store_check(store, &error), error);
    reached[row] = SIZE_MAX;
    rs_results *results = NULL;
    assert_ok(rs_results_open(&results, path, &error), error);
    assert_int_equal(rs_results_read_columns(results).status[row], RS_RUN_PENDING);
    rs_results_close(results);
    commit(&sample, store, row, WHOLE);
    reached[row] = WHOLE;
    assert_ok(rs_store_close(store, &error), error);
    check_file(&sample, path, reached);
}

/* A run that goes on at once may be put again before its first row is committed. */
static void of_several_rows_of_a_run_the_last_counts(void **state)
{
    char path[WORKPLACE_PATH];
    sample_sweep sample;
    size_t reached[RUNS];
    rung_result first;
    rs_store *store = NULL;
    rs_error error;
    workplace_path(state, "a.h5", path);
    rung_sample_init(&sample, RUNS, true);
    assert_ok(sample_create(&sample, path, &error), error);
    assert_ok(rs_store_open(&store, path, &sample.runs, &error), error);
    for (size_t row = 0; row < RUNS; row++) {
        put(&sample, store, row, 1);
        put(&sample, store, row, WHOLE);
        commit(&sample, store, row, 1); /* of what is there no more */
        rung_sample_finish(&sample, row, 1, &first);
        if (first.run.result.outcome == RS_RUN_STOPPED)
            assert_int_equal(rs_store_outcome(store, row), RS_RUN_PENDING);
        commit(&sample, store, row, WHOLE);
        reached[row] = WHOLE;
    }
    assert_ok(rs_store_close(store, &error), error);
    check_file(&sample, path, reached);
}

/* ---- Readers --------------------------------------------------------------------------------- */

static void a_row_that_is_replaced_after_the_opening_is_not_damaged(void **state)
{
    char path[WORKPLACE_PATH];
    sample_sweep sample;
    size_t reached[RUNS], replaced = 0;
    rs_store *store = NULL;
    rs_results *results[2] = {NULL};
    rs_error error;
    workplace_path(state, "a.h5", path);
    rung_sample_init(&sample, RUNS, true);
    for (size_t row = 0; row < RUNS; row++)
        reached[row] = 1;
    write_file(&sample, path, reached);
    for (size_t i = 0; i < 2; i++)
        assert_ok(rs_results_open(&results[i], path, &error), error);
    assert_ok(rs_store_open(&store, path, &sample.runs, &error), error);
    for (size_t row = 0; row < RUNS; row++) {
        if (rs_store_outcome(store, row) != RS_RUN_STOPPED || row % 2 == 0)
            continue;
        put(&sample, store, row, WHOLE);
        if (replaced++ % 2 == 0) /* or its status is pending */
            commit(&sample, store, row, WHOLE);
    }
    assert_ok(rs_store_commit(store, 0, NULL, NULL, &error), error);
    assert_ok(rs_store_close(store, &error), error);
    bool checked;
    assert_ok(rs_check_heads(results[0], &checked, &error), error);
    assert_ok(rs_check_rows(results[1], &error), error);
    for (size_t row = 0; row < RUNS; row++)
        for (size_t i = 0; i < 2; i++) {
            rung_result finished;
            rung_sample_finish(&sample, row, 1, &finished);
            const bool changed = finished.run.result.outcome == RS_RUN_STOPPED && row % 2 == 1;
            assert_false(rs_results_is_damaged(results[i], row));
            const int8_t status = rs_results_read_columns(results[i]).status[row];
            /* What was read when it was opened is right. */
            assert_true((changed && status == RS_RUN_PENDING) ||
                        ((!changed || i == 0) && status == (int8_t)finished.run.result.outcome));
        }
    assert_true(replaced > 5);
    for (size_t i = 0; i < 2; i++)
        rs_results_close(results[i]);
}

enum { MANY_ROWS = 1000 };

/* In a process of its own. */
static void train_on(const sample_sweep *sample, const char *path)
{
    static const size_t reached[] = {1, 2, WHOLE};
    rs_store *store = NULL;
    bool good = rs_store_open(&store, path, &sample->runs, NULL) == RS_OK;
    for (size_t i = 0; good && i < 3; i++)
        for (size_t first = 0; good && first < 25; first++)
            good = rung_sample_write(sample, store, first, 25, reached[i], NULL) == RS_OK;
    _exit(good && rs_store_close(store, NULL) == RS_OK ? 0 : 1);
}

/* Whatever a reader takes for the row of a run is all of one time. */
static void look_at_rows(const sample_sweep *sample, const char *path, size_t *stopped)
{
    rs_results *results = NULL;
    rs_error error;
    bool checked;
    assert_ok(rs_results_open(&results, path, &error), error);
    const rs_results_columns columns = rs_results_read_columns(results);
    for (size_t row = 0; row < MANY_ROWS; row++) {
        rung_result finished;
        if (columns.status[row] != RS_RUN_STOPPED)
            continue;
        rung_sample_finish(sample, row, (size_t)columns.rungs_reached[row], &finished);
        assert_true(columns.test_accuracy[row] == finished.run.result.test_accuracy);
        assert_true(columns.updates[row] == (double)finished.run.result.updates);
        assert_true(columns.stop_reason[row] == RS_STOP_RUNG);
        ++*stopped;
    }
    assert_ok(rs_check_heads(results, &checked, &error), error);
    assert_ok(rs_check_rows(results, &error), error);
    for (size_t row = 0; row < MANY_ROWS; row++)
        assert_false(rs_results_is_damaged(results, row));
    rs_results_close(results);
}

static void readers_see_no_row_that_is_half_replaced(void **state)
{
    char path[WORKPLACE_PATH];
    sample_sweep sample;
    rs_error error;
    size_t opened = 0, stopped = 0;
    int result;
    workplace_path(state, "a.h5", path);
    rung_sample_init(&sample, MANY_ROWS, true);
    assert_ok(sample_create(&sample, path, &error), error);
    const pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0)
        train_on(&sample, path);
    while (waitpid(child, &result, WNOHANG) == 0 && opened++ < 1000)
        look_at_rows(&sample, path, &stopped);
    assert_true(opened < 1000 && result == 0);
    look_at_rows(&sample, path, &stopped);
}

/* ---- Threads --------------------------------------------------------------------------------- */

enum { THREADS = 4, MANY_RUNS = 4000 };

typedef struct writer {
    const sample_sweep *sample;
    rs_store *store;
    size_t first;
    bool good;
} writer;

static void *put_rungs(void *context)
{
    writer *self = context;
    self->good = true;
    for (size_t row = self->first; row < MANY_RUNS; row += THREADS)
        for (size_t reached = 1; reached <= 3; reached++) {
            rung_result finished;
            rung_sample_finish(self->sample, row, reached < 3 ? reached : WHOLE, &finished);
            self->good &= rs_store_put(self->store, row, &finished.run.config, &finished.run.result,
                                       finished.run.wall_time, NULL) == RS_OK;
        }
    return NULL;
}

/* Marks as stopped whatever is written: rows that are whole by then must not be. */
static void commit_many(const sample_sweep *sample, rs_store *store, size_t reached)
{
    static size_t rows[MANY_RUNS];
    static rs_run_outcome outcomes[MANY_RUNS];
    rs_error error;
    for (size_t row = 0; row < MANY_RUNS; row++) {
        rung_result finished;
        rung_sample_finish(sample, row, reached, &finished);
        rows[row] = row;
        outcomes[row] = finished.run.result.outcome;
    }
    assert_ok(rs_store_commit(store, MANY_RUNS, rows, outcomes, &error), error);
}

static void threads_replace_rows_while_one_commits(void **state)
{
    char one[WORKPLACE_PATH], other[WORKPLACE_PATH];
    static size_t reached[MANY_RUNS];
    sample_sweep sample;
    rs_error error;
    rs_store *store = NULL;
    pthread_t threads[THREADS];
    writer writers[THREADS];
    workplace_path(state, "one.h5", one);
    workplace_path(state, "other.h5", other);
    rung_sample_init(&sample, MANY_RUNS, true);
    for (size_t row = 0; row < MANY_RUNS; row++)
        reached[row] = WHOLE;
    assert_ok(sample_create(&sample, one, &error), error);
    assert_ok(sample_create(&sample, other, &error), error);
    assert_ok(rs_store_open(&store, other, &sample.runs, &error), error);
    for (size_t row = 0; row < MANY_RUNS; row++)
        put(&sample, store, row, WHOLE);
    commit_many(&sample, store, WHOLE);
    assert_ok(rs_store_close(store, &error), error);
    assert_ok(rs_store_open(&store, one, &sample.runs, &error), error);
    for (size_t i = 0; i < THREADS; i++) {
        writers[i] = (writer){.sample = &sample, .store = store, .first = i};
        assert_int_equal(pthread_create(&threads[i], NULL, put_rungs, &writers[i]), 0);
    }
    for (size_t commits = 0; commits < 20; commits++)
        commit_many(&sample, store, 1 + commits % 2);
    for (size_t i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
        assert_true(writers[i].good);
    }
    commit_many(&sample, store, WHOLE);
    assert_ok(rs_store_check(store, &error), error);
    assert_ok(rs_store_close(store, &error), error);
    check_file(&sample, one, reached);
    assert_same_files(one, other);
}

int main(void)
{
#define IN_A_FOLDER(test) cmocka_unit_test_setup_teardown(test, workplace_setup, workplace_teardown)
    const struct CMUnitTest tests[] = {
        IN_A_FOLDER(what_runs_were_at_rungs_reads_back),
        IN_A_FOLDER(a_file_without_rungs_takes_no_run_that_was_stopped),
        IN_A_FOLDER(stopped_runs_are_known_and_replaced_after_reopening),
        IN_A_FOLDER(a_row_that_is_being_replaced_is_pending),
        IN_A_FOLDER(of_several_rows_of_a_run_the_last_counts),
        IN_A_FOLDER(a_row_that_is_replaced_after_the_opening_is_not_damaged),
        IN_A_FOLDER(readers_see_no_row_that_is_half_replaced),
        IN_A_FOLDER(threads_replace_rows_while_one_commits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
