#include "store.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "file_io.h"
#include "memory.h"
#include "results_file.h"
#include "row.h"

struct rs_store {
    char *path;
    int file;
    rs_layout *layout;
    rs_store_runs runs;
    int8_t *outcomes; /* [runs] */
};

/* ---- Opening --------------------------------------------------------------------------------- */

enum { DIFFERENCE_TEXT = 1024 };

static void append(char text[DIFFERENCE_TEXT], const char *more)
{
    size_t length = strlen(text);
    snprintf(text + length, DIFFERENCE_TEXT - length, "%s", more);
}

/* Adds "states (3 in the file, 4 in the sweep)" for every parameter that differs and is not yet in
 * the set `seen`. */
static void add_differences(const rs_run_config *file, const rs_run_config *sweep, uint64_t *seen,
                            char text[DIFFERENCE_TEXT])
{
    for (size_t column = RS_DATA_PARAMETERS; column <= RS_DATA_SEED; column++) {
        double have = rs_layout_value(column, file), want = rs_layout_value(column, sweep);
        char entry[128], have_text[RS_PARAMETER_TEXT], want_text[RS_PARAMETER_TEXT];
        if (have == want || (*seen >> column & 1))
            continue;
        const rs_parameter *parameter =
            &rs_parameters[column == RS_DATA_SEED ? RS_PARAMETER_data_seed
                                                  : column - RS_DATA_PARAMETERS];
        rs_parameter_format(parameter, have, have_text);
        rs_parameter_format(parameter, want, want_text);
        snprintf(entry, sizeof entry, "%s%s (%s in the file, %s in the sweep)",
                 *seen != 0 ? ", " : "", column == RS_DATA_SEED ? "seed" : parameter->name,
                 have_text, want_text);
        append(text, entry);
        *seen |= UINT64_C(1) << column;
    }
}

/* Whether the file has these runs in this order. */
static rs_status compare_runs(const rs_results *results, const rs_store_runs *runs, rs_error *error)
{
    char text[DIFFERENCE_TEXT] = "";
    uint64_t seen = 0;
    bool renumbered = false;
    const int32_t *run_column = results->columns[RS_DATA_RUN];
    for (size_t row = 0; row < runs->count && row < results->runs; row++) {
        uint32_t run;
        rs_run_config have, want;
        memset(&want, 0, sizeof want);
        runs->row(runs->context, row, &run, &want);
        rs_results_config(results, row, &have);
        renumbered |= run != (uint32_t)run_column[row];
        add_differences(&have, &want, &seen, text);
    }
    if (seen != 0)
        return rs_fail(error, RS_BAD_DATA, "%s: holds the results of another sweep: %s",
                       results->path, text);
    if (runs->count != results->runs || renumbered)
        return rs_fail(error, RS_BAD_DATA,
                       "%s: holds the results of another sweep: it has %zu runs, this one %zu%s",
                       results->path, results->runs, runs->count,
                       renumbered ? ", with other numbers" : "");
    return RS_OK;
}

static rs_status check_sweep(const rs_results *results, rs_hash sweep, rs_error *error)
{
    char expected[RS_HASH_TEXT];
    const char *hash = rs_results_attribute(results, RS_ATTRIBUTE_SWEEP);
    rs_hash_format(sweep, expected);
    if (hash == NULL || strcmp(hash, expected) != 0)
        return rs_fail(error, RS_BAD_DATA,
                       "%s: belongs to another sweep: its own runs are the same, others differ",
                       results->path);
    return RS_OK;
}

static rs_status open_store(rs_store *store, const rs_store_runs *runs, rs_error *error)
{
    rs_results *results = NULL;
    rs_status status;
    if ((status = rs_results_open(&results, store->path, error)) != RS_OK ||
        (status = compare_runs(results, runs, error)) != RS_OK ||
        (status = check_sweep(results, runs->sweep, error)) != RS_OK)
        goto done;
    store->file = open(store->path, O_RDWR | O_CLOEXEC);
    if (store->file < 0) {
        status =
            rs_fail(error, RS_IO, "%s: cannot open for writing: %s", store->path, strerror(errno));
        goto done;
    }
    store->layout = results->layout;
    results->layout = NULL;
    store->outcomes = results->columns[RS_DATA_STATUS];
    results->columns[RS_DATA_STATUS] = NULL;
    store->runs = *runs;
done:
    rs_results_close(results);
    return status;
}

static void free_store(rs_store *store)
{
    if (store->file >= 0)
        close(store->file);
    rs_layout_free(store->layout);
    free(store->outcomes);
    free(store->path);
    free(store);
}

rs_status rs_store_open(rs_store **store, const char *path, const rs_store_runs *runs,
                        rs_error *error)
{
    rs_store *fresh = NULL;
    rs_status status = rs_allocate((void **)&fresh, 1, sizeof *fresh, error);
    if (status != RS_OK)
        return status;
    fresh->file = -1;
    fresh->path = strdup(path);
    status = fresh->path != NULL ? open_store(fresh, runs, error)
                                 : rs_fail(error, RS_NO_MEMORY, "out of memory");
    if (status != RS_OK) {
        free_store(fresh);
        return status;
    }
    *store = fresh;
    return RS_OK;
}

rs_run_outcome rs_store_outcome(const rs_store *store, size_t row)
{
    return (rs_run_outcome)store->outcomes[row];
}

/* ---- Writing --------------------------------------------------------------------------------- */

rs_status rs_store_put(rs_store *store, size_t row, const rs_run_result *result, double wall_time,
                       rs_error *error)
{
    rs_piece pieces[RS_ROW_PIECES];
    uint32_t run;
    rs_run_config config;
    char *bytes = NULL;
    const rs_place *place = &store->layout->places[row];
    const rs_network_shape *shape = &store->layout->groups[place->group].shape;
    if (result->loss_count != place->points ||
        result->weight_count != shape->offset[RS_TENSOR_TOTAL])
        return rs_fail(error, RS_INTERNAL, "row %zu: %zu losses and %zu weights do not fit", row,
                       result->loss_count, result->weight_count);
    rs_status status =
        rs_allocate((void **)&bytes, rs_row_pieces(store->layout, row, pieces), 1, error);
    if (status != RS_OK)
        return status;
    store->runs.row(store->runs.context, row, &run, &config);
    rs_row_encode(store->layout, row, run, &config, result, wall_time, pieces, bytes);
    for (size_t i = RS_PIECE_INITIAL_LOSS; status == RS_OK && i < RS_ROW_PIECES; i++)
        if (i != RS_PIECE_RUN_ID)
            status = rs_file_write(store->file, store->path, bytes + pieces[i].start,
                                   pieces[i].size, pieces[i].offset, error);
    free(bytes);
    return status;
}

static rs_status sync_data(const rs_store *store, rs_error *error)
{
    if (fdatasync(store->file) != 0)
        return rs_fail(error, RS_IO, "%s: cannot sync: %s", store->path, strerror(errno));
    return RS_OK;
}

rs_status rs_store_commit(rs_store *store, size_t count, const size_t rows[],
                          const rs_run_outcome outcomes[], rs_error *error)
{
    const rs_dataset *column = &store->layout->datasets[RS_DATA_STATUS];
    rs_status status = sync_data(store, error);
    for (size_t i = 0; status == RS_OK && i < count; i++) {
        int8_t outcome = (int8_t)outcomes[i];
        status = rs_file_write(store->file, store->path, &outcome, sizeof outcome,
                               column->offset + rows[i], error);
        if (status == RS_OK)
            store->outcomes[rows[i]] = outcome;
    }
    return status;
}

rs_status rs_store_close(rs_store *store, rs_error *error)
{
    if (store == NULL)
        return RS_OK;
    rs_status status = sync_data(store, error);
    int file = store->file;
    store->file = -1;
    if (close(file) != 0 && status == RS_OK)
        status = rs_fail(error, RS_IO, "%s: cannot close: %s", store->path, strerror(errno));
    free_store(store);
    return status;
}
