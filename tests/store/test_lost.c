/* A file that another program replaces right after it was opened, or takes away while it is
 * written. Its rows go beside it, else into the current folder, else into /tmp. Places that
 * refuse are folders that are no folders, and disks that are full. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "results.h"
#include "sample.h"
#include "workplace.h"

enum { RUNS = 60 };

#define assert_ok(call, error)            \
    do                                    \
        if ((call) != RS_OK)              \
            fail_msg("%s", (error).text); \
    while (0)

/* ---- A full disk ----------------------------------------------------------------------------- */

#pragma GCC diagnostic ignored "-Wmissing-prototypes"

static const char *full_folders[2]; /* whose files take no more bytes; NULL: none */

static bool is_full(int file)
{
    char link[64], path[4096];
    snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    const ssize_t length = readlink(link, path, sizeof path - 1);
    bool full = false;
    path[length > 0 ? length : 0] = '\0';
    for (int i = 0; i < 2; i++)
        full |=
            full_folders[i] != NULL && strncmp(path, full_folders[i], strlen(full_folders[i])) == 0;
    return full;
}

/* In place of libc's. */
#define WRITE_AT(name)                                                    \
    ssize_t name(int file, const void *bytes, size_t size, off_t offset)  \
    {                                                                     \
        if (is_full(file)) {                                              \
            errno = ENOSPC;                                               \
            return -1;                                                    \
        }                                                                 \
        return (ssize_t)syscall(SYS_pwrite64, file, bytes, size, offset); \
    }
WRITE_AT(pwrite)
WRITE_AT(pwrite64)

/* ---- A file that is replaced between two opens of its path ------------------------------------
 */

static const char *replaced, *replacement; /* at the first open of the one; NULL: never */

static void replace(const char *path)
{
    if (replaced == NULL || strcmp(path, replaced) != 0)
        return;
    replaced = NULL;
    assert_int_equal(rename(replacement, path), 0);
}

#define OPEN(name)                                                              \
    int name(const char *path, int flags, ...)                                  \
    {                                                                           \
        va_list more;                                                           \
        va_start(more, flags);                                                  \
        const unsigned mode = flags & O_CREAT ? va_arg(more, unsigned) : 0;     \
        va_end(more);                                                           \
        const int file = (int)syscall(SYS_openat, AT_FDCWD, path, flags, mode); \
        replace(path);                                                          \
        return file;                                                            \
    }
OPEN(open)
OPEN(open64)

/* ---- A store in results/ that loses its file --------------------------------------------- */

typedef struct scene {
    char results[WORKPLACE_PATH], here[WORKPLACE_PATH];
    char name[32]; /* of the file, its own also in /tmp */
    char path[2 * WORKPLACE_PATH], saved[2 * WORKPLACE_PATH];
    sample_sweep sample;
    rs_store *store;
} scene;

/* With every other run committed; the current folder is another one. */
static void begin_with(void **state, scene *at, const rs_rungs *rungs)
{
    rs_error error;
    workplace_path(state, "results", at->results);
    snprintf(at->name, sizeof at->name, "lost-%ld.h5", (long)getpid());
    snprintf(at->path, sizeof at->path, "%s/%s", at->results, at->name);
    workplace_path(state, "here", at->here);
    assert_int_equal(mkdir(at->here, 0777), 0);
    assert_int_equal(chdir(at->here), 0);
    sample_init(&at->sample, RUNS, false);
    at->sample.runs.rungs = rungs;
    assert_ok(sample_create(&at->sample, at->path, &error), error);
    at->sample.runs.rungs = NULL;
    assert_ok(rs_store_open(&at->store, at->path, &at->sample.runs, &error), error);
    assert_ok(sample_write(&at->sample, at->store, 0, 2, &error), error);
    assert_ok(rs_store_check(at->store, &error), error);
}

static void begin(void **state, scene *at)
{
    begin_with(state, at, NULL);
}

/* The folder becomes a file, so that nothing can be made in it. */
static void block(const char *folder)
{
    assert_int_equal(rmdir(folder), 0);
    workplace_write(folder, "x", 1);
}

static void remove_file(scene *at)
{
    assert_int_equal(unlink(at->path), 0);
    block(at->results);
}

/* What the message must say, and the folder where a file has the rows from `first` on, every
 * `stride`th. */
static void end(scene *at, const char *said, const char *folder, size_t first, size_t stride)
{
    char *path = at->saved;
    rs_error error, trouble;
    rs_results *results = NULL;
    snprintf(path, sizeof at->saved, "%s/%s.rescued", folder, at->name);
    assert_int_equal(rs_store_finish(at->store, &error), RS_IO);
    if (strstr(error.text, said) == NULL)
        fail_msg("%s", error.text);
    rs_store_close(at->store, NULL);
    assert_ok(rs_results_open(&results, path, &trouble), trouble);
    assert_non_null(strstr(error.text, path));
    for (size_t row = 0; row < RUNS; row++) {
        const bool there = row >= first && (row - first) % stride == 0;
        bool intact = true;
        assert_int_equal(rs_results_was_finished(results, row), there);
        if (there)
            assert_ok(rs_results_check_row(results, row, &intact, &trouble), trouble);
        assert_true(intact);
    }
    rs_results_close(results);
}

static void a_removed_file_goes_into_the_current_folder(void **state)
{
    scene at;
    begin(state, &at);
    remove_file(&at);
    end(&at, "All its 30 finished runs are in", ".", 0, 2);
}

static void a_removed_file_goes_into_tmp(void **state)
{
    scene at;
    begin(state, &at);
    remove_file(&at);
    full_folders[0] = at.here;
    end(&at, "All its 30 finished runs are in", "/tmp", 0, 2);
    assert_int_equal(unlink(at.saved), 0);
    assert_int_equal(rmdir(at.here), 0); /* nothing was left there */
}

static void without_any_room_nothing_is_left_behind(void **state)
{
    scene at;
    rs_error error;
    begin(state, &at);
    remove_file(&at);
    full_folders[0] = *state;
    full_folders[1] = "/tmp";
    assert_int_equal(rs_store_finish(at.store, &error), RS_IO);
    assert_non_null(strstr(error.text, "Its 30 finished runs could not be saved"));
    assert_non_null(strstr(error.text, "No space left on device"));
    rs_store_close(at.store, NULL);
    assert_int_equal(rmdir(at.here), 0);
}

/* Puts the odd runs, which cannot be written any more: the file has become another one. */
static void overwrite(scene *at)
{
    rs_error error;
    assert_int_equal(truncate(at->path, 100), 0);
    assert_int_equal(sample_write(&at->sample, at->store, 1, 2, &error), RS_IO);
    assert_non_null(strstr(error.text, "was overwritten by another program"));
}

static void rows_in_memory_go_beside_an_overwritten_file(void **state)
{
    scene at;
    begin(state, &at);
    overwrite(&at);
    end(&at, "The 30 runs that were still in memory are saved in", at.results, 1, 2);
}

/* The file has datasets that its runs do not ask for. */
static void rows_in_memory_keep_what_their_file_has(void **state)
{
    static const uint32_t rungs[] = {1, 2};
    scene at;
    rs_error error;
    rs_results *results = NULL;
    begin_with(state, &at, &(rs_rungs){.in_epochs = true, .count = 2, .at = rungs});
    overwrite(&at);
    end(&at, "The 30 runs that were still in memory are saved in", at.results, 1, 2);
    assert_ok(rs_results_open(&results, at.saved, &error), error);
    assert_true(rs_results_has_rungs(results, &(rs_rungs){true, 2, rungs}));
    for (size_t row = 0; row < RUNS; row++) {
        sample_result wanted;
        sample_finish(&at.sample, row, &wanted);
        const rs_results_columns columns = rs_results_read_columns(results);
        assert_int_equal(columns.status[row], row % 2 == 1 ? wanted.result.outcome : 0);
        assert_int_equal(columns.rungs_reached[row], row % 2 == 1 ? 0 : -1);
    }
    rs_results_close(results);
}

static void rows_in_memory_go_into_the_current_folder(void **state)
{
    scene at;
    begin(state, &at);
    overwrite(&at);
    full_folders[0] = at.results;
    end(&at, "The 30 runs that were still in memory are saved in", ".", 1, 2);
    assert_int_equal(unlink(at.path), 0);
    assert_int_equal(rmdir(at.results), 0);
}

static void rows_in_memory_without_any_room(void **state)
{
    scene at;
    rs_error error;
    begin(state, &at);
    overwrite(&at);
    full_folders[0] = *state;
    full_folders[1] = "/tmp";
    assert_int_equal(rs_store_finish(at.store, &error), RS_IO);
    assert_non_null(strstr(error.text, "30 runs in memory could not be saved elsewhere"));
    rs_store_close(at.store, NULL);
    assert_int_equal(rmdir(at.here), 0);
}

/* Another file of more runs, whose rows lie elsewhere, takes the name between the open that reads
 * the layout and any later one: the rows are written into the file of that layout. */
static void a_file_replaced_while_it_is_opened(void **state)
{
    scene at;
    char other[WORKPLACE_PATH];
    sample_sweep more;
    rs_error error;
    size_t size, size_after;
    begin(state, &at);
    workplace_path(state, "other.h5", other);
    sample_init(&more, 2 * RUNS, false);
    assert_ok(sample_create(&more, other, &error), error);
    char *before = workplace_read(other, &size);
    assert_ok(rs_store_close(at.store, &error), error);
    replaced = at.path;
    replacement = other;
    assert_ok(rs_store_open(&at.store, at.path, &at.sample.runs, &error), error);
    assert_null(replaced);
    assert_ok(sample_write(&at.sample, at.store, 1, 2, &error), error);
    end(&at, "was replaced by another program while it was written", at.results, 0, 1);
    char *after = workplace_read(at.path, &size_after);
    assert_int_equal(size, size_after);
    assert_memory_equal(before, after, size);
    free(before);
    free(after);
}

static void a_file_replaced_while_it_is_read(void **state)
{
    scene at;
    char other[WORKPLACE_PATH];
    sample_sweep more;
    rs_error error;
    rs_results *results = NULL;
    begin(state, &at);
    workplace_path(state, "other.h5", other);
    sample_init(&more, 2 * RUNS, false);
    assert_ok(sample_create(&more, other, &error), error);
    assert_ok(sample_fill(&more, other, &error), error);
    replaced = at.path;
    replacement = other;
    assert_ok(rs_results_open(&results, at.path, &error), error);
    assert_null(replaced);
    assert_int_equal(rs_results_count(results), RUNS);
    for (size_t row = 0; row < RUNS; row += 2) {
        bool intact;
        assert_ok(rs_results_check_row(results, row, &intact, &error), error);
        assert_true(intact);
    }
    rs_results_close(results);
    rs_store_close(at.store, NULL);
}

static int leave(void **state)
{
    full_folders[0] = full_folders[1] = replaced = NULL;
    return chdir("/") == 0 ? workplace_teardown(state) : -1;
}

int main(void)
{
#define IN_A_FOLDER(test) cmocka_unit_test_setup_teardown(test, workplace_setup, leave)
    const struct CMUnitTest tests[] = {
        IN_A_FOLDER(a_file_replaced_while_it_is_opened),
        IN_A_FOLDER(a_file_replaced_while_it_is_read),
        IN_A_FOLDER(a_removed_file_goes_into_the_current_folder),
        IN_A_FOLDER(a_removed_file_goes_into_tmp),
        IN_A_FOLDER(without_any_room_nothing_is_left_behind),
        IN_A_FOLDER(rows_in_memory_go_beside_an_overwritten_file),
        IN_A_FOLDER(rows_in_memory_keep_what_their_file_has),
        IN_A_FOLDER(rows_in_memory_go_into_the_current_folder),
        IN_A_FOLDER(rows_in_memory_without_any_room),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
