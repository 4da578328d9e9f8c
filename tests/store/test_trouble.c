/* What happens when the file or its folder is not as it should be. */
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
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "results.h"
#include "sample.h"
#include "workplace.h"

static void assert_says(const rs_error *error, const char *text)
{
    if (strstr(error->text, text) == NULL)
        fail_msg("\"%s\" does not say \"%s\"", error->text, text);
}

static void refuse_to_create(const char *path, const char *says)
{
    sample_sweep sample;
    rs_error error;
    sample_init(&sample, 2000, false);
    assert_int_equal(sample_create(&sample, path, &error), RS_CANNOT_CREATE);
    assert_says(&error, says);
}

/* Both ways to look at a file: neither may open it. */
static void refuse_to_open(const char *path, rs_status expected, const char *says)
{
    sample_sweep sample;
    rs_error error;
    rs_store *store = NULL;
    rs_results *results = NULL;
    sample_init(&sample, 20, false);
    assert_int_equal(rs_results_open(&results, path, &error), expected);
    assert_null(results);
    assert_says(&error, says);
    assert_says(&error, path);
    assert_int_equal(rs_store_open(&store, path, &sample.runs, &error), expected);
    assert_null(store);
}

static char *sample_bytes(void **state, size_t *size)
{
    char path[WORKPLACE_PATH];
    sample_sweep sample;
    rs_error error;
    workplace_path(state, "whole.h5", path);
    sample_init(&sample, 20, false);
    assert_int_equal(sample_create(&sample, path, &error), RS_OK);
    assert_int_equal(sample_fill(&sample, path, &error), RS_OK);
    return workplace_read(path, size);
}

/* ---- Creating -------------------------------------------------------------------------------- */

static void a_folder_that_is_a_file_is_named(void **state)
{
    char path[WORKPLACE_PATH];
    workplace_path(state, "file", path);
    workplace_write(path, "x", 1);
    workplace_path(state, "file/results/a.h5", path);
    refuse_to_create(path, "/file/results: cannot create this folder: Not a directory");
}

/* In a process of its own: HDF5 keeps memory of a file that it could not write, and root has to
 * become somebody else to lack rights. */
static void in_child(void (*test)(const char *path), const char *path)
{
    int wait_status;
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        test(path);
        _exit(0);
    }
    assert_int_equal(waitpid(child, &wait_status, 0), child);
    assert_int_equal(wait_status, 0);
}

static void give_up_rights(void)
{
    if (getuid() == 0 && setuid(65534) != 0)
        _exit(2);
}

static void expect(rs_status status, rs_status expected, const rs_error *error, const char *says)
{
    if (status == expected && strstr(error->text, says) != NULL)
        return;
    print_error("status %d, \"%s\" does not say \"%s\"\n", (int)status, error->text, says);
    _exit(1);
}

static void create_without_rights(const char *path)
{
    sample_sweep sample;
    rs_error error = {0};
    give_up_rights();
    sample_init(&sample, 3, false);
    expect(sample_create(&sample, path, &error), RS_CANNOT_CREATE, &error, "Permission denied");
}

static void open_without_rights(const char *path)
{
    sample_sweep sample;
    rs_error error = {0};
    rs_store *store = NULL;
    give_up_rights();
    sample_init(&sample, 3, false);
    expect(rs_store_open(&store, path, &sample.runs, &error), RS_IO, &error, "Permission denied");
}

static void missing_rights_are_named(void **state)
{
    char folder[WORKPLACE_PATH], path[WORKPLACE_PATH];
    sample_sweep sample;
    rs_error error;
    workplace_path(state, "locked", folder);
    assert_int_equal(chmod(*state, 0755), 0);
    assert_int_equal(mkdir(folder, 0755), 0);
    workplace_path(state, "locked/a.h5", path);
    sample_init(&sample, 3, false);
    assert_int_equal(sample_create(&sample, path, &error), RS_OK);
    assert_int_equal(chmod(path, 0444), 0);
    assert_int_equal(chmod(folder, 0555), 0);
    in_child(open_without_rights, path);
    workplace_path(state, "locked/b.h5", path);
    in_child(create_without_rights, path);
    workplace_path(state, "locked/new/b.h5", path);
    in_child(create_without_rights, path);
    assert_int_equal(chmod(folder, 0755), 0);
}

static void create_beyond_the_limit(const char *path)
{
    sample_sweep sample;
    rs_error error = {0};
    sample_init(&sample, 2000, false);
    signal(SIGXFSZ, SIG_IGN);
    expect(sample_create(&sample, path, &error), RS_CANNOT_CREATE, &error, "File too large");
}

/* At every stage of the writing. */
static void no_room_is_noticed_while_writing(void **state)
{
    char path[WORKPLACE_PATH];
    struct rlimit before, small;
    workplace_path(state, "a.h5", path);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    small = before;
    for (rlim_t limit = 1; limit < 700000; limit = limit * 3 / 2 + 50) {
        small.rlim_cur = limit;
        assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
        in_child(create_beyond_the_limit, path);
        assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
        assert_int_equal(workplace_entries(state), 0);
    }
}

static void a_full_disk_says_how_much_is_missing(void **state)
{
    char folder[WORKPLACE_PATH], path[WORKPLACE_PATH];
    workplace_path(state, "small", folder);
    assert_int_equal(mkdir(folder, 0755), 0);
    if (mount("tmpfs", folder, "tmpfs", 0, "size=128k") != 0)
        skip(); /* needs root */
    workplace_path(state, "small/a.h5", path);
    sample_sweep sample;
    rs_error error;
    sample_init(&sample, 2000, false);
    rs_status status = sample_create(&sample, path, &error);
    bool left = access(path, F_OK) == 0;
    assert_int_equal(umount(folder), 0);
    assert_int_equal(status, RS_CANNOT_CREATE);
    assert_says(&error, "the disk is too full");
    assert_false(left);
}

static void too_many_updates_are_refused(void **state)
{
    char path[WORKPLACE_PATH];
    sample_sweep sample;
    rs_error error;
    workplace_path(state, "a.h5", path);
    sample_init(&sample, 0, false);
    assert_int_equal(sample_create(&sample, path, &error), RS_BAD_DATA);
    assert_says(&error, "at least one run");
    assert_int_equal(rs_store_bytes(&sample.runs, NULL), 0);
    assert_int_equal(workplace_entries(state), 0);
}

/* ---- Opening --------------------------------------------------------------------------------- */

static void what_is_no_results_file_is_refused(void **state)
{
    char path[WORKPLACE_PATH];
    workplace_path(state, "absent.h5", path);
    refuse_to_open(path, RS_IO, "No such file");
    workplace_path(state, ".", path);
    refuse_to_open(path, RS_BAD_DATA, "folder or device");
    refuse_to_open("/dev/null", RS_BAD_DATA, "folder or device");
    workplace_path(state, "empty.h5", path);
    workplace_write(path, "", 0);
    refuse_to_open(path, RS_BAD_DATA, "is no results file, or is damaged");
    workplace_path(state, "text.h5", path);
    workplace_write(path, "name: a sweep\nmethod: grid\n", 26);
    refuse_to_open(path, RS_BAD_DATA, "is no results file, or is damaged");
}

static void a_file_cut_short_is_refused(void **state)
{
    char path[WORKPLACE_PATH];
    size_t size;
    char *bytes = sample_bytes(state, &size);
    workplace_path(state, "cut.h5", path);
    for (size_t length = 0; length < size; length += 1 + size / 61) {
        workplace_write(path, bytes, length);
        refuse_to_open(path, RS_BAD_DATA, "damaged");
    }
    free(bytes);
}

/* A byte changed anywhere is either noticed or lies in a value; it never does harm. */
static void a_changed_byte_does_no_harm(void **state)
{
    char path[WORKPLACE_PATH];
    size_t size;
    char *bytes = sample_bytes(state, &size);
    workplace_path(state, "changed.h5", path);
    for (size_t at = 0; at < size; at += 1 + size / 401) {
        rs_error error;
        rs_results *results = NULL;
        bytes[at] = (char)~bytes[at];
        workplace_write(path, bytes, size);
        if (rs_results_open(&results, path, &error) == RS_OK) {
            int32_t step[SAMPLE_LOSS_MAX];
            double loss[SAMPLE_LOSS_MAX], weights[SAMPLE_WEIGHTS_MAX];
            assert_int_equal(rs_results_steps(results), 7);
            for (size_t row = 0; row < rs_results_count(results); row++) {
                assert_int_equal(rs_results_curve(results, row, step, loss, &error), RS_OK);
                const rs_status status = rs_results_weights(results, row, weights, &error);
                assert_true(status == RS_OK ||
                            (status == RS_BAD_DATA && rs_results_is_damaged(results, row)));
            }
        }
        rs_results_close(results);
        bytes[at] = (char)~bytes[at];
    }
    free(bytes);
}

/* ---- What a kill leaves beside the file ------------------------------------------------------ */

static pid_t dead_process(void)
{
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0)
        _exit(0);
    assert_int_equal(waitpid(child, NULL, 0), child);
    return child;
}

static void only_files_of_the_dead_are_removed(void **state)
{
    char host[65] = "", name[512], path[WORKPLACE_PATH], beside[4][1024];
    sample_sweep sample;
    rs_error error;
    assert_int_equal(gethostname(host, sizeof host - 1), 0);
    const pid_t dead = dead_process();
    const struct {
        const char *of, *host;
        pid_t process;
    } files[4] = {{"a.h5", host, dead},
                  {"a.h5", host, getpid()},
                  {"a.h5", "elsewhere", dead},
                  {"b.h5", host, dead}};
    for (size_t i = 0; i < 4; i++) {
        snprintf(name, sizeof name, "%s/.%s.tmp.%s.%ld.0123abcd", (const char *)*state, files[i].of,
                 files[i].host, (long)files[i].process);
        memcpy(beside[i], name, sizeof name);
        workplace_write(name, "x", 1);
    }
    workplace_path(state, "a.h5", path);
    sample_init(&sample, 4, false);
    assert_int_equal(sample_create(&sample, path, &error), RS_OK);
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(access(beside[i], F_OK) == 0, i != 0);
}

/* ---- Killing --------------------------------------------------------------------------------- */

/* Writes the sample in commits of ten rows until it is killed. */
static void write_for_ever(const sample_sweep *sample, const char *path, int acknowledgements)
{
    rs_store *store = NULL;
    rs_error error;
    if (rs_store_open(&store, path, &sample->runs, &error) != RS_OK)
        _exit(1);
    const size_t stride = sample->runs.count / 10;
    for (size_t first = 0; first < stride; first++) {
        bool pending = false;
        for (size_t row = first; row < sample->runs.count; row += stride)
            pending |= rs_store_outcome(store, row) == RS_RUN_PENDING;
        if (!pending)
            continue;
        if (sample_write(sample, store, first, stride, &error) != RS_OK ||
            write(acknowledgements, "+", 1) != 1)
            _exit(1);
    }
    _exit(rs_store_close(store, &error) == RS_OK ? 0 : 1);
}

/* Lets a child write and kills it after about `commits` commits. Returns the commits that it knew
 * to be done. */
static size_t write_and_kill(const sample_sweep *sample, const char *path, size_t commits,
                             useconds_t then)
{
    int ends[2], wait_status;
    size_t acknowledged = 0;
    char sign;
    assert_int_equal(pipe(ends), 0);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        close(ends[0]);
        write_for_ever(sample, path, ends[1]);
    }
    close(ends[1]);
    while (acknowledged < commits && read(ends[0], &sign, 1) == 1)
        acknowledged++;
    usleep(then);
    kill(child, SIGKILL);
    while (read(ends[0], &sign, 1) == 1)
        acknowledged++;
    close(ends[0]);
    assert_int_equal(waitpid(child, &wait_status, 0), child);
    return acknowledged;
}

/* Rows marked finished must be whole; the file with all rows is the judge. */
static size_t count_finished(const char *path, const rs_results *whole)
{
    rs_results *results = NULL;
    rs_error error;
    size_t finished = 0;
    if (rs_results_open(&results, path, &error) != RS_OK)
        fail_msg("%s", error.text);
    const rs_results_columns columns = rs_results_read_columns(results);
    for (size_t row = 0; row < rs_results_count(results); row++) {
        double weights[2][SAMPLE_WEIGHTS_MAX] = {{0}};
        if (columns.status[row] == RS_RUN_PENDING)
            continue;
        finished++;
        assert_int_equal(columns.status[row], rs_results_read_columns(whole).status[row]);
        assert_int_equal(rs_results_weights(results, row, weights[0], &error), RS_OK);
        assert_int_equal(rs_results_weights(whole, row, weights[1], &error), RS_OK);
        assert_memory_equal(weights[0], weights[1], sizeof weights[0]);
    }
    rs_results_close(results);
    return finished;
}

static void nothing_committed_is_lost_by_kill(void **state)
{
    char path[WORKPLACE_PATH], whole_path[WORKPLACE_PATH];
    sample_sweep sample;
    rs_error error;
    rs_results *whole = NULL;
    size_t commits = 0, sizes[2];
    workplace_path(state, "killed.h5", path);
    workplace_path(state, "whole.h5", whole_path);
    sample_init(&sample, 600, true);
    assert_int_equal(sample_create(&sample, whole_path, &error), RS_OK);
    assert_int_equal(sample_fill(&sample, whole_path, &error), RS_OK);
    assert_int_equal(sample_create(&sample, path, &error), RS_OK);
    assert_int_equal(rs_results_open(&whole, whole_path, &error), RS_OK);
    for (useconds_t kills = 0; commits < 60; kills++) {
        commits += write_and_kill(&sample, path, kills % 5, kills * 137 % 900);
        size_t finished = count_finished(path, whole);
        assert_in_range(finished, 10 * commits, 600);
        commits = finished / 10;
    }
    rs_results_close(whole);
    char *a = workplace_read(path, &sizes[0]), *b = workplace_read(whole_path, &sizes[1]);
    assert_int_equal(sizes[0], sizes[1]);
    assert_memory_equal(a, b, sizes[0]);
    free(a);
    free(b);
}

/* With an argument: the tests of such a name, `*` and `?` standing for any letters. */
int main(int count, char **arguments)
{
#define IN_A_FOLDER(test) cmocka_unit_test_setup_teardown(test, workplace_setup, workplace_teardown)
    const struct CMUnitTest tests[] = {
        IN_A_FOLDER(a_folder_that_is_a_file_is_named),
        IN_A_FOLDER(missing_rights_are_named),
        IN_A_FOLDER(no_room_is_noticed_while_writing),
        IN_A_FOLDER(a_full_disk_says_how_much_is_missing),
        IN_A_FOLDER(too_many_updates_are_refused),
        IN_A_FOLDER(what_is_no_results_file_is_refused),
        IN_A_FOLDER(a_file_cut_short_is_refused),
        IN_A_FOLDER(a_changed_byte_does_no_harm),
        IN_A_FOLDER(only_files_of_the_dead_are_removed),
        IN_A_FOLDER(nothing_committed_is_lost_by_kill),
    };
    if (count > 1)
        cmocka_set_test_filter(arguments[1]);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
