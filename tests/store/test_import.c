/* Rows carried over from file to file: merging and growing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "import.h"
#include "sample.h"
#include "workplace.h"

#define assert_ok(call, error)            \
    do {                                  \
        if ((call) != RS_OK)              \
            fail_msg("%s", (error).text); \
    } while (0)

enum { RUNS = 90 };

/* How many bytes of a file are damaged, one after the other. */
static size_t probes = 15;

/* The rows first, first + stride, ... of a sample as a sweep of their own: a shard. */
typedef struct sample_shard {
    const sample_sweep *whole;
    size_t first, stride;
} sample_shard;

static void shard_row(const void *context, size_t row, uint32_t *run, rs_run_config *config)
{
    const sample_shard *shard = context;
    shard->whole->runs.row(shard->whole, shard->first + row * shard->stride, run, config);
}

/* Writes such a file; changed_run gets other results than it should. */
static void write_shard(const sample_sweep *whole, size_t first, size_t stride,
                        uint32_t changed_run, const char *path)
{
    const sample_shard shard = {whole, first, stride};
    const rs_store_runs runs = {.count = (whole->runs.count - first + stride - 1) / stride,
                                .row = shard_row,
                                .context = &shard,
                                .sweep = whole->runs.sweep};
    rs_error error;
    rs_store *store = NULL;
    assert_ok(rs_store_create(path, &runs, NULL, 0, &error), error);
    assert_ok(rs_store_open(&store, path, &runs, &error), error);
    for (size_t row = 0; row < runs.count; row++) {
        sample_result finished;
        sample_finish(whole, first + row * stride, &finished);
        if (3 * (first + row * stride) == changed_run)
            finished.weights[0] += 1;
        assert_ok(rs_store_put(store, row, &finished.config, &finished.result, finished.wall_time,
                               &error),
                  error);
        assert_ok(rs_store_commit(store, 1, &row, &finished.result.outcome, &error), error);
    }
    assert_ok(rs_store_close(store, &error), error);
}

static void assert_same_files(const char *one, const char *other)
{
    size_t sizes[2];
    char *a = workplace_read(one, &sizes[0]), *b = workplace_read(other, &sizes[1]);
    assert_int_equal(sizes[0], sizes[1]);
    assert_memory_equal(a, b, sizes[0]);
    free(a);
    free(b);
}

/* A whole file as a single process writes it, without attributes. */
static void write_whole(const sample_sweep *sample, const char *path)
{
    rs_error error;
    assert_ok(rs_store_create(path, &sample->runs, NULL, 0, &error), error);
    assert_ok(sample_fill(sample, path, &error), error);
}

static void shards_in_any_order_give_the_whole(void **state)
{
    static const int orders[][4] = {{0, 1, 2, -1}, {2, 0, 1, 2}, {1, 1, 2, 0}};
    char whole[WORKPLACE_PATH], out[WORKPLACE_PATH], shards[3][WORKPLACE_PATH];
    sample_sweep sample;
    rs_error error;
    workplace_path(state, "whole.h5", whole);
    workplace_path(state, "out.h5", out);
    sample_init(&sample, RUNS, true);
    write_whole(&sample, whole);
    for (size_t i = 0; i < 3; i++) {
        const char *const names[] = {"0.h5", "1.h5", "2.h5"};
        workplace_path(state, names[i], shards[i]);
        write_shard(&sample, i, 3, UINT32_MAX, shards[i]);
    }
    for (size_t order = 0; order < sizeof orders / sizeof orders[0]; order++) {
        const char *files[4];
        size_t count = 0;
        rs_imported imported;
        for (size_t i = 0; i < 4 && orders[order][i] >= 0; i++)
            files[count++] = shards[orders[order][i]];
        assert_ok(rs_import_as_new(out, RS_IMPORT_PLAIN, &sample.runs, NULL, 0, count, files,
                                   &imported, &error),
                  error);
        assert_int_equal(imported.rows, RUNS);
        assert_int_equal(imported.damaged, 0);
        assert_same_files(out, whole);
        assert_int_equal(workplace_entries(state), 5);
    }
}

static void what_is_missing_stays_pending(void **state)
{
    char out[WORKPLACE_PATH], part[WORKPLACE_PATH];
    const char *files[] = {part};
    sample_sweep sample;
    rs_error error;
    rs_imported imported;
    rs_results *results = NULL;
    workplace_path(state, "out.h5", out);
    workplace_path(state, "part.h5", part);
    sample_init(&sample, RUNS, false);
    write_shard(&sample, 2, 3, UINT32_MAX, part);
    assert_ok(
        rs_import_as_new(out, RS_IMPORT_PLAIN, &sample.runs, NULL, 0, 1, files, &imported, &error),
        error);
    assert_int_equal(imported.rows, RUNS / 3);
    assert_ok(rs_results_open(&results, out, &error), error);
    for (size_t row = 0; row < RUNS; row++)
        assert_int_equal(rs_results_read_columns(results).status[row] != RS_RUN_PENDING,
                         row % 3 == 2);
    rs_results_close(results);
}

/* By way of memory: GCC 12 drops the conversions of two neighbouring doubles to float and back. */
static double to_float(double value)
{
    volatile float rounded = (float)value;
    return (double)rounded;
}

/* What a float32 file keeps of a run. */
static void round_to_float(sample_result *finished)
{
    rs_run_result *result = &finished->result;
    result->initial_loss = to_float(result->initial_loss);
    result->final_loss = to_float(result->final_loss);
    result->test_loss = to_float(result->test_loss);
    for (size_t i = 0; i < result->loss_count; i++)
        finished->loss[i] = to_float(finished->loss[i]);
    for (size_t i = 0; i < result->weight_count; i++)
        finished->weights[i] = to_float(finished->weights[i]);
}

/* A part of which all runs have one length and one interval of losses has fewer steps than the
 * whole, and narrower types where others are float64 or have great seeds. Its rows become what a
 * run of the whole would have written, and all others what a new file has. */
static void rows_take_the_form_of_a_whole(void **state, bool wide)
{
    enum { FIRST = 9, STRIDE = 30 };
    char out[WORKPLACE_PATH], part[WORKPLACE_PATH], expected[WORKPLACE_PATH];
    const char *files[] = {part};
    sample_sweep sample;
    rs_error error;
    rs_imported imported;
    rs_store *store = NULL;
    rs_results *results = NULL;
    workplace_path(state, "out.h5", out);
    workplace_path(state, "part.h5", part);
    workplace_path(state, "expected.h5", expected);
    sample_init(&sample, RUNS, wide);
    write_shard(&sample, FIRST, STRIDE, UINT32_MAX, part);
    assert_ok(rs_results_open(&results, part, &error), error);
    assert_true(rs_results_steps(results) == 2 && !rs_results_real64(results));
    rs_results_close(results);
    assert_ok(rs_store_create(expected, &sample.runs, NULL, 0, &error), error);
    assert_ok(rs_store_open(&store, expected, &sample.runs, &error), error);
    for (size_t row = FIRST; row < RUNS; row += STRIDE) {
        sample_result finished;
        sample_finish(&sample, row, &finished);
        round_to_float(&finished);
        assert_ok(rs_store_put(store, row, &finished.config, &finished.result, finished.wall_time,
                               &error),
                  error);
        assert_ok(rs_store_commit(store, 1, &row, &finished.result.outcome, &error), error);
    }
    assert_ok(rs_store_close(store, &error), error);
    assert_ok(
        rs_import_as_new(out, RS_IMPORT_PLAIN, &sample.runs, NULL, 0, 1, files, &imported, &error),
        error);
    assert_int_equal(imported.rows, RUNS / STRIDE);
    assert_same_files(out, expected);
    assert_ok(rs_results_open(&results, out, &error), error);
    assert_true(rs_results_steps(results) == 7 && rs_results_real64(results) == wide);
    rs_results_close(results);
}

static void rows_of_fewer_steps_take_the_form_of_the_whole(void **state)
{
    rows_take_the_form_of_a_whole(state, false);
}

static void rows_of_narrower_types_take_the_form_of_the_whole(void **state)
{
    rows_take_the_form_of_a_whole(state, true);
}

/* Fails without a trace; the error names `says` and `also`. */
static void refuse_to_rebuild(void **state, const rs_store_runs *runs, size_t count,
                              const char *const files[], const char *says, const char *also)
{
    char out[WORKPLACE_PATH];
    rs_error error;
    rs_imported imported = {.rows = 12345};
    const size_t before = workplace_entries(state);
    workplace_path(state, "out.h5", out);
    assert_int_equal(
        rs_import_as_new(out, RS_IMPORT_PLAIN, runs, NULL, 0, count, files, &imported, &error),
        RS_BAD_DATA);
    assert_int_equal(imported.rows, 12345);
    assert_int_equal(workplace_entries(state), before);
    if (strstr(error.text, says) == NULL || strstr(error.text, also) == NULL)
        fail_msg("\"%s\" does not say \"%s\" and \"%s\"", error.text, says, also);
}

static void conflicting_results_are_refused_by_name(void **state)
{
    char one[WORKPLACE_PATH], other[WORKPLACE_PATH];
    const char *files[] = {one, other}, *reversed[] = {other, one};
    sample_sweep sample;
    workplace_path(state, "one.h5", one);
    workplace_path(state, "other.h5", other);
    sample_init(&sample, RUNS, false);
    write_shard(&sample, 0, 2, UINT32_MAX, one);
    write_shard(&sample, 0, 3, 18, other);
    refuse_to_rebuild(state, &sample.runs, 2, files, "other.h5: run 18", "one.h5");
    refuse_to_rebuild(state, &sample.runs, 2, reversed, "one.h5: run 18", "other.h5");
}

static void foreign_runs_are_refused(void **state)
{
    char path[WORKPLACE_PATH];
    const char *files[] = {path};
    sample_sweep sample, smaller;
    rs_match *match = NULL;
    rs_error error;
    rs_covered covered = {.all = true};
    workplace_path(state, "a.h5", path);
    sample_init(&sample, RUNS, false);
    sample_init(&smaller, RUNS / 2, false);
    write_whole(&sample, path);
    refuse_to_rebuild(state, &smaller.runs, 1, files, "a.h5: run 135", "not one of this sweep");
    assert_ok(rs_match_create(&match, &smaller.runs, &error), error);
    assert_ok(rs_import_covered(path, match, &covered, &error), error);
    assert_false(covered.all);
    rs_match_free(match);
    assert_ok(rs_match_create(&match, &sample.runs, &error), error);
    assert_ok(rs_import_covered(path, match, &covered, &error), error);
    assert_true(covered.all);
    assert_int_equal(covered.rows, RUNS);
    rs_match_free(match);
}

static void a_grown_sweep_keeps_its_finished_runs(void **state)
{
    char path[WORKPLACE_PATH], whole[WORKPLACE_PATH];
    const char *files[] = {path};
    sample_sweep small, large;
    rs_error error;
    rs_imported imported;
    rs_store *store = NULL;
    workplace_path(state, "a.h5", path);
    workplace_path(state, "whole.h5", whole);
    sample_init(&small, RUNS / 3, true);
    sample_init(&large, RUNS, true);
    write_whole(&small, path);
    write_whole(&large, whole);
    assert_ok(
        rs_import_as_new(path, RS_IMPORT_PLAIN, &large.runs, NULL, 0, 1, files, &imported, &error),
        error);
    assert_int_equal(imported.rows, RUNS / 3);
    assert_ok(rs_store_open(&store, path, &large.runs, &error), error);
    for (size_t row = 0; row < RUNS; row++)
        assert_int_equal(rs_store_outcome(store, row) != RS_RUN_PENDING, row < RUNS / 3);
    assert_ok(sample_write(&large, store, 0, 1, &error), error);
    assert_ok(rs_store_close(store, &error), error);
    assert_same_files(path, whole);
}

/* More than is read at a time. */
static void many_rows_are_carried_over(void **state)
{
    char path[WORKPLACE_PATH], out[WORKPLACE_PATH];
    const char *files[] = {path};
    sample_sweep sample;
    rs_error error;
    rs_imported imported;
    workplace_path(state, "a.h5", path);
    workplace_path(state, "out.h5", out);
    sample_init(&sample, 30000, true);
    write_whole(&sample, path);
    assert_ok(
        rs_import_as_new(out, RS_IMPORT_PLAIN, &sample.runs, NULL, 0, 1, files, &imported, &error),
        error);
    assert_int_equal(imported.rows, 30000);
    assert_same_files(out, path);
}

/* Any changed byte of a finished row is noticed by its checksum, and the row is left out. */
static void damaged_rows_are_left_out(void **state)
{
    char path[WORKPLACE_PATH], out[WORKPLACE_PATH];
    const char *files[] = {path};
    sample_sweep sample;
    rs_error error;
    size_t size, damaged = 0;
    workplace_path(state, "a.h5", path);
    workplace_path(state, "out.h5", out);
    sample_init(&sample, 500, false);
    write_whole(&sample, path);
    char *bytes = workplace_read(path, &size);
    for (size_t at = 0; at < size; at += 1 + size / probes) {
        rs_imported imported;
        bytes[at] ^= 0x10;
        workplace_write(path, bytes, size);
        bytes[at] ^= 0x10;
        assert_ok(rs_import_as_new(out, RS_IMPORT_PLAIN, &sample.runs, NULL, 0, 1, files, &imported,
                                   &error),
                  error);
        assert_int_equal(imported.rows + imported.damaged, 500);
        damaged += imported.damaged;
    }
    assert_in_range(damaged, probes / 3, probes);
    free(bytes);
}

/* ---- Compressed ------------------------------------------------------------------------------ */

static void rebuild(const sample_sweep *sample, rs_import_form form, const char *path, size_t count,
                    const char *const files[])
{
    rs_error error;
    rs_imported imported;
    assert_ok(rs_import_as_new(path, form, &sample->runs, NULL, 0, count, files, &imported, &error),
              error);
    assert_int_equal(imported.damaged, 0);
}

/* Several chunks of every kind, and back to the same bytes. */
static void compressed_files_hold_the_same(void **state)
{
    char path[WORKPLACE_PATH], packed[WORKPLACE_PATH], back[WORKPLACE_PATH];
    /* Twice, so that what is read at a time begins within chunks. */
    const char *plain_files[] = {path}, *packed_files[] = {packed, packed};
    sample_sweep sample;
    rs_error error;
    rs_results *results = NULL;
    size_t plain_size, packed_size;
    workplace_path(state, "a.h5", path);
    workplace_path(state, "packed.h5", packed);
    workplace_path(state, "back.h5", back);
    sample_init(&sample, 70000, true);
    write_whole(&sample, path);
    rebuild(&sample, RS_IMPORT_COMPRESSED, packed, 1, plain_files);
    rebuild(&sample, RS_IMPORT_PLAIN, back, 2, packed_files);
    assert_same_files(back, path);
    assert_int_equal(workplace_entries(state), 3);
    free(workplace_read(path, &plain_size));
    free(workplace_read(packed, &packed_size));
    assert_true(packed_size < plain_size / 2);
    assert_ok(rs_results_open(&results, path, &error), error);
    assert_false(rs_results_compressed(results));
    rs_results_close(results);
    assert_ok(rs_results_open(&results, packed, &error), error);
    assert_true(rs_results_compressed(results));
    rs_results_close(results);
}

/* Also the times of runs that several files have: any order, the same bytes. */
static void any_order_compresses_to_the_same_bytes(void **state)
{
    static const int orders[][4] = {{0, 1, 2, -1}, {2, 0, 1, 2}, {1, 1, 2, 0}};
    char first[WORKPLACE_PATH], out[WORKPLACE_PATH], parts[3][WORKPLACE_PATH];
    sample_sweep sample, slower;
    workplace_path(state, "first.h5", first);
    workplace_path(state, "out.h5", out);
    sample_init(&sample, RUNS, true);
    slower = sample;
    slower.delay = 1;
    for (size_t i = 0; i < 3; i++) {
        const char *const names[] = {"0.h5", "1.h5", "2.h5"};
        workplace_path(state, names[i], parts[i]);
        write_shard(i == 1 ? &slower : &sample, i % 2, i == 1 ? 1 : 2 - i % 2, UINT32_MAX,
                    parts[i]);
    }
    for (size_t order = 0; order < sizeof orders / sizeof orders[0]; order++) {
        const char *files[4];
        size_t count = 0;
        for (size_t i = 0; i < 4 && orders[order][i] >= 0; i++)
            files[count++] = parts[orders[order][i]];
        rebuild(&sample, RS_IMPORT_COMPRESSED, order == 0 ? first : out, count, files);
        if (order > 0)
            assert_same_files(out, first);
    }
}

static void a_complete_compressed_file_opens_and_others_do_not(void **state)
{
    char path[WORKPLACE_PATH], packed[WORKPLACE_PATH];
    const char *files[] = {path};
    sample_sweep sample, half;
    sample_result finished;
    rs_error error;
    rs_store *store = NULL;
    workplace_path(state, "a.h5", path);
    workplace_path(state, "packed.h5", packed);
    sample_init(&sample, RUNS, true);
    sample_init(&half, RUNS / 2, true);
    write_whole(&half, path);
    rebuild(&half, RS_IMPORT_COMPRESSED, packed, 1, files);
    assert_ok(rs_store_open(&store, packed, &half.runs, &error), error);
    for (size_t row = 0; row < RUNS / 2; row++)
        assert_int_not_equal(rs_store_outcome(store, row), RS_RUN_PENDING);
    sample_finish(&half, 0, &finished);
    assert_int_equal(rs_store_put(store, 0, &finished.config, &finished.result, 1, &error),
                     RS_BAD_DATA);
    assert_ok(rs_store_close(store, &error), error);
    rebuild(&sample, RS_IMPORT_COMPRESSED, packed, 1, files);
    assert_int_equal(rs_store_open(&store, packed, &sample.runs, &error), RS_BAD_DATA);
    assert_non_null(strstr(error.text, "is compressed and misses 45 runs"));
}

/* Whatever byte is wrong, the rows that come out are right, and in the chunks that are whole none
 * is lost. */
static void damage_of_compressed_files_stays_in_its_chunk(void **state)
{
    enum { ROWS = 3000 };
    char path[WORKPLACE_PATH], packed[WORKPLACE_PATH], out[WORKPLACE_PATH];
    const char *plain_files[] = {path}, *packed_files[] = {packed};
    sample_sweep sample;
    size_t size, partly = 0;
    workplace_path(state, "a.h5", path);
    workplace_path(state, "packed.h5", packed);
    workplace_path(state, "out.h5", out);
    sample_init(&sample, ROWS, true);
    write_whole(&sample, path);
    rebuild(&sample, RS_IMPORT_COMPRESSED, packed, 1, plain_files);
    char *bytes = workplace_read(packed, &size);
    for (size_t at = 0; at < size; at += 1 + size / probes) {
        rs_error error;
        rs_imported imported;
        bytes[at] ^= 0x10;
        workplace_write(packed, bytes, size);
        bytes[at] ^= 0x10;
        assert_ok(rs_import_as_new(out, RS_IMPORT_PLAIN, &sample.runs, NULL, 0, 1, packed_files,
                                   &imported, &error),
                  error);
        assert_int_equal(imported.rows + imported.damaged, ROWS);
        partly += imported.damaged > 0;
        if (imported.damaged == 0)
            assert_same_files(out, path);
    }
    assert_in_range(partly, probes / 3, probes);
    free(bytes);
}

/* With an argument: only what damages files, at more places. */
/* With `all`, the tests of damage with many more places; with another argument, the tests of such a
 * name, `*` and `?` standing for any letters. */
int main(int count, char **arguments)
{
#define IN_A_FOLDER(test) cmocka_unit_test_setup_teardown(test, workplace_setup, workplace_teardown)
    const struct CMUnitTest tests[] = {
        IN_A_FOLDER(shards_in_any_order_give_the_whole),
        IN_A_FOLDER(what_is_missing_stays_pending),
        IN_A_FOLDER(rows_of_fewer_steps_take_the_form_of_the_whole),
        IN_A_FOLDER(rows_of_narrower_types_take_the_form_of_the_whole),
        IN_A_FOLDER(conflicting_results_are_refused_by_name),
        IN_A_FOLDER(foreign_runs_are_refused),
        IN_A_FOLDER(a_grown_sweep_keeps_its_finished_runs),
        IN_A_FOLDER(many_rows_are_carried_over),
        IN_A_FOLDER(damaged_rows_are_left_out),
        IN_A_FOLDER(compressed_files_hold_the_same),
        IN_A_FOLDER(any_order_compresses_to_the_same_bytes),
        IN_A_FOLDER(a_complete_compressed_file_opens_and_others_do_not),
        IN_A_FOLDER(damage_of_compressed_files_stays_in_its_chunk),
    };
    const struct CMUnitTest slow_tests[] = {
        IN_A_FOLDER(damaged_rows_are_left_out),
        IN_A_FOLDER(damage_of_compressed_files_stays_in_its_chunk),
    };
    if (count > 1 && strcmp(arguments[1], "all") == 0) {
        probes = 61;
        return cmocka_run_group_tests(slow_tests, NULL, NULL);
    }
    if (count > 1)
        cmocka_set_test_filter(arguments[1]);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
