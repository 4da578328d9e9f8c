#include "batch.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "file_io.h"
#include "memory.h"

enum { BATCH_BYTES = 4 << 20 };

struct rs_batch {
    int file;
    const rs_layout *layout;
    const rs_row_format *formats;

    pthread_mutex_t adding; /* guards records, count, room, bytes */
    rs_record *records;
    size_t count, room, bytes;

    /* Held while rows are taken out and written: whoever gets it knows that all rows taken out
     * before are written. Guards `out` and `failure`. Taken before `adding`. */
    pthread_mutex_t writing;
    rs_gather *out;
    rs_error failure;
    rs_batch_guard *guard;
    const void *guarded;
    rs_batch_preparation *preparation;
    const void *prepared;

    /* The thread that writes full batches, if there is one. */
    bool has_writer, handed_over, ending; /* guarded by `adding` */
    pthread_t writer;
    pthread_cond_t changed; /* `handed_over` or `ending` */
};

rs_status rs_batch_create(rs_batch **batch, int file, const char *path, const rs_layout *layout,
                          const rs_row_format *formats, rs_error *error)
{
    rs_batch *fresh = NULL;
    rs_status status = rs_allocate((void **)&fresh, 1, sizeof *fresh, error);
    if (status != RS_OK)
        return status;
    status = rs_gather_create(&fresh->out, file, path, error);
    if (status != RS_OK) {
        free(fresh);
        return status;
    }
    fresh->file = file;
    fresh->layout = layout;
    fresh->formats = formats;
    pthread_mutex_init(&fresh->adding, NULL);
    pthread_mutex_init(&fresh->writing, NULL);
    pthread_cond_init(&fresh->changed, NULL);
    *batch = fresh;
    return RS_OK;
}

void rs_batch_set_guard(rs_batch *batch, rs_batch_guard *guard, const void *context)
{
    batch->guard = guard;
    batch->guarded = context;
}

void rs_batch_set_preparation(rs_batch *batch, rs_batch_preparation *preparation,
                              const void *context)
{
    batch->preparation = preparation;
    batch->prepared = context;
}

void rs_batch_free_records(rs_record *records, size_t count)
{
    for (size_t i = 0; i < count; i++)
        free(records[i].bytes);
    free(records);
}

void rs_batch_free(rs_batch *batch)
{
    if (batch == NULL)
        return;
    rs_batch_stop_writer(batch);
    rs_batch_free_records(batch->records, batch->count);
    pthread_cond_destroy(&batch->changed);
    pthread_mutex_destroy(&batch->adding);
    pthread_mutex_destroy(&batch->writing);
    rs_gather_free(batch->out);
    free(batch);
}

typedef int compare_records(const void *a, const void *b, void *layout);

static int compare_rows(const void *a, const void *b, void *layout)
{
    (void)layout;
    const rs_record *first = a, *second = b;
    if (first->row != second->row)
        return first->row < second->row ? -1 : 1;
    return (first->order > second->order) - (first->order < second->order);
}

static int compare_places(const void *a, const void *b, void *layout)
{
    const rs_place *places = ((const rs_layout *)layout)->places;
    const uint32_t first = places[((const rs_record *)a)->row].group;
    const uint32_t second = places[((const rs_record *)b)->row].group;
    /* The rows of a group are in the order of the runs. */
    return first != second ? first < second ? -1 : 1 : compare_rows(a, b, layout);
}

/* Merged rows come in order, and with a single group there is only one order. */
static void sort_records(rs_record *records, size_t count, compare_records *compare,
                         const rs_layout *layout)
{
    size_t sorted = 1;
    while (sorted < count && compare(&records[sorted - 1], &records[sorted], (void *)layout) <= 0)
        sorted++;
    if (sorted < count)
        qsort_r(records, count, sizeof *records, compare, (void *)layout);
}

/* Whether the piece of a record stands in the file, and in its row, where that of the record before
 * it lets one expect it. */
static bool follows(const rs_batch *batch, const rs_record *before, const rs_record *record,
                    size_t piece)
{
    const rs_place *first = &batch->layout->places[before->row];
    const rs_place *second = &batch->layout->places[record->row];
    const rs_piece *part = &batch->formats[first->group].pieces[piece];
    if (first->group == second->group)
        return part->dataset->of_group ? second->row == first->row + 1
                                       : record->row == before->row + 1;
    return !part->dataset->of_group && record->row == before->row + 1 &&
           batch->formats[second->group].pieces[piece].start == part->start;
}

/* Copies `size` bytes from `start` on of each record. */
static void copy_pieces(char *to, const rs_record *records, size_t count, size_t start, size_t size)
{
    if (size == 8)
        for (size_t i = 0; i < count; i++)
            memcpy(to + i * 8, records[i].bytes + start, 8);
    else if (size == 4)
        for (size_t i = 0; i < count; i++)
            memcpy(to + i * 4, records[i].bytes + start, 4);
    else
        for (size_t i = 0; i < count; i++)
            memcpy(to + i * size, records[i].bytes + start, size);
}

/* Writes a piece of the first record and of those that follow it; *written: of how many. */
static rs_status write_stretch(rs_batch *batch, const rs_record *records, size_t count,
                               size_t piece, size_t *written, rs_error *error)
{
    const rs_layout *layout = batch->layout;
    const rs_row_format *format = &batch->formats[layout->places[records->row].group];
    *written = 1;
    if (piece >= format->piece_total || !format->pieces[piece].put)
        return RS_OK;
    const size_t size = format->pieces[piece].size, start = format->pieces[piece].start;
    const uint64_t offset = rs_row_offset(layout, format, records->row, piece);
    if (size == 0 || size > RS_GATHER_BYTES)
        return rs_gather_write(batch->out, records->bytes + start, size, offset, error);
    while (*written < count && (*written + 1) * size <= RS_GATHER_BYTES &&
           follows(batch, &records[*written - 1], &records[*written], piece))
        ++*written;
    char *room = rs_gather_room(batch->out, *written * size, offset, error);
    if (room == NULL)
        return error->status;
    copy_pieces(room, records, *written, start, size);
    return RS_OK;
}

static rs_status write_piece(rs_batch *batch, const rs_record *records, size_t count, size_t piece,
                             rs_error *error)
{
    rs_status status = RS_OK;
    for (size_t i = 0, written; status == RS_OK && i < count; i += written)
        status = write_stretch(batch, records + i, count - i, piece, &written, error);
    return status;
}

/* Piece by piece, rows in rising order, so that neighbours in the file follow each other; for the
 * datasets of groups, one group after the other. */
static rs_status write_records(rs_batch *batch, rs_record *records, size_t count, rs_error *error)
{
    const rs_layout *layout = batch->layout;
    rs_status status = RS_OK;
    size_t total = 0;
    for (size_t i = 0; i < layout->group_total; i++)
        if (batch->formats[i].piece_total > total)
            total = batch->formats[i].piece_total;
    const size_t roots = layout->group_total > 0 ? batch->formats[0].root_total : 0;
    sort_records(records, count, compare_rows, layout);
    for (size_t piece = 0; status == RS_OK && piece < total; piece++) {
        if (piece == roots)
            sort_records(records, count, compare_places, layout);
        status = write_piece(batch, records, count, piece, error);
    }
    return status == RS_OK ? rs_gather_flush(batch->out, error) : status;
}

size_t rs_batch_take_records(rs_batch *batch, rs_record **records)
{
    pthread_mutex_lock(&batch->adding);
    const size_t count = batch->count;
    *records = batch->records;
    batch->records = NULL;
    batch->count = batch->room = batch->bytes = 0;
    pthread_mutex_unlock(&batch->adding);
    return count;
}

/* The caller holds `writing`. */
static rs_status write_gathered(rs_batch *batch, rs_error *error)
{
    rs_record *records;
    if (batch->failure.status == RS_OK && batch->guard != NULL)
        batch->guard(batch->guarded, &batch->failure);
    if (batch->failure.status == RS_OK) {
        const size_t count = rs_batch_take_records(batch, &records);
        if (batch->preparation != NULL)
            batch->preparation(batch->prepared, records, count, &batch->failure);
        if (batch->failure.status == RS_OK)
            write_records(batch, records, count, &batch->failure);
        rs_batch_free_records(records, count);
    }
    if (batch->failure.status == RS_OK) {
        rs_file_start_writing(batch->file);
        return RS_OK;
    }
    return rs_fail(error, batch->failure.status, "%s", batch->failure.text);
}

static void *write_full_batches(void *argument)
{
    rs_batch *batch = argument;
    pthread_mutex_lock(&batch->adding);
    while (!batch->ending) {
        if (!batch->handed_over) {
            pthread_cond_wait(&batch->changed, &batch->adding);
            continue;
        }
        pthread_mutex_unlock(&batch->adding);
        rs_batch_flush(batch, NULL); /* failures are permanent */
        pthread_mutex_lock(&batch->adding);
        batch->handed_over = false;
        pthread_cond_broadcast(&batch->changed);
    }
    pthread_mutex_unlock(&batch->adding);
    return NULL;
}

rs_status rs_batch_start_writer(rs_batch *batch, rs_error *error)
{
    if (batch->has_writer)
        return RS_OK;
    if (pthread_create(&batch->writer, NULL, write_full_batches, batch) != 0)
        return rs_fail(error, RS_NO_MEMORY, "the system gives no thread to write with");
    batch->has_writer = true;
    return RS_OK;
}

void rs_batch_stop_writer(rs_batch *batch)
{
    if (!batch->has_writer)
        return;
    pthread_mutex_lock(&batch->adding);
    batch->ending = true;
    pthread_cond_broadcast(&batch->changed);
    pthread_mutex_unlock(&batch->adding);
    pthread_join(batch->writer, NULL);
    batch->has_writer = batch->ending = batch->handed_over = false;
}

/* Waits while the previous batch is still being written. */
static void wake_writer(rs_batch *batch)
{
    pthread_mutex_lock(&batch->adding);
    while (batch->handed_over)
        pthread_cond_wait(&batch->changed, &batch->adding);
    batch->handed_over = true;
    batch->bytes = 0; /* of the next one */
    pthread_cond_broadcast(&batch->changed);
    pthread_mutex_unlock(&batch->adding);
}

static bool is_full(rs_batch *batch)
{
    pthread_mutex_lock(&batch->adding);
    bool full = batch->bytes >= BATCH_BYTES;
    pthread_mutex_unlock(&batch->adding);
    return full;
}

rs_status rs_batch_add(rs_batch *batch, rs_record record, rs_error *error)
{
    pthread_mutex_lock(&batch->adding);
    rs_status status = rs_grow((void **)&batch->records, &batch->room, batch->count + 1,
                               sizeof *batch->records, error);
    if (status == RS_OK) {
        record.order = batch->count;
        batch->records[batch->count++] = record;
        batch->bytes += record.size;
    }
    bool full = batch->bytes >= BATCH_BYTES;
    pthread_mutex_unlock(&batch->adding);
    if (status != RS_OK)
        free(record.bytes);
    if (status != RS_OK || !full)
        return status;
    if (batch->has_writer) {
        wake_writer(batch);
        return RS_OK;
    }
    pthread_mutex_lock(&batch->writing);
    if (is_full(batch)) /* no other thread has written it */
        status = write_gathered(batch, error);
    pthread_mutex_unlock(&batch->writing);
    return status;
}

rs_status rs_batch_flush(rs_batch *batch, rs_error *error)
{
    rs_status status = rs_batch_hold(batch, error);
    rs_batch_release(batch);
    return status;
}

rs_status rs_batch_hold(rs_batch *batch, rs_error *error)
{
    pthread_mutex_lock(&batch->writing);
    return write_gathered(batch, error);
}

void rs_batch_release(rs_batch *batch)
{
    pthread_mutex_unlock(&batch->writing);
}
