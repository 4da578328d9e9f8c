/* Several programs on one path: each works with the file that it opened, and notices when another
 * one has its name. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "results.h"
#include "sample.h"
#include "workplace.h"

#define assert_ok(call, error)            \
    do                                    \
        if ((call) != RS_OK)              \
            fail_msg("%s", (error).text); \
    while (0)

static void make_whole(const sample_sweep *sample, const char *path)
{
    rs_error error;
    assert_ok(sample_create(sample, path, &error), error);
    assert_ok(sample_fill(sample, path, &error), error);
}

/* ---- Readers --------------------------------------------------------------------------------- */

static void put_in_place(const char *const from[2], const char *path, const char *beside)
{
    for (unsigned turn = 0;; turn = 1 - turn) {
        unlink(beside);
        if (link(from[turn], beside) != 0 || rename(beside, path) != 0)
            _exit(1);
    }
}

/* All that the file has must be of one sample. */
static void compare_with(const sample_sweep *sample, rs_results *results)
{
    rs_error error;
    for (size_t row = 0; row < sample->runs.count; row += 37) {
        sample_result expected;
        double weights[SAMPLE_WEIGHTS_MAX];
        sample_finish(sample, row, &expected);
        assert_ok(rs_results_weights(results, row, weights, &error), error);
        for (size_t i = 0; i < expected.result.weight_count; i++)
            assert_true((float)expected.weights[i] == (float)weights[i]);
    }
}

static void readers_never_mix_two_files(void **state)
{
    char path[WORKPLACE_PATH], beside[WORKPLACE_PATH], small[WORKPLACE_PATH], large[WORKPLACE_PATH];
    const char *const files[] = {small, large};
    sample_sweep samples[2];
    workplace_path(state, "a.h5", path);
    workplace_path(state, "beside", beside);
    workplace_path(state, "small.h5", small);
    workplace_path(state, "large.h5", large);
    for (size_t i = 0; i < 2; i++) {
        sample_init(&samples[i], i == 0 ? 100 : 300, false);
        make_whole(&samples[i], files[i]);
    }
    assert_int_equal(link(small, path), 0);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0)
        put_in_place(files, path, beside);
    size_t opened[2] = {0};
    for (int i = 0; i < 200; i++) {
        rs_results *results = NULL;
        rs_error error;
        assert_ok(rs_results_open(&results, path, &error), error);
        const size_t which = rs_results_count(results) == 300;
        assert_int_equal(rs_results_count(results), samples[which].runs.count);
        compare_with(&samples[which], results);
        opened[which]++;
        rs_results_close(results);
    }
    kill(child, SIGKILL);
    assert_int_equal(waitpid(child, NULL, 0), child);
    assert_true(opened[0] > 0 && opened[1] > 0);
}

static void a_file_without_a_name_is_read(void **state)
{
    char path[WORKPLACE_PATH];
    sample_sweep sample;
    rs_results *results = NULL;
    rs_error error;
    workplace_path(state, "a.h5", path);
    sample_init(&sample, 100, false);
    make_whole(&sample, path);
    int file = open(path, O_RDONLY);
    assert_true(file >= 0);
    assert_int_equal(unlink(path), 0);
    assert_ok(rs_results_open_file(&results, file, path, &error), error);
    compare_with(&sample, results);
    rs_results_close(results);
    assert_int_equal(close(file), 0); /* it was left open */
}

/* With an argument: the tests of such a name, `*` and `?` standing for any letters. */
int main(int count, char **arguments)
{
#define IN_A_FOLDER(test) cmocka_unit_test_setup_teardown(test, workplace_setup, workplace_teardown)
    const struct CMUnitTest tests[] = {
        IN_A_FOLDER(readers_never_mix_two_files),
        IN_A_FOLDER(a_file_without_a_name_is_read),
    };
    if (count > 1)
        cmocka_set_test_filter(arguments[1]);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
