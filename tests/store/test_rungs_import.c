/* Rows of runs with rungs carried over from file to file. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "import.h"
#include "reader.h"
#include "rung_sample.h"
#include "workplace.h"

#define assert_ok(call, error)            \
    do {                                  \
        if ((call) != RS_OK)              \
            fail_msg("%s", (error).text); \
    } while (0)

enum { RUNS = 60, WHOLE = RUNG_SAMPLE_WHOLE, NONE = 0 };

/* A file of rows trained as far as reached(row) says: NONE is not at all. */
typedef size_t how_far(size_t row);

static void write_some(const sample_sweep *sample, const char *path, how_far *reached,
                       double other_weight)
{
    rs_store *store = NULL;
    rs_error error;
    assert_ok(sample_create(sample, path, &error), error);
    assert_ok(rs_store_open(&store, path, &sample->runs, &error), error);
    for (size_t row = 0; row < sample->runs.count; row++) {
        rung_result finished;
        if (reached(row) == NONE)
            continue;
        rung_sample_finish(sample, row, reached(row), &finished);
        finished.run.weights[0] += row == 8 ? other_weight : 0;
        assert_ok(rs_store_put(store, row, &finished.run.config, &finished.run.result,
                               finished.run.wall_time, &error),
                  error);
        assert_ok(rs_store_commit(store, 1, &row, &finished.run.result.outcome, &error), error);
    }
    assert_ok(rs_store_close(store, &error), error);
}

static void write_file(const sample_sweep *sample, const char *path, how_far *reached)
{
    write_some(sample, path, reached, 0);
}

static size_t one(size_t row)
{
    (void)row;
    return 1;
}

static size_t two(size_t row)
{
    (void)row;
    return 2;
}

static size_t whole(size_t row)
{
    (void)row;
    return WHOLE;
}

static size_t two_of_some(size_t row)
{
    return row % 3 != 1 ? 2 : NONE; /* those of one epoch or three */
}

static size_t whole_of_some(size_t row)
{
    return row % 4 == 0 ? WHOLE : NONE;
}

static size_t furthest(size_t row)
{
    return row % 4 == 0 ? WHOLE : row % 3 != 1 ? 2 : 1;
}

/* What the rows of the file at `path` are, against runs of `sample`. */
typedef struct tally {
    size_t pending, stopped, whole, lacking;
} tally;

static void assert_measured(const rs_run_result *stored, const rs_run_result *wanted)
{
    for (size_t i = 0; i < stored->rung_count; i++) {
        assert_true(stored->rung_loss[i] == wanted->rung_loss[i]);
        assert_true(stored->rung_test_loss[i] == wanted->rung_test_loss[i]);
        assert_true(stored->rung_accuracy[i] == wanted->rung_accuracy[i]);
        assert_true(stored->rung_bit_accuracy[i] == wanted->rung_bit_accuracy[i]);
    }
}

/* Every row is that of its run, trained as far as reached[row] says, in the rungs of the sample. */
static tally check_file(const sample_sweep *sample, const char *path, const size_t *reached)
{
    rs_results *results = NULL;
    rs_reader *reader = NULL;
    rs_error error;
    tally count = {0};
    assert_ok(rs_results_open(&results, path, &error), error);
    assert_ok(rs_check_rows(results, &error), error);
    assert_ok(rs_reader_create(&reader, results, 1, &error), error);
    for (size_t row = 0; row < sample->runs.count; row++) {
        const rs_results_columns columns = rs_results_read_columns(results);
        rung_result wanted;
        rs_stored_run run;
        assert_false(rs_results_is_damaged(results, row));
        if (columns.status[row] == RS_RUN_PENDING) {
            assert_int_equal(columns.rungs_reached[row], -1);
            count.pending++;
            continue;
        }
        rung_sample_finish(sample, row, reached[row], &wanted);
        assert_ok(rs_reader_read(reader, row, &run, &error), error);
        assert_int_equal(run.result.outcome, wanted.run.result.outcome);
        assert_true(run.result.test_accuracy == wanted.run.result.test_accuracy ||
                    run.result.outcome == RS_RUN_DIVERGED);
        assert_true((float)run.result.weights[1] == (float)wanted.run.weights[1]);
        count.stopped += run.result.outcome == RS_RUN_STOPPED;
        count.whole += run.result.outcome != RS_RUN_STOPPED;
        assert_true(columns.rungs_reached[row] >= 0);
        assert_true(run.result.rung_count <= wanted.run.result.rung_count);
        count.lacking += run.result.rung_count < wanted.run.result.rung_count;
        assert_true(run.result.outcome != RS_RUN_STOPPED ||
                    run.result.rung_count == wanted.run.result.rung_count);
        assert_measured(&run.result, &wanted.run.result);
    }
    rs_reader_free(reader);
    rs_results_close(results);
    return count;
}

static tally check_against(const sample_sweep *sample, const char *path, how_far *reached)
{
    size_t *all = malloc(sample->runs.count * sizeof *all);
    for (size_t row = 0; row < sample->runs.count; row++)
        all[row] = reached(row);
    const tally count = check_file(sample, path, all);
    free(all);
    return count;
}

static void join(const sample_sweep *sample, const char *path, rs_import_form form, size_t count,
                 const char *const files[], rs_imported *imported)
{
    rs_error error;
    *imported = (rs_imported){0};
    assert_ok(rs_import_as_new(path, form, &sample->runs, NULL, 0, count, files, imported, &error),
              error);
}

/* ---- Which row counts ------------------------------------------------------------------------ */

static void the_row_that_was_trained_further_counts_in_any_order(void **state)
{
    static const int orders[][3] = {{0, 1, 2}, {0, 2, 1}, {1, 0, 2},
                                    {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};
    char a[WORKPLACE_PATH], b[WORKPLACE_PATH], c[WORKPLACE_PATH], path[WORKPLACE_PATH],
        alone[WORKPLACE_PATH], made[WORKPLACE_PATH];
    const char *const files[] = {a, b, c}, *const single[] = {alone};
    size_t sizes[2];
    sample_sweep sample;
    rs_imported imported;
    workplace_path(state, "a.h5", a);
    workplace_path(state, "b.h5", b);
    workplace_path(state, "c.h5", c);
    workplace_path(state, "alone.h5", alone);
    workplace_path(state, "made.h5", made);
    workplace_path(state, "path.h5", path);
    rung_sample_init(&sample, RUNS, true);
    write_file(&sample, a, one);
    write_file(&sample, b, two_of_some);
    write_file(&sample, c, whole_of_some);
    write_file(&sample, alone, furthest);
    for (int form = 0; form < 2; form++) {
        const rs_import_form how = form == 0 ? RS_IMPORT_PLAIN : RS_IMPORT_COMPRESSED;
        join(&sample, made, how, 1, single, &imported);
        char *wanted = workplace_read(made, &sizes[0]);
        for (size_t i = 0; i < sizeof orders / sizeof orders[0]; i++) {
            const char *const in_order[] = {files[orders[i][0]], files[orders[i][1]],
                                            files[orders[i][2]]};
            join(&sample, path, how, 3, in_order, &imported);
            assert_int_equal(imported.rows, RUNS);
            assert_int_equal(imported.damaged + imported.stopped, 0);
            char *got = workplace_read(path, &sizes[1]);
            assert_int_equal(sizes[0], sizes[1]);
            assert_memory_equal(wanted, got, sizes[0]);
            free(got);
        }
        free(wanted);
        const tally count = check_against(&sample, path, furthest);
        assert_true(count.stopped > 10 && count.whole > 20 && count.lacking + count.pending == 0);
    }
}

static void rows_that_were_trained_as_far_must_agree(void **state)
{
    static how_far *const far[] = {one, two, whole};
    char a[WORKPLACE_PATH], b[WORKPLACE_PATH], path[WORKPLACE_PATH], name[8];
    const char *const files[] = {a, b};
    sample_sweep sample;
    rs_imported imported;
    rs_error error;
    workplace_path(state, "path.h5", path);
    rung_sample_init(&sample, RUNS, true);
    for (size_t i = 0; i < 3; i++)
        for (size_t k = 0; k < 3; k++) {
            snprintf(name, sizeof name, "a%zu%zu.h5", i, k);
            workplace_path(state, name, a);
            name[0] = 'b';
            workplace_path(state, name, b);
            write_some(&sample, a, far[i], 0);
            write_some(&sample, b, far[k], 1);
            const rs_status status = rs_import_as_new(path, RS_IMPORT_PLAIN, &sample.runs, NULL, 0,
                                                      2, files, &imported, &error);
            assert_int_equal(status, i == k ? RS_BAD_DATA : RS_OK);
            if (i == k)
                assert_non_null(strstr(error.text, "has other results"));
        }
}

/* ---- Files with other rungs, or none --------------------------------------------------------- */

static void whole_runs_of_a_file_without_rungs_are_taken_as_they_are(void **state)
{
    char without[WORKPLACE_PATH], with[WORKPLACE_PATH], path[WORKPLACE_PATH];
    const char *const files[] = {without, with}, *const turned[] = {with, without};
    sample_sweep sample;
    rs_imported imported;
    workplace_path(state, "without.h5", without);
    workplace_path(state, "with.h5", with);
    workplace_path(state, "path.h5", path);
    rung_sample_init(&sample, RUNS, true);
    const rs_rungs *rungs = sample.runs.rungs;
    write_file(&sample, with, whole_of_some);
    sample.runs.rungs = NULL;
    write_file(&sample, without, whole);
    sample.runs.rungs = rungs;
    join(&sample, path, RS_IMPORT_PLAIN, 1, files, &imported);
    assert_int_equal(imported.rows, RUNS);
    tally count = check_against(&sample, path, whole);
    assert_true(count.lacking > 20 && count.whole == RUNS);
    const size_t all = count.lacking;
    for (size_t i = 0; i < 2; i++) {
        join(&sample, path, RS_IMPORT_PLAIN, 2, i == 0 ? files : turned, &imported);
        assert_int_equal(imported.rows, RUNS);
        count = check_against(&sample, path, whole);
        assert_true(count.lacking < all && count.lacking > 10); /* those that were measured count */
    }
}

/* The rung at which row 2 was stopped is among those of the store, or it is left out. */
static void runs_that_were_stopped_need_their_rung(void **state)
{
    static const uint32_t first[] = {1}, second[] = {2}, both[] = {1, 2}, other[] = {1, 3};
    static const struct {
        bool epochs_from, epochs_to;
        size_t count_from, count_to;
        const uint32_t *from, *to;
        how_far *reached;
        bool taken;
    } cases[] = {
        {true, true, 2, 2, both, both, one, true},     {true, true, 2, 1, both, first, one, true},
        {true, true, 2, 1, both, first, two, false},   {true, true, 2, 1, both, second, two, true},
        {true, true, 2, 1, both, second, one, false},  {true, true, 1, 2, first, both, one, true},
        {true, true, 1, 2, second, both, one, false},  {true, true, 2, 2, both, other, one, true},
        {true, true, 2, 2, both, other, two, false},   {true, false, 2, 2, both, both, one, false},
        {false, false, 2, 2, both, other, two, false}, {false, false, 2, 2, both, other, one, true},
    };
    enum { STOPS = 2 }; /* it has three epochs */
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char from[WORKPLACE_PATH], path[WORKPLACE_PATH], name[16];
        const char *const files[] = {from};
        const rs_rungs had = {cases[i].epochs_from, cases[i].count_from, cases[i].from};
        const rs_rungs wanted = {cases[i].epochs_to, cases[i].count_to, cases[i].to};
        sample_sweep sample;
        rs_imported imported;
        rs_results *results = NULL;
        rs_error error;
        snprintf(name, sizeof name, "from%zu.h5", i);
        workplace_path(state, name, from);
        workplace_path(state, "path.h5", path);
        rung_sample_init(&sample, RUNS, true);
        sample.runs.rungs = &had;
        write_file(&sample, from, cases[i].reached);
        sample.runs.rungs = &wanted;
        join(&sample, path, RS_IMPORT_PLAIN, 1, files, &imported);
        assert_ok(rs_results_open(&results, path, &error), error);
        assert_ok(rs_check_rows(results, &error), error);
        const rs_results_columns columns = rs_results_read_columns(results);
        assert_int_equal(columns.status[STOPS], cases[i].taken ? RS_RUN_STOPPED : RS_RUN_PENDING);
        assert_int_equal(imported.stopped > 0, !cases[i].taken);
        size_t pending = 0;
        for (size_t row = 0; row < RUNS; row++) {
            assert_false(rs_results_is_damaged(results, row));
            pending += columns.status[row] == RS_RUN_PENDING;
        }
        assert_int_equal(pending, imported.stopped);
        rs_results_close(results);
    }
}

static void without_rungs_of_their_own_runs_keep_those_of_their_files(void **state)
{
    static const uint32_t other[] = {1, 3};
    char a[WORKPLACE_PATH], b[WORKPLACE_PATH], path[WORKPLACE_PATH];
    const char *const files[] = {a, b};
    const rs_rungs another = {true, 2, other};
    sample_sweep sample;
    rs_imported imported;
    rs_error error;
    workplace_path(state, "a.h5", a);
    workplace_path(state, "b.h5", b);
    workplace_path(state, "path.h5", path);
    rung_sample_init(&sample, RUNS, true);
    const rs_rungs *rungs = sample.runs.rungs;
    write_file(&sample, a, furthest);
    sample.runs.rungs = &another;
    write_file(&sample, b, two_of_some);
    sample.runs.rungs = NULL;
    join(&sample, path, RS_IMPORT_PLAIN, 1, files, &imported);
    assert_int_equal(imported.stopped, 0);
    sample.runs.rungs = rungs;
    assert_int_equal(check_against(&sample, path, furthest).pending, 0);
    sample.runs.rungs = NULL;
    assert_int_equal(
        rs_import_as_new(path, RS_IMPORT_PLAIN, &sample.runs, NULL, 0, 2, files, &imported, &error),
        RS_BAD_DATA);
    assert_non_null(strstr(error.text, "/rung"));
}

/* ---- Training for what is lacking ------------------------------------------------------------ */

static rs_status train(void *context, const rs_run_config *config, rs_run_result *result,
                       rs_error *error)
{
    static rung_result finished;
    const sample_sweep *sample = context;
    (void)error;
    for (size_t row = 0; row < sample->runs.count; row++) {
        rung_sample_finish(sample, row, WHOLE, &finished);
        if (memcmp(&finished.run.config, config, sizeof *config) == 0) {
            *result = finished.run.result;
            for (size_t i = 0; i < result->weight_count; i++)
                finished.run.weights[i] = (double)(float)finished.run.weights[i];
            return RS_OK;
        }
    }
    return RS_INTERNAL;
}

static size_t count_lacking(const sample_sweep *sample, const char *path)
{
    rs_results *results = NULL;
    rs_lacking lacking;
    rs_error error;
    assert_ok(rs_results_open(&results, path, &error), error);
    assert_ok(rs_reader_count_lacking(results, 0, NULL, NULL, sample->runs.rungs, &lacking, &error),
              error);
    rs_results_close(results);
    return lacking.rungs;
}

static void whole_runs_are_trained_again_for_their_rungs(void **state)
{
    static const uint32_t second[] = {2};
    const rs_rungs later = {true, 1, second};
    char from[WORKPLACE_PATH], path[WORKPLACE_PATH], wanted[WORKPLACE_PATH];
    const char *const files[] = {from}, *const alone[] = {wanted};
    sample_sweep sample;
    rs_imported imported;
    rs_store *store = NULL;
    rs_error error;
    size_t sizes[2];
    workplace_path(state, "wanted.h5", wanted);
    workplace_path(state, "path.h5", path);
    rung_sample_init(&sample, RUNS, true);
    const rs_rungs *rungs = sample.runs.rungs, *const had[] = {NULL, &later};
    write_file(&sample, wanted, whole);
    join(&sample, wanted, RS_IMPORT_PLAIN, 1, alone, &imported);
    for (size_t i = 0; i < 2; i++) {
        workplace_path(state, i == 0 ? "without.h5" : "later.h5", from);
        sample.runs.rungs = had[i];
        write_file(&sample, from, whole);
        sample.runs.rungs = rungs;
        assert_ok(rs_store_open(&store, from, &sample.runs, &error), error);
        assert_false(rs_store_has_rungs(store));
        assert_ok(rs_store_close(store, &error), error);
        sample.runs.train = NULL;
        join(&sample, path, RS_IMPORT_PLAIN, 1, files, &imported);
        const size_t lacking = count_lacking(&sample, path);
        assert_true(lacking > 20);
        assert_int_equal(check_against(&sample, path, whole).lacking, lacking);
        sample.runs.train = train;
        sample.runs.test_context = &sample;
        join(&sample, path, RS_IMPORT_PLAIN, 1, files, &imported);
        assert_int_equal(imported.retrained, lacking);
        assert_int_equal(count_lacking(&sample, path), 0);
        char *made = workplace_read(path, &sizes[0]), *right = workplace_read(wanted, &sizes[1]);
        assert_int_equal(sizes[0], sizes[1]);
        assert_memory_equal(made, right, sizes[0]);
        free(made);
        free(right);
    }
}

/* ---- Growing, and taking over ---------------------------------------------------------------- */

static void a_file_grows_with_its_runs_as_they_are(void **state)
{
    char path[WORKPLACE_PATH];
    const char *const files[] = {path};
    sample_sweep sample;
    rs_imported imported;
    size_t reached[2 * RUNS];
    workplace_path(state, "path.h5", path);
    rung_sample_init(&sample, RUNS, true);
    write_file(&sample, path, furthest);
    rung_sample_init(&sample, 2 * (size_t)RUNS, true);
    join(&sample, path, RS_IMPORT_PLAIN, 1, files, &imported);
    assert_int_equal(imported.rows, RUNS);
    for (size_t row = 0; row < 2 * (size_t)RUNS; row++)
        reached[row] = furthest(row);
    const tally count = check_file(&sample, path, reached);
    assert_int_equal(count.pending, RUNS);
    assert_true(count.stopped > 10);
}

static rs_imported take_over(const sample_sweep *sample, const char *path, const char *from)
{
    rs_store *store = NULL;
    rs_imported imported = {0};
    rs_error error;
    assert_ok(rs_store_open(&store, path, &sample->runs, &error), error);
    assert_ok(rs_import_files(store, &sample->runs, RS_IMPORT_OWN, 1, &from, &imported, &error),
              error);
    assert_ok(rs_store_check(store, &error), error);
    assert_ok(rs_store_close(store, &error), error);
    return imported;
}

static void a_store_takes_over_what_was_trained_further(void **state)
{
    char path[WORKPLACE_PATH], a[WORKPLACE_PATH], b[WORKPLACE_PATH], c[WORKPLACE_PATH];
    sample_sweep sample;
    workplace_path(state, "path.h5", path);
    workplace_path(state, "a.h5", a);
    workplace_path(state, "b.h5", b);
    workplace_path(state, "c.h5", c);
    rung_sample_init(&sample, RUNS, true);
    write_file(&sample, a, one);
    write_file(&sample, b, two_of_some);
    write_file(&sample, c, whole_of_some);
    write_file(&sample, path, two_of_some);
    assert_int_equal(take_over(&sample, path, a).rows, RUNS / 3);
    const rs_imported more = take_over(&sample, path, c);
    assert_true(more.rows > 5 && more.stopped == 0);
    assert_int_equal(take_over(&sample, path, a).rows, 0);
    assert_int_equal(take_over(&sample, path, b).rows, 0);
    assert_int_equal(take_over(&sample, path, c).rows, 0);
    assert_int_equal(check_against(&sample, path, furthest).pending, 0);
}

static void a_store_without_rungs_takes_over_no_run_that_was_stopped(void **state)
{
    char path[WORKPLACE_PATH], a[WORKPLACE_PATH];
    sample_sweep sample;
    rs_results *results = NULL;
    rs_error error;
    workplace_path(state, "path.h5", path);
    workplace_path(state, "a.h5", a);
    rung_sample_init(&sample, RUNS, true);
    write_file(&sample, a, one);
    sample.runs.rungs = NULL;
    assert_ok(sample_create(&sample, path, &error), error);
    const rs_imported imported = take_over(&sample, path, a);
    assert_true(imported.stopped > 20 && imported.rows + imported.stopped == RUNS);
    assert_ok(rs_results_open(&results, path, &error), error);
    for (size_t row = 0; row < RUNS; row++)
        assert_true(rs_results_read_columns(results).status[row] != RS_RUN_STOPPED);
    rs_results_close(results);
}

/* With an argument: the tests of such a name, `*` and `?` standing for any letters. */
int main(int count, char **arguments)
{
#define IN_A_FOLDER(test) cmocka_unit_test_setup_teardown(test, workplace_setup, workplace_teardown)
    const struct CMUnitTest tests[] = {
        IN_A_FOLDER(the_row_that_was_trained_further_counts_in_any_order),
        IN_A_FOLDER(rows_that_were_trained_as_far_must_agree),
        IN_A_FOLDER(whole_runs_of_a_file_without_rungs_are_taken_as_they_are),
        IN_A_FOLDER(runs_that_were_stopped_need_their_rung),
        IN_A_FOLDER(without_rungs_of_their_own_runs_keep_those_of_their_files),
        IN_A_FOLDER(whole_runs_are_trained_again_for_their_rungs),
        IN_A_FOLDER(a_file_grows_with_its_runs_as_they_are),
        IN_A_FOLDER(a_store_takes_over_what_was_trained_further),
        IN_A_FOLDER(a_store_without_rungs_takes_over_no_run_that_was_stopped),
    };
    if (count > 1)
        cmocka_set_test_filter(arguments[1]);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
