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
#include "store_file.h"
#include "watch.h"

/* ---- Opening --------------------------------------------------------------------------------- */

enum { DIFFERENCE_TEXT = 1024 };

static void append(char text[DIFFERENCE_TEXT], const char *more)
{
    size_t length = strlen(text);
    snprintf(text + length, DIFFERENCE_TEXT - length, "%s", more);
}

/* Adds "states (3 in the file, 4 in the sweep)" for every parameter that differs and whose column
 * is not seen yet. */
static void add_differences(const rs_run_config *file, const rs_run_config *sweep, bool *seen,
                            char text[DIFFERENCE_TEXT])
{
    for (size_t column = RS_DATA_PARAMETERS; column <= RS_DATA_SEED; column++) {
        double have = rs_layout_value(column, file), want = rs_layout_value(column, sweep);
        char entry[256], have_text[RS_PARAMETER_TEXT], want_text[RS_PARAMETER_TEXT];
        if (have == want || seen[column])
            continue;
        const rs_parameter *parameter =
            &rs_parameters[column == RS_DATA_SEED ? RS_PARAMETER_data_seed
                                                  : column - RS_DATA_PARAMETERS];
        rs_parameter_format(parameter, have, have_text);
        rs_parameter_format(parameter, want, want_text);
        const char *separator = text[0] != '\0' ? ", " : "";
        const char *name = column == RS_DATA_SEED ? "seed" : parameter->name;
        if (strcmp(have_text, want_text) == 0) /* files of one name */
            snprintf(entry, sizeof entry, "%s%s (the contents of the data file %s have changed)",
                     separator, name, want_text);
        else
            snprintf(entry, sizeof entry, "%s%s (%s in the file, %s in the sweep)", separator, name,
                     have_text, want_text);
        append(text, entry);
        seen[column] = true;
    }
}

/* Whether the file has these runs in this order. */
static rs_status compare_runs(const rs_results *results, const rs_store_runs *runs, rs_error *error)
{
    char text[DIFFERENCE_TEXT] = "";
    bool seen[RS_DATA_SEED + 1] = {false};
    bool renumbered = false;
    const int32_t *run_column = results->columns[RS_DATA_RUN];
    for (size_t row = 0; row < runs->count && row < results->runs; row++) {
        uint32_t run;
        rs_run_config have, want;
        memset(&want, 0, sizeof want);
        runs->row(runs->context, row, &run, &want);
        rs_results_config(results, row, &have);
        renumbered |= run != (uint32_t)run_column[row];
        if (memcmp(&have, &want, sizeof have) == 0)
            continue;
        add_differences(&have, &want, seen, text);
    }
    if (text[0] != '\0')
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
    const char *hash = rs_results_sweep(results);
    rs_hash_format(sweep, expected);
    if (hash == NULL || strcmp(hash, expected) != 0)
        return rs_fail(error, RS_BAD_DATA,
                       "%s: belongs to another sweep: its own runs are the same, others differ",
                       results->path);
    return RS_OK;
}

/* Whether rows can be written where they are. */
static rs_status check_rows(const rs_results *results, const rs_store_runs *runs, rs_error *error)
{
    size_t damaged = 0, foreign = 0;
    for (size_t row = 0; row < results->runs; row++) {
        damaged += rs_results_is_damaged(results, row);
        foreign += rs_results_is_foreign(results, row);
    }
    if (foreign > 0 && !runs->by_number)
        return rs_fail(error, RS_BAD_DATA,
                       "%s: holds %zu runs with settings that this version of rnnsweep does not "
                       "know: %s",
                       results->path, foreign, results->foreign);
    if (damaged > 0)
        return rs_fail(error, RS_BAD_DATA, "%s: has %zu damaged row%s", results->path, damaged,
                       damaged == 1 ? "" : "s");
    return RS_OK;
}

/* Rows that are missing must be written, of runs without rungs also those that were stopped; a file
 * that cannot be written to may only be complete. */
static rs_status check_form(const rs_store *store, const rs_results *results,
                            const rs_store_runs *runs, int write_failure, rs_error *error)
{
    const int8_t *outcomes = results->columns[RS_DATA_STATUS];
    size_t pending = 0;
    for (size_t row = 0; row < results->runs; row++)
        pending += outcomes[row] == RS_RUN_PENDING ||
                   (outcomes[row] == RS_RUN_STOPPED && runs->rungs == NULL && !runs->by_number);
    if (pending > 0 && rs_results_compressed(results))
        return rs_fail(error, RS_BAD_DATA,
                       "%s: is compressed and misses %zu runs, which cannot be written to it",
                       results->path, pending);
    if (pending > 0 && write_failure != 0)
        return rs_fail(error, RS_IO, "%s: misses %zu runs and cannot be written to: %s",
                       store->path, pending, strerror(write_failure));
    return RS_OK;
}

/* The one open of the path: what is read below, and written later, is this file. *write_failure:
 * why it can only be read, or 0. */
static rs_status open_path(rs_store *store, int *write_failure, rs_error *error)
{
    const int flags = O_CLOEXEC | O_NONBLOCK;
    *write_failure = 0;
    store->file = open(store->path, O_RDWR | flags);
    if (store->file < 0) {
        *write_failure = errno;
        store->file = open(store->path, O_RDONLY | flags);
    }
    if (store->file < 0)
        return rs_fail(error, RS_IO, "%s: cannot open this results file: %s", store->path,
                       strerror(errno));
    return RS_OK;
}

/* Rows of settings that this program does not know have words in known columns, too, that it could
 * not write at the creation. */
static void write_known_too(rs_results *results)
{
    for (size_t i = 0; i < results->layout->group_total; i++)
        for (size_t k = 0; k < results->formats[i].piece_total; k++)
            results->formats[i].pieces[k].put =
                results->formats[i].pieces[k].index != RS_DATA_STATUS;
}

/* Whether rows of runs that were stopped are there, or may come. */
static bool has_stopped(const rs_store *store)
{
    bool found = store->layout->rungs > 0;
    for (size_t row = 0; !found && row < store->layout->runs; row++)
        found = store->outcomes[row] == RS_RUN_STOPPED;
    return found;
}

static rs_status open_store(rs_store *store, const rs_store_runs *runs, rs_error *error)
{
    rs_results *results = NULL;
    int write_failure;
    rs_status status;
    if ((status = open_path(store, &write_failure, error)) != RS_OK ||
        (status = rs_results_open_file_rows(&results, store->file, store->path, error)) != RS_OK ||
        (status = check_rows(results, runs, error)) != RS_OK ||
        (status = compare_runs(results, runs, error)) != RS_OK ||
        (status = check_sweep(results, runs->sweep, error)) != RS_OK ||
        (status = check_form(store, results, runs, write_failure, error)) != RS_OK)
        goto done;
    store->complete = rs_results_compressed(results) || write_failure != 0;
    store->layout = results->layout;
    store->formats = results->formats;
    store->outcomes = results->columns[RS_DATA_STATUS];
    results->columns[RS_DATA_STATUS] = NULL;
    store->numbers = results->columns[RS_DATA_RUN];
    results->columns[RS_DATA_RUN] = NULL;
    store->runs = *runs;
    if (has_stopped(store))
        status = rs_replacing_create(&store->replacing, store,
                                     results->columns[RS_DATA_RUNGS_REACHED], error);
    rs_results_drop_columns(results);
    if (status == RS_OK &&
        (status = rs_batch_create(&store->batch, store->file, store->path, store->layout,
                                  store->formats, error)) == RS_OK &&
        (status = rs_watch_begin(store, results, error)) == RS_OK) {
        rs_batch_set_guard(store->batch, rs_watch_contents, store);
        if (store->replacing != NULL)
            rs_batch_set_preparation(store->batch, rs_replacing_prepare, store);
    }
    store->results = results;
    if (runs->by_number)
        write_known_too(results);
    results = NULL;
done:
    rs_results_close(results);
    return status;
}

void rs_store_free(rs_store *store)
{
    if (store->file >= 0)
        close(store->file);
    rs_batch_free(store->batch);
    rs_replacing_free(store->replacing);
    for (size_t i = 0; i < store->attribute_count; i++) {
        free((char *)store->attributes[i].name);
        free((char *)store->attributes[i].value);
    }
    free(store->attributes);
    rs_results_close(store->results);
    free(store->outcomes);
    free(store->numbers);
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
        rs_store_free(fresh);
        return status;
    }
    *store = fresh;
    return RS_OK;
}

size_t rs_store_count(const rs_store *store)
{
    return store->layout->runs;
}

rs_run_outcome rs_store_outcome(const rs_store *store, size_t row)
{
    return (rs_run_outcome)store->outcomes[row];
}

int32_t rs_store_rungs_reached(const rs_store *store, size_t row)
{
    return store->replacing != NULL ? rs_replacing_reached(store->replacing, row) : -1;
}

/* ---- Writing --------------------------------------------------------------------------------- */

static rs_status read_pieces(const rs_store *store, size_t row, bool all, char *bytes,
                             rs_error *error)
{
    const rs_row_format *format = rs_store_format(store, row);
    rs_status status = RS_OK;
    for (size_t i = 0; status == RS_OK && i < format->piece_total; i++)
        if (all || format->pieces[i].kept)
            status = rs_file_read(store->file, store->path, bytes + format->pieces[i].start,
                                  format->pieces[i].size,
                                  rs_row_offset(store->layout, format, row, i), error);
    return status;
}

rs_status rs_store_read_row(const rs_store *store, size_t row, void *bytes, rs_error *error)
{
    return read_pieces(store, row, true, bytes, error);
}

bool rs_store_keeps(const rs_store *store)
{
    for (size_t i = 0; i < store->layout->group_total; i++)
        for (size_t k = 0; k < store->formats[i].piece_total; k++)
            if (store->formats[i].pieces[k].put && !store->formats[i].pieces[k].dataset->result)
                return true;
    return false;
}

rs_status rs_store_encode(const rs_store *store, size_t row, const rs_run_config *config,
                          const rs_run_result *result, double wall_time, void *bytes,
                          rs_error *error)
{
    const rs_place *place = &store->layout->places[row];
    const rs_network *network = &store->layout->groups[place->group].network;
    if (result->loss_count != rs_layout_curve(store->layout, config).points ||
        result->weight_count != network->count)
        return rs_fail(error, RS_INTERNAL, "row %zu: %zu losses and %zu weights do not fit", row,
                       result->loss_count, result->weight_count);
    const bool measured = store->layout->rungs > 0 && rs_store_has_rungs(store);
    if (measured ? result->rung_count > store->layout->rungs : result->outcome == RS_RUN_STOPPED)
        return rs_fail(error, RS_INTERNAL, "row %zu: the file does not have the rungs of this run",
                       row);
    rs_run_result stored = *result;
    stored.rung_count = measured ? result->rung_count : 0;
    const rs_row_format *format = rs_store_format(store, row);
    /* What this program knows nothing of stays as it is in the file. */
    rs_status status = format->has_kept ? read_pieces(store, row, false, bytes, error) : RS_OK;
    if (status == RS_OK)
        rs_row_encode(store->layout, format, &store->results->codes, row,
                      (uint32_t)store->numbers[row], config, store->runs.lengths, &stored,
                      wall_time, bytes);
    return status;
}

/* A row's record whose bytes are still to be written, every one of them. */
static rs_status begin_record(rs_store *store, size_t row, rs_record *record, rs_error *error)
{
    if (store->complete)
        return rs_fail(error, RS_BAD_DATA,
                       "%s: is compressed, or may not be written to, so that its runs cannot be "
                       "trained further. Make another file of it: rnnsweep merge NEW %s, and run "
                       "the sweep with -o NEW",
                       store->path, store->path);
    atomic_store_explicit(&store->changed, true, memory_order_relaxed);
    *record = (rs_record){.row = row, .size = rs_store_format(store, row)->size};
    record->bytes = malloc(record->size);
    if (record->bytes == NULL)
        return rs_fail(error, RS_NO_MEMORY, "out of memory for a row of %zu bytes", record->size);
    return RS_OK;
}

rs_status rs_store_put(rs_store *store, size_t row, const rs_run_config *config,
                       const rs_run_result *result, double wall_time, rs_error *error)
{
    rs_record record = {0};
    rs_status status = begin_record(store, row, &record, error);
    if (status != RS_OK)
        return status;
    status = rs_store_encode(store, row, config, result, wall_time, record.bytes, error);
    if (status == RS_OK)
        return rs_batch_add(store->batch, record, error);
    free(record.bytes);
    return status;
}

rs_status rs_store_put_bytes(rs_store *store, size_t row, const void *bytes, rs_error *error)
{
    rs_record record = {0};
    rs_status status = begin_record(store, row, &record, error);
    if (status != RS_OK)
        return status;
    memcpy(record.bytes, bytes, record.size);
    return rs_batch_add(store->batch, record, error);
}

bool rs_store_is_writable(const rs_store *store)
{
    return !store->complete;
}

bool rs_store_has_rungs(const rs_store *store)
{
    return store->runs.rungs == NULL || rs_layout_has_rungs(store->layout, store->runs.rungs);
}

bool rs_store_has_checkpoints(const rs_store *store)
{
    const rs_checkpoints *wanted = store->runs.checkpoints;
    bool all = true;
    for (size_t row = 0; wanted != NULL && all && row < store->runs.count; row++) {
        uint32_t run;
        rs_run_config config;
        store->runs.row(store->runs.context, row, &run, &config);
        const uint64_t last = rs_run_config_updates(&config);
        for (uint64_t at = rs_checkpoints_next(wanted, -1, last); all && at != UINT64_MAX;
             at = rs_checkpoints_next(wanted, (int64_t)at, last))
            all = rs_layout_find_value(store->layout->checkpoint_at, store->layout->checkpoints,
                                       at) != SIZE_MAX;
    }
    return all;
}

bool rs_store_has_tests(const rs_store *store)
{
    const rs_layout *layout = store->layout;
    for (size_t i = 0; i < store->runs.length_total; i++)
        if (rs_layout_find_value(layout->length_at, layout->lengths, store->runs.lengths[i]) ==
            SIZE_MAX)
            return false;
    for (size_t i = 0; i < layout->task_total; i++) {
        const rs_data *data = rs_task_data(layout->tasks[i]);
        size_t first;
        const size_t count = rs_data_further_sets(data, &first);
        for (size_t k = 0; k < count; k++)
            if (rs_layout_find_set(layout, data->sets[first + k].name) == SIZE_MAX)
                return false;
    }
    return true;
}

static void encode_known(const rs_store *store, size_t row, char *bytes)
{
    uint32_t run;
    rs_run_config config;
    store->runs.row(store->runs.context, row, &run, &config);
    rs_row_encode_known(rs_store_format(store, row), &store->results->codes, run, &config, bytes);
}

rs_status rs_store_fill_pending(rs_store *store, rs_error *error)
{
    rs_status status = RS_OK;
    for (size_t row = 0; status == RS_OK && row < store->layout->runs; row++) {
        rs_record record = {0};
        if (store->outcomes[row] != RS_RUN_PENDING)
            continue;
        if ((status = begin_record(store, row, &record, error)) != RS_OK)
            return status;
        rs_row_encode_pending(rs_store_format(store, row), record.bytes);
        if (store->runs.by_number)
            encode_known(store, row, record.bytes);
        status = rs_batch_add(store->batch, record, error);
    }
    return status == RS_OK ? rs_batch_flush(store->batch, error) : status;
}

rs_status rs_store_sync(rs_store *store, rs_error *error)
{
    if (store->failure.status == RS_OK && fdatasync(store->file) != 0)
        rs_fail(&store->failure, RS_IO, "%s: cannot sync: %s", store->path, strerror(errno));
    if (store->failure.status != RS_OK)
        return rs_fail(error, store->failure.status, "%s", store->failure.text);
    return RS_OK;
}

typedef struct finished {
    size_t row;
    int8_t code; /* the file's number for the outcome */
} finished;

static int compare_finished(const void *a, const void *b)
{
    const finished *first = a, *second = b;
    return (first->row > second->row) - (first->row < second->row);
}

static int8_t find_outcome(const rs_store *store, int8_t code)
{
    const int ours = rs_words_find(&store->results->words[RS_DATA_STATUS], code);
    return (int8_t)(ours >= 0 ? ours : RS_RUN_STOPPED);
}

/* Leaves out rows over which others have been written by now. */
static size_t leave_out_old(const rs_store *store, finished *list, size_t count)
{
    size_t kept = 0;
    for (size_t i = 0; i < count; i++)
        if (store->replacing == NULL ||
            rs_replacing_is_written(store->replacing, list[i].row, list[i].code))
            list[kept++] = list[i];
    return kept;
}

/* Neighbouring rows' bytes go out together. */
static rs_status write_codes(rs_store *store, finished *list, size_t count, rs_error *error)
{
    const uint64_t column = store->layout->datasets[RS_DATA_STATUS].offset;
    rs_gather *out = NULL;
    rs_status status = rs_gather_create(&out, store->file, store->path, error);
    qsort(list, count, sizeof *list, compare_finished);
    for (size_t i = 0; status == RS_OK && i < count; i++)
        status = rs_gather_write(out, &list[i].code, 1, column + list[i].row, error);
    if (status == RS_OK)
        status = rs_gather_flush(out, error);
    for (size_t i = 0; status == RS_OK && i < count; i++) {
        store->outcomes[list[i].row] = find_outcome(store, list[i].code);
        if (store->replacing != NULL)
            rs_replacing_commit(store->replacing, list[i].row);
    }
    rs_gather_free(out);
    return status;
}

static rs_status commit_list(rs_store *store, finished *list, size_t count, rs_error *error)
{
    rs_status status;
    if (store->replacing == NULL) {
        if ((status = rs_batch_flush(store->batch, error)) == RS_OK &&
            (status = rs_store_sync(store, error)) == RS_OK)
            status = write_codes(store, list, count, error);
        return status;
    }
    /* No row may be replaced between the sync and its mark. */
    if ((status = rs_batch_hold(store->batch, error)) == RS_OK &&
        (status = rs_store_sync(store, error)) == RS_OK)
        status = write_codes(store, list, leave_out_old(store, list, count), error);
    rs_batch_release(store->batch);
    return status;
}

rs_status rs_store_commit_codes(rs_store *store, size_t count, const size_t rows[],
                                const int8_t codes[], rs_error *error)
{
    finished *list = NULL;
    rs_status status = rs_allocate((void **)&list, count, sizeof *list, error);
    for (size_t i = 0; status == RS_OK && i < count; i++)
        list[i] = (finished){.row = rows[i], .code = codes[i]};
    if (status == RS_OK)
        status = commit_list(store, list, count, error);
    free(list);
    return status;
}

rs_status rs_store_commit(rs_store *store, size_t count, const size_t rows[],
                          const rs_run_outcome outcomes[], rs_error *error)
{
    finished *list = NULL;
    rs_status status = rs_allocate((void **)&list, count, sizeof *list, error);
    for (size_t i = 0; status == RS_OK && i < count; i++)
        list[i] =
            (finished){.row = rows[i], .code = (int8_t)store->results->codes.status[outcomes[i]]};
    if (status == RS_OK)
        status = commit_list(store, list, count, error);
    free(list);
    return status;
}

int rs_store_file(const rs_store *store)
{
    return store->file;
}
