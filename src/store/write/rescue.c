#include "rescue.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "file_io.h"
#include "memory.h"
#include "watch.h"

enum { COPY_BYTES = 1 << 20 };

/* ---- The file lives on: a name for it -------------------------------------------------------- */

/* The name that the file was moved to, as far as this host knows. */
static bool find_name(const rs_store *store, char name[RS_PATH_MAX])
{
    char link[64];
    snprintf(link, sizeof link, "/proc/self/fd/%d", store->file);
    ssize_t length = readlink(link, name, RS_PATH_MAX - 1);
    if (length <= 0)
        return false;
    name[length] = '\0';
    const rs_file_state found = rs_file_look_at(name);
    return rs_file_is_same(&found, &store->state);
}

static rs_status copy_bytes(const rs_store *store, int to, const char *path, rs_error *error)
{
    void *bytes = NULL;
    rs_status status = rs_allocate(&bytes, COPY_BYTES, 1, error);
    for (uint64_t done = 0; status == RS_OK && done < store->state.size;) {
        const uint64_t left = store->state.size - done;
        const size_t here = (size_t)(left < COPY_BYTES ? left : COPY_BYTES);
        status = rs_file_read(store->file, store->path, bytes, here, done, error);
        if (status == RS_OK)
            status = rs_file_write(to, path, bytes, here, done, error);
        done += here;
    }
    free(bytes);
    if (status == RS_OK && fsync(to) != 0)
        status = rs_fail(error, RS_IO, "%s: cannot sync: %s", path, strerror(errno));
    return status;
}

/* Copies the file to a new one beside `path`. */
static rs_status copy_beside(const rs_store *store, const char *path, char beside[RS_PATH_MAX],
                             rs_error *error)
{
    rs_status status;
    if ((status = rs_file_make_folders(path, error)) != RS_OK ||
        (status = rs_file_temporary_name(path, beside, error)) != RS_OK)
        return status;
    const mode_t mode = store->state.mode & 0777;
    int to = open(beside, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
    if (to < 0)
        return rs_fail(error, RS_CANNOT_CREATE, "%s: cannot create: %s", path, strerror(errno));
    status = copy_bytes(store, to, path, error);
    if (close(to) != 0 && status == RS_OK)
        status = rs_fail(error, RS_IO, "%s: cannot close: %s", path, strerror(errno));
    if (status != RS_OK)
        unlink(beside);
    return status;
}

/* The first free one of PATH.rescued, PATH.rescued.1, ... */
static rs_status publish_rescued(const char *beside, const char *path, char name[RS_PATH_MAX],
                                 rs_error *error)
{
    enum { NAMES = 1000 };
    rs_status status = RS_CANNOT_CREATE;
    for (int i = 0; status == RS_CANNOT_CREATE && i < NAMES; i++) {
        const int length = i == 0 ? snprintf(name, RS_PATH_MAX, "%s.rescued", path)
                                  : snprintf(name, RS_PATH_MAX, "%s.rescued.%d", path, i);
        if (length >= RS_PATH_MAX)
            return rs_fail(error, RS_CANNOT_CREATE, "%.64s...: the path is too long", path);
        status = rs_file_publish(beside, name, error);
        if (status != RS_OK && access(name, F_OK) != 0)
            break; /* the failure is not that the name is taken */
    }
    return status;
}

/* ---- The file is overwritten: a new one for the rows in memory ------------------------------- */

/* The same dataset's part of a row in another file. */
static const rs_piece *find_piece(const rs_row_format *format, const rs_dataset *like)
{
    for (size_t i = 0; i < format->piece_total; i++)
        if (strcmp(format->pieces[i].dataset->path, like->path) == 0)
            return &format->pieces[i];
    return NULL;
}

/* A number for a word in the new file. */
static int8_t convert_word(const rs_store *store, const rs_store *fresh, size_t column, int8_t code)
{
    const int ours = rs_words_find(&store->results->words[column], code);
    const rs_codes *codes = &fresh->results->codes;
    return ours < 0                   ? code
           : column == RS_DATA_STATUS ? (int8_t)codes->status[ours]
                                      : (int8_t)codes->stop_reason[ours];
}

/* Makes of a record the row of the new file, which may be of another layout. */
static void convert_record(const rs_store *store, const rs_store *fresh, const rs_record *record,
                           char *bytes)
{
    const rs_row_format *from = rs_store_format(store, record->row);
    const rs_row_format *to = rs_store_format(fresh, record->row);
    uint32_t run;
    rs_run_config config;
    rs_row_encode_pending(to, bytes);
    for (size_t i = 0; i < to->piece_total; i++) {
        const rs_piece *wanted = &to->pieces[i], *found = find_piece(from, wanted->dataset);
        if (found == NULL || found->size != wanted->size ||
            found->dataset->type != wanted->dataset->type)
            continue;
        memcpy(bytes + wanted->start, record->bytes + found->start, wanted->size);
        if (wanted->index == RS_DATA_STATUS || wanted->index == RS_DATA_STOP_REASON)
            bytes[wanted->start] =
                convert_word(store, fresh, wanted->index, record->bytes[found->start]);
    }
    store->runs.row(store->runs.context, record->row, &run, &config);
    if (store->runs.by_number)
        rs_row_encode_number(to, run, bytes);
    else
        rs_row_encode_known(to, &fresh->results->codes, run, &config, bytes);
    rs_row_seal(to, record->row, bytes);
}

static rs_status put_record(const rs_store *store, rs_store *fresh, const rs_record *record,
                            int8_t *code, rs_error *error)
{
    const rs_row_format *format = rs_store_format(fresh, record->row);
    char *bytes = NULL;
    rs_status status = rs_allocate((void **)&bytes, format->size, 1, error);
    if (status == RS_OK) {
        convert_record(store, fresh, record, bytes);
        *code = bytes[format->pieces[format->root[RS_DATA_STATUS]].start];
        status = rs_store_put_bytes(fresh, record->row, bytes, error);
    }
    free(bytes);
    return status;
}

static rs_status put_records(const rs_store *store, rs_store *fresh, const rs_record *records,
                             size_t count, rs_error *error)
{
    size_t *rows = NULL;
    int8_t *codes = NULL;
    rs_status status;
    if ((status = rs_allocate((void **)&rows, count, sizeof *rows, error)) != RS_OK ||
        (status = rs_allocate((void **)&codes, count, sizeof *codes, error)) != RS_OK)
        goto done;
    for (size_t i = 0; status == RS_OK && i < count; i++) {
        rows[i] = records[i].row;
        status = put_record(store, fresh, &records[i], &codes[i], error);
    }
    if (status == RS_OK)
        status = rs_store_commit_codes(fresh, count, rows, codes, error);
done:
    free(rows);
    free(codes);
    return status;
}

static rs_status create_rescued(const rs_store *store, const rs_store_runs *runs, const char *path,
                                char name[RS_PATH_MAX], rs_error *error)
{
    rs_status status = RS_CANNOT_CREATE;
    for (int i = 0; status == RS_CANNOT_CREATE && i < 100; i++) {
        if ((i == 0 ? snprintf(name, RS_PATH_MAX, "%s.rescued", path)
                    : snprintf(name, RS_PATH_MAX, "%s.rescued.%d", path, i)) >= RS_PATH_MAX)
            return rs_fail(error, RS_CANNOT_CREATE, "%.64s...: the path is too long", path);
        status = rs_store_create(name, runs, store->attributes, store->attribute_count, error);
        if (status != RS_OK && access(name, F_OK) != 0)
            break;
    }
    return status;
}

static rs_status write_records(const rs_store *store, const rs_record *records, size_t count,
                               const char *path, char name[RS_PATH_MAX], rs_error *error)
{
    /* With all datasets of the file, also those that no run asks for. */
    const rs_layout *const models[] = {store->layout};
    rs_store_runs runs = store->runs;
    rs_store *fresh = NULL;
    rs_status status;
    runs.models = models;
    runs.model_total = 1;
    if ((status = create_rescued(store, &runs, path, name, error)) != RS_OK ||
        (status = rs_store_open(&fresh, name, &runs, error)) != RS_OK)
        return status;
    status = put_records(store, fresh, records, count, error);
    if (status == RS_OK)
        status = rs_store_sync(fresh, error);
    rs_store_free(fresh);
    return status;
}

/* ---- Together -------------------------------------------------------------------------------- */

static size_t count_finished(const rs_store *store)
{
    size_t finished = 0;
    for (size_t row = 0; row < store->layout->runs; row++)
        finished += store->outcomes[row] != RS_RUN_PENDING;
    return finished;
}

/* Where rescued rows are saved, in this order: beside the path, whose folder is made again if it is
 * gone; the current folder; the folder for temporary files. */
enum { PLACES = 3 };
static bool place(const rs_store *store, int which, char path[RS_PATH_MAX])
{
    const char *slash = strrchr(store->path, '/'), *name = slash != NULL ? slash + 1 : store->path;
    static const char *const folders[PLACES] = {NULL, ".", "/tmp"};
    return (which == 0 ? snprintf(path, RS_PATH_MAX, "%s", store->path)
                       : snprintf(path, RS_PATH_MAX, "%s/%s", folders[which], name)) < RS_PATH_MAX;
}

static rs_status rescue_file(const rs_store *store, char name[RS_PATH_MAX], rs_error *error)
{
    char beside[RS_PATH_MAX], path[RS_PATH_MAX];
    rs_status status = RS_IO;
    for (int which = 0; status != RS_OK && which < PLACES; which++) {
        if (!place(store, which, path) ||
            (status = copy_beside(store, path, beside, error)) != RS_OK)
            continue;
        if ((status = publish_rescued(beside, path, name, error)) != RS_OK)
            unlink(beside);
    }
    return status;
}

static rs_status rescue_records(const rs_store *store, const rs_record *records, size_t count,
                                char name[RS_PATH_MAX], rs_error *error)
{
    char path[RS_PATH_MAX];
    rs_status status = RS_IO;
    for (int which = 0; status != RS_OK && which < PLACES; which++)
        if (place(store, which, path))
            status = write_records(store, records, count, path, name, error);
    return status;
}

static rs_status rescue_from_overwritten(rs_store *store, const rs_error *what, rs_error *error)
{
    char name[RS_PATH_MAX];
    rs_record *records = NULL;
    rs_error failure;
    const size_t finished = count_finished(store);
    const size_t count = rs_batch_take_records(store->batch, &records);
    rs_status status = count == 0 ? RS_OK : rescue_records(store, records, count, name, &failure);
    rs_batch_free_records(records, count);
    if (count == 0)
        return rs_fail(error, RS_IO,
                       "%.1000s. Up to then %zu runs were finished in it; those that the file does "
                       "not hold any more are lost. Run the sweep again with another -o FILE",
                       what->text, finished);
    if (status != RS_OK)
        return rs_fail(error, RS_IO,
                       "%.800s. %zu runs in memory could not be saved elsewhere: %.800s",
                       what->text, count, failure.text);
    return rs_fail(
        error, RS_IO,
        "%.1000s. The %zu runs that were still in memory are saved in %s. To add them to "
        "a file of the sweep: rnnsweep run SWEEP -o FILE --from %s",
        what->text, count, name, name);
}

rs_status rs_rescue_rows(rs_store *store, rs_error *error)
{
    rs_error what = {0}, failure;
    char name[RS_PATH_MAX];
    if (rs_watch_rows(store, &what) != RS_OK)
        return rescue_from_overwritten(store, &what, error);
    rs_watch_name(store, &what);
    const size_t finished = count_finished(store);
    if (!find_name(store, name) && rescue_file(store, name, &failure) != RS_OK)
        return rs_fail(error, RS_IO, "%.800s. Its %zu finished runs could not be saved: %.800s",
                       what.text, finished, failure.text);
    return rs_fail(error, RS_IO,
                   "%.1000s. All its %zu finished runs are in %s. To add them to a file of the "
                   "sweep: rnnsweep run SWEEP -o FILE --from %s",
                   what.text, finished, name, name);
}
