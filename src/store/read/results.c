#include "results.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "columns.h"
#include "memory.h"
#include "reader.h"

static rs_status find_runs(rs_results *results, rs_error *error)
{
    const rs_catalogue *catalogue = results->catalogue;
    const int32_t version = rs_catalogue_layout_version(catalogue);
    if (version == 0)
        return rs_fail(error, RS_BAD_DATA,
                       "%s: is an HDF5 file, but no results file: it lacks the attribute %s",
                       results->path, RS_ATTRIBUTE_LAYOUT);
    if (version < RS_LAYOUT_FIRST || version > RS_LAYOUT_VERSION)
        return rs_fail(error, RS_BAD_DATA,
                       "%s: has layout %d, this program reads layouts up to %d: use a later "
                       "version of rnnsweep",
                       results->path, (int)version, RS_LAYOUT_VERSION);
    const rs_entry *run = rs_catalogue_find(catalogue, "/run");
    if (run == NULL || run->type != RS_INT32 || run->rank != 1 || run->extents[0] == 0 ||
        run->extents[0] > INT32_MAX)
        return rs_results_refuse(results, "/run", "is missing or has a wrong type or shape", error);
    results->runs = (size_t)run->extents[0];
    void *marks = NULL;
    rs_status status = rs_allocate(&marks, results->runs, 1, error);
    results->marks = marks;
    return status;
}

static rs_status read_file(rs_results *results, rs_catalogue_mode mode, rs_error *error)
{
    rs_status status;
    if ((status = rs_catalogue_read(&results->catalogue, results->file, results->path, mode,
                                    error)) != RS_OK ||
        (status = rs_rows_create(&results->rows, results->file, results->path, results->catalogue,
                                 error)) != RS_OK ||
        (status = find_runs(results, error)) != RS_OK ||
        (status = rs_results_find_layout(results, error)) != RS_OK ||
        (status = rs_columns_find_tasks(results, error)) != RS_OK ||
        (status = rs_row_formats(&results->formats, results->layout, error)) != RS_OK ||
        (status = rs_columns_read_status(results, error)) != RS_OK ||
        (status = rs_columns_read_runs(results, error)) != RS_OK ||
        (status = rs_results_find_places(results, error)) != RS_OK ||
        (status = rs_columns_read_parameters(results, error)) != RS_OK ||
        (status = rs_columns_mark_places(results, error)) != RS_OK ||
        (status = rs_columns_read_outcomes(results, error)) != RS_OK)
        return status;
    rs_columns_hide_damaged(results);
    return RS_OK;
}

static rs_status describe_file(rs_results *results, bool *unknown, rs_error *error)
{
    rs_status status;
    if ((status = rs_catalogue_read(&results->catalogue, results->file, results->path,
                                    RS_CATALOGUE_RESCUE, error)) != RS_OK ||
        (status = rs_rows_create(&results->rows, results->file, results->path, results->catalogue,
                                 error)) != RS_OK ||
        (status = find_runs(results, error)) != RS_OK ||
        (status = rs_results_find_layout(results, error)) != RS_OK ||
        (status = rs_columns_find_tasks(results, error)) != RS_OK)
        return status;
    return rs_columns_look_for_unknown(results, unknown, error);
}

/* How a file is opened. */
typedef struct opening {
    rs_catalogue_mode mode;
    bool rows_only;
    bool *unknown; /* NULL to read rows, too */
} opening;

/* Takes over `file` when it is to own it, also on failure. */
static rs_status read_descriptor(rs_results **results, int file, bool owns_file, const char *path,
                                 opening how, rs_error *error)
{
    rs_results *fresh = NULL;
    rs_status status = rs_allocate((void **)&fresh, 1, sizeof *fresh, error);
    if (status != RS_OK) {
        if (owns_file)
            close(file);
        return status;
    }
    fresh->file = file;
    fresh->owns_file = owns_file;
    fresh->rescuing = how.mode != RS_CATALOGUE_READ;
    fresh->rows_only = how.rows_only;
    fresh->path = strdup(path);
    fresh->foreign = strdup("");
    if (fresh->path == NULL || fresh->foreign == NULL)
        status = rs_fail(error, RS_NO_MEMORY, "out of memory");
    else
        status = how.unknown != NULL ? describe_file(fresh, how.unknown, error)
                                     : read_file(fresh, how.mode, error);
    if (status != RS_OK) {
        rs_results_close(fresh);
        return status;
    }
    *results = fresh;
    return RS_OK;
}

static rs_status open_results(rs_results **results, const char *path, opening how, rs_error *error)
{
    int file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (file < 0)
        return rs_fail(error, RS_IO, "%s: cannot open this results file: %s", path,
                       strerror(errno));
    return read_descriptor(results, file, true, path, how, error);
}

rs_status rs_results_open(rs_results **results, const char *path, rs_error *error)
{
    return open_results(results, path, (opening){.mode = RS_CATALOGUE_READ}, error);
}

rs_status rs_results_open_file(rs_results **results, int file, const char *path, rs_error *error)
{
    return read_descriptor(results, file, false, path, (opening){.mode = RS_CATALOGUE_READ}, error);
}

rs_status rs_results_open_file_rows(rs_results **results, int file, const char *path,
                                    rs_error *error)
{
    return read_descriptor(results, file, false, path,
                           (opening){.mode = RS_CATALOGUE_READ, .rows_only = true}, error);
}

rs_status rs_results_rescue(rs_results **results, const char *path, rs_error *error)
{
    return open_results(results, path, (opening){.mode = RS_CATALOGUE_RESCUE}, error);
}

rs_status rs_results_rescue_rows(rs_results **results, const char *path, rs_error *error)
{
    return open_results(results, path, (opening){.mode = RS_CATALOGUE_RESCUE, .rows_only = true},
                        error);
}

rs_status rs_results_open_to_verify(rs_results **results, const char *path, rs_error *error)
{
    return open_results(results, path, (opening){.mode = RS_CATALOGUE_VERIFY}, error);
}

rs_status rs_results_describe(rs_results **results, const char *path, bool *has_unknown,
                              rs_error *error)
{
    rs_status status = open_results(
        results, path, (opening){.mode = RS_CATALOGUE_RESCUE, .unknown = has_unknown}, error);
    if (status == RS_OK)
        rs_results_close_file(*results);
    return status;
}

void rs_results_close_file(rs_results *results)
{
    if (results->owns_file)
        close(results->file);
    results->owns_file = false;
}

void rs_results_close(rs_results *results)
{
    if (results == NULL)
        return;
    rs_results_drop_columns(results);
    rs_results_close_file(results);
    for (size_t column = 0; column < RS_DATA_WORDS_END; column++)
        rs_words_free(&results->words[column]);
    for (size_t column = 0; column <= RS_DATA_SEED; column++)
        free((int16_t *)results->codes.of[column]);
    if (results->layout != NULL)
        rs_row_formats_free(results->formats, results->layout->group_total);
    free(results->foreign);
    free(results->entries);
    rs_layout_free(results->layout);
    rs_catalogue_free(results->catalogue);
    free(results->path);
    free(results);
}
