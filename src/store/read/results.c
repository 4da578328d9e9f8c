#include "results.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "memory.h"
#include "number.h"
#include "results_file.h"

/* ---- Opening: from the columns to the layout that they imply, which the file must have ------- */

static rs_status damaged(const rs_results *results, const char *path, const char *what,
                         rs_error *error)
{
    return rs_fail(error, RS_BAD_DATA, "%s: is damaged, or no results file: %s %s", results->path,
                   path, what);
}

/* *entry = the root dataset of that path, which has one element for each run. */
static rs_status find_column(const rs_results *results, const char *path, const rs_entry **entry,
                             rs_error *error)
{
    const rs_entry *found = rs_catalogue_find(results->catalogue, path);
    if (found == NULL)
        return damaged(results, path, "is missing, or stored in another way than rnnsweep does",
                       error);
    if (found->rank != 1 || found->extents[0] != results->runs)
        return damaged(results, path, "has a wrong type, shape or place", error);
    *entry = found;
    return RS_OK;
}

/* Reads the first `count` elements of a column as they stand. */
static rs_status read_elements(rs_results *results, size_t column, const rs_entry *entry,
                               size_t count, rs_error *error)
{
    size_t size = rs_type_size(entry->type);
    rs_status status = rs_allocate(&results->columns[column], count, size, error);
    results->types[column] = entry->type;
    results->strides[column] = count > 1;
    if (status != RS_OK)
        return status;
    return rs_rows_read(results->rows, entry, 0, count, results->columns[column], error);
}

static rs_status read_column(rs_results *results, size_t column, const char *path, rs_error *error)
{
    const rs_entry *entry = NULL;
    rs_status status = find_column(results, path, &entry, error);
    return status == RS_OK ? read_elements(results, column, entry, results->runs, error) : status;
}

/* What is read of a file at once where it need not be kept. */
enum { PIECE_BYTES = 1 << 16 };

/* *constant: all elements have the same bytes. */
static rs_status look_for_change(const rs_results *results, const rs_entry *entry, bool *constant,
                                 rs_error *error)
{
    unsigned char piece[PIECE_BYTES], first[sizeof(double)];
    const size_t size = rs_type_size(entry->type), at_once = PIECE_BYTES / size;
    bool same = true;
    for (size_t row = 0; row < results->runs && same; row += at_once) {
        size_t count = results->runs - row < at_once ? results->runs - row : at_once;
        rs_status status = rs_rows_read(results->rows, entry, row, count, piece, error);
        if (status != RS_OK)
            return status;
        if (row == 0)
            memcpy(first, piece, size);
        /* Each element equals the one before it. */
        same =
            memcmp(piece, first, size) == 0 && memcmp(piece, piece + size, (count - 1) * size) == 0;
    }
    *constant = same;
    return RS_OK;
}

/* Most parameters of a sweep are the same in all its runs. */
static rs_status read_parameter(rs_results *results, size_t column, const char *path,
                                rs_error *error)
{
    const rs_entry *entry = NULL;
    bool constant;
    rs_status status;
    if ((status = find_column(results, path, &entry, error)) != RS_OK ||
        (status = look_for_change(results, entry, &constant, error)) != RS_OK)
        return status;
    return read_elements(results, column, entry, constant ? 1 : results->runs, error);
}

/* Real results are kept as doubles, whatever the file has. */
static rs_status read_reals(rs_results *results, size_t column, const rs_entry *entry,
                            rs_error *error)
{
    unsigned char piece[PIECE_BYTES];
    const size_t at_once = PIECE_BYTES / rs_type_size(entry->type);
    rs_status status = rs_allocate(&results->columns[column], results->runs, sizeof(double), error);
    results->types[column] = RS_REAL64;
    results->strides[column] = 1;
    for (size_t row = 0; status == RS_OK && row < results->runs; row += at_once) {
        size_t count = results->runs - row < at_once ? results->runs - row : at_once;
        status = rs_rows_read(results->rows, entry, row, count, piece, error);
        if (status == RS_OK)
            rs_numbers_load(entry->type, piece, 0, (double *)results->columns[column] + row, count);
    }
    return status;
}

static rs_status find_runs(rs_results *results, rs_error *error)
{
    const rs_catalogue *catalogue = results->catalogue;
    if (rs_catalogue_layout_version(catalogue) == 0)
        return rs_fail(error, RS_BAD_DATA,
                       "%s: is an HDF5 file, but no results file: it lacks the attribute %s",
                       results->path, RS_ATTRIBUTE_LAYOUT);
    if (rs_catalogue_layout_version(catalogue) != RS_LAYOUT_VERSION)
        return rs_fail(error, RS_BAD_DATA,
                       "%s: has layout %d, this program reads layout %d: use its own version",
                       results->path, (int)rs_catalogue_layout_version(catalogue),
                       RS_LAYOUT_VERSION);
    const rs_entry *run = rs_catalogue_find(catalogue, "/run");
    if (run == NULL || run->type != RS_INT32 || run->rank != 1 || run->extents[0] == 0 ||
        run->extents[0] > INT32_MAX)
        return damaged(results, "/run", "is missing or has a wrong type or shape", error);
    results->runs = (size_t)run->extents[0];
    return RS_OK;
}

static void set_from_column(const rs_results *results, size_t column, size_t row,
                            rs_run_config *config)
{
    rs_layout_set_value(column, config,
                        rs_number_load(results->types[column], results->columns[column], row));
}

/* The values of a parameter's column must be allowed: all that follows trusts them. */
static rs_status check_values(const rs_results *results, size_t column, const char *path,
                              rs_error *error)
{
    rs_parameter seed = rs_parameters[RS_PARAMETER_data_seed];
    seed.min = 0;
    const rs_parameter *parameter =
        column == RS_DATA_SEED ? &seed : &rs_parameters[column - RS_DATA_PARAMETERS];
    double last = NAN;
    const size_t count = results->strides[column] == 0 ? 1 : results->runs;
    for (size_t row = 0; row < count; row++) {
        double value = rs_number_load(results->types[column], results->columns[column], row);
        if (value == last)
            continue;
        if (!rs_parameter_allows(parameter, value))
            return damaged(results, path, "holds a value out of range", error);
        last = value;
    }
    return RS_OK;
}

static void sort_parameter(rs_results *results, size_t column)
{
    if (results->strides[column] == 0)
        set_from_column(results, column, 0, &results->common);
    else
        results->varying[results->varying_total++] = column;
}

static rs_status read_parameters(rs_results *results, rs_error *error)
{
    rs_status status = RS_OK;
    for (size_t column = RS_DATA_PARAMETERS; status == RS_OK && column <= RS_DATA_SEED; column++) {
        char path[RS_DATASET_PATH];
        snprintf(path, sizeof path, "/%s",
                 column == RS_DATA_SEED ? "seed" : rs_parameters[column - RS_DATA_PARAMETERS].name);
        if ((status = read_parameter(results, column, path, error)) == RS_OK &&
            (status = check_values(results, column, path, error)) == RS_OK)
            sort_parameter(results, column);
    }
    return status;
}

/* Takes the layout's word for types and extents, and the file's for the offsets. */
static rs_status match_layout(rs_results *results, rs_error *error)
{
    rs_status status = rs_allocate((void **)&results->entries, results->layout->dataset_total,
                                   sizeof *results->entries, error);
    if (status != RS_OK)
        return status;
    for (size_t i = 0; i < results->layout->dataset_total; i++) {
        rs_dataset *dataset = &results->layout->datasets[i];
        const rs_entry *entry = rs_catalogue_find(results->catalogue, dataset->path);
        if (entry == NULL)
            return damaged(results, dataset->path,
                           "is missing, or stored in another way than rnnsweep does", error);
        if (entry->type != dataset->type || entry->rank != dataset->rank ||
            memcmp(entry->extents, dataset->extents, sizeof entry->extents) != 0)
            return damaged(results, dataset->path, "has a wrong type, shape or place", error);
        dataset->offset = entry->offset;
        results->entries[i] = entry;
    }
    return RS_OK;
}

static void row_of_file(const void *context, size_t row, uint32_t *run, rs_run_config *config)
{
    const rs_results *results = context;
    *run = (uint32_t)((const int32_t *)results->columns[RS_DATA_RUN])[row];
    rs_results_config(results, row, config);
}

static rs_status read_results(rs_results *results, bool rescue, rs_error *error)
{
    rs_status status = RS_OK;
    for (size_t column = RS_DATA_INITIAL_LOSS; status == RS_OK && column <= RS_DATA_WALL_TIME;
         column++) {
        const rs_entry *entry = results->entries[column];
        status = entry->type == RS_INT32
                     ? read_elements(results, column, entry, results->runs, error)
                     : read_reals(results, column, entry, error);
        if (status == RS_BAD_DATA && rescue)
            status = RS_OK;
    }
    return status;
}

static rs_status check_status_and_run(const rs_results *results, rs_error *error)
{
    const int32_t *run = results->columns[RS_DATA_RUN];
    const int8_t *outcome = results->columns[RS_DATA_STATUS];
    for (size_t row = 0; row < results->runs; row++)
        if (run[row] < 0 || outcome[row] < RS_RUN_PENDING || outcome[row] > RS_RUN_FAILED)
            return damaged(results, run[row] < 0 ? "/run" : "/status", "holds a value out of range",
                           error);
    return RS_OK;
}

static rs_status read_file(rs_results *results, bool rescue, rs_error *error)
{
    rs_status status;
    /* The status first: what it calls finished is on the disk before it. */
    if ((status = rs_catalogue_read(&results->catalogue, results->file, results->path, error)) !=
            RS_OK ||
        (status = rs_rows_create(&results->rows, results->file, results->path, results->catalogue,
                                 error)) != RS_OK ||
        (status = find_runs(results, error)) != RS_OK ||
        (status = read_column(results, RS_DATA_STATUS, "/status", error)) != RS_OK ||
        (status = read_column(results, RS_DATA_RUN, "/run", error)) != RS_OK)
        return status;
    if (results->types[RS_DATA_STATUS] != RS_INT8)
        return damaged(results, "/status", "has a wrong type", error);
    if ((status = check_status_and_run(results, error)) != RS_OK ||
        (status = read_parameters(results, error)) != RS_OK)
        return status;
    const rs_store_runs runs = {.count = results->runs, .row = row_of_file, .context = results};
    if ((status = rs_layout_build(&results->layout, &runs, error)) != RS_OK ||
        (status = match_layout(results, error)) != RS_OK ||
        (status = rs_row_formats(&results->formats, results->layout, error)) != RS_OK)
        return status;
    return read_results(results, rescue, error);
}

/* Takes over `file` when it is to own it, also on failure. */
static rs_status read_descriptor(rs_results **results, int file, bool owns_file, const char *path,
                                 bool rescue, rs_error *error)
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
    fresh->path = strdup(path);
    status = fresh->path != NULL ? read_file(fresh, rescue, error)
                                 : rs_fail(error, RS_NO_MEMORY, "out of memory");
    if (status != RS_OK) {
        rs_results_close(fresh);
        return status;
    }
    *results = fresh;
    return RS_OK;
}

static rs_status open_results(rs_results **results, const char *path, bool rescue, rs_error *error)
{
    int file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (file < 0)
        return rs_fail(error, RS_IO, "%s: cannot open this results file: %s", path,
                       strerror(errno));
    return read_descriptor(results, file, true, path, rescue, error);
}

rs_status rs_results_open(rs_results **results, const char *path, rs_error *error)
{
    return open_results(results, path, false, error);
}

rs_status rs_results_open_file(rs_results **results, int file, const char *path, rs_error *error)
{
    return read_descriptor(results, file, false, path, false, error);
}

rs_status rs_results_rescue(rs_results **results, const char *path, rs_error *error)
{
    return open_results(results, path, true, error);
}

void rs_results_close(rs_results *results)
{
    if (results == NULL)
        return;
    if (results->owns_file)
        close(results->file);
    for (size_t column = 0; column < RS_DATA_LOSS; column++)
        free(results->columns[column]);
    free(results->formats);
    free(results->entries);
    rs_rows_free(results->rows);
    rs_layout_free(results->layout);
    rs_catalogue_free(results->catalogue);
    free(results->path);
    free(results);
}

/* ---- Asking ---------------------------------------------------------------------------------- */

size_t rs_results_count(const rs_results *results)
{
    return results->runs;
}

size_t rs_results_steps(const rs_results *results)
{
    return results->layout->steps;
}

bool rs_results_wide(const rs_results *results)
{
    return results->layout->wide;
}

bool rs_results_compressed(const rs_results *results)
{
    for (size_t i = 0; i < results->layout->dataset_total; i++)
        if (results->entries[i]->chunk_rows > 0)
            return true;
    return false;
}

const char *rs_results_attribute(const rs_results *results, const char *name)
{
    return rs_catalogue_attribute(results->catalogue, name);
}

const char *rs_results_sweep(const rs_results *results)
{
    return rs_results_attribute(results, RS_ATTRIBUTE_SWEEP);
}

bool rs_results_attribute_at(const rs_results *results, size_t index, const char **name,
                             const char **value)
{
    return rs_catalogue_attribute_at(results->catalogue, index, name, value);
}

bool rs_results_attribute_is_circumstance(const char *name)
{
    static const char *const names[] = {
        "date_created", "date_modified",      "history",
        "id",           "rnnsweep_command",   "rnnsweep_host",
        "rnnsweep_isa", "rnnsweep_slurm_job", "rnnsweep_threads",
    };
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strcmp(names[i], name) == 0)
            return true;
    return false;
}

void rs_results_config(const rs_results *results, size_t row, rs_run_config *config)
{
    memcpy(config, &results->common, sizeof *config);
    for (size_t i = 0; i < results->varying_total; i++)
        set_from_column(results, results->varying[i], row, config);
}

rs_results_columns rs_results_read_columns(const rs_results *results)
{
    return (rs_results_columns){
        .run = results->columns[RS_DATA_RUN],
        .status = results->columns[RS_DATA_STATUS],
        .initial_loss = results->columns[RS_DATA_INITIAL_LOSS],
        .final_loss = results->columns[RS_DATA_FINAL_LOSS],
        .test_bit_accuracy = results->columns[RS_DATA_TEST_BIT_ACCURACY],
        .test_accuracy = results->columns[RS_DATA_TEST_ACCURACY],
        .wall_time = results->columns[RS_DATA_WALL_TIME],
        .diverged_at = results->columns[RS_DATA_DIVERGED_AT],
    };
}

size_t rs_results_find(const rs_results *results, uint32_t run)
{
    const int32_t *runs = results->columns[RS_DATA_RUN];
    for (size_t row = 0; row < results->runs; row++)
        if ((uint32_t)runs[row] == run)
            return row;
    return SIZE_MAX;
}

/* ---- One run --------------------------------------------------------------------------------- */

/* Reads a row of a dataset as doubles. */
static rs_status read_numbers(const rs_results *results, const rs_dataset *dataset, size_t row,
                              double *numbers, rs_error *error)
{
    void *bytes = NULL;
    const size_t size = (size_t)rs_dataset_row_bytes(dataset);
    rs_status status = rs_allocate(&bytes, size, 1, error);
    if (status == RS_OK)
        status = rs_rows_read(results->rows, results->entries[dataset - results->layout->datasets],
                              row, 1, bytes, error);
    if (status == RS_OK)
        rs_numbers_load(dataset->type, bytes, 0, numbers, size / rs_type_size(dataset->type));
    free(bytes);
    return status;
}

rs_status rs_results_curve(const rs_results *results, size_t row, int32_t *step, double *loss,
                           rs_error *error)
{
    const rs_layout *layout = results->layout;
    rs_status status = read_numbers(results, &layout->datasets[RS_DATA_LOSS], row, loss, error);
    for (size_t i = 0; status == RS_OK && i < layout->steps; i++)
        step[i] = (int32_t)(i * layout->interval);
    return status;
}

rs_status rs_results_weights(const rs_results *results, size_t row, double *weights,
                             rs_error *error)
{
    const rs_place *place = &results->layout->places[row];
    const rs_row_format *format = rs_results_format(results, row);
    rs_status status = RS_OK;
    for (int i = RS_PIECE_TENSORS; status == RS_OK && i < RS_PIECE_TOTAL; i++) {
        const rs_dataset *dataset = format->pieces[i].dataset;
        status = read_numbers(results, dataset, place->row, weights, error);
        weights += format->pieces[i].size / rs_type_size(dataset->type);
    }
    return status;
}
