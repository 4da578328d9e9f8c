#include "replace.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "memory.h"
#include "rungs.h"
#include "store_file.h"

/* A row as it was written last: its rungs, and the file's number for how the run ended. */
typedef struct written_state {
    int32_t reached;
    int8_t code;
} written_state;

struct rs_replacing {
    written_state *written; /* [runs] */
    atomic_bool *withdrawn; /* [runs] */
    int32_t *reached;       /* [runs], of the rows that are committed */
};

rs_status rs_replacing_create(rs_replacing **replacing, const rs_store *store,
                              const int32_t *reached, rs_error *error)
{
    const size_t runs = store->layout->runs;
    rs_replacing *fresh = NULL;
    rs_status status;
    if ((status = rs_allocate((void **)&fresh, 1, sizeof *fresh, error)) != RS_OK)
        return status;
    if ((status = rs_allocate((void **)&fresh->written, runs, sizeof *fresh->written, error)) !=
            RS_OK ||
        (status = rs_allocate((void **)&fresh->withdrawn, runs, sizeof *fresh->withdrawn, error)) !=
            RS_OK ||
        (status = rs_allocate((void **)&fresh->reached, runs, sizeof *fresh->reached, error)) !=
            RS_OK) {
        rs_replacing_free(fresh);
        return status;
    }
    memcpy(fresh->reached, reached, runs * sizeof *reached);
    *replacing = fresh;
    return RS_OK;
}

void rs_replacing_free(rs_replacing *replacing)
{
    if (replacing == NULL)
        return;
    free(replacing->written);
    free(replacing->withdrawn);
    free(replacing->reached);
    free(replacing);
}

bool rs_replacing_is_written(const rs_replacing *replacing, size_t row, int8_t code)
{
    return replacing->written[row].code == code;
}

void rs_replacing_commit(rs_replacing *replacing, size_t row)
{
    replacing->reached[row] = replacing->written[row].reached;
    atomic_store(&replacing->withdrawn[row], false);
}

bool rs_replacing_is_withdrawn(const rs_replacing *replacing, size_t row)
{
    return atomic_load(&replacing->withdrawn[row]);
}

int32_t rs_replacing_reached(const rs_replacing *replacing, size_t row)
{
    return replacing->reached[row];
}

/* ---- Before rows are written ----------------------------------------------------------------- */

/* Some of the column /status, as the file has it: what another process has finished counts, too. */
enum { BLOCK = 1 << 14 };
typedef struct status_block {
    size_t first, count;
    int8_t codes[BLOCK];
} status_block;

static rs_status counts_in_file(const rs_store *store, status_block *block, size_t row,
                                bool *counts, rs_error *error)
{
    const rs_dataset *column = &store->layout->datasets[RS_DATA_STATUS];
    rs_status status = RS_OK;
    if (row < block->first || row - block->first >= block->count) {
        const size_t left = store->layout->runs - row;
        block->first = row;
        block->count = left < BLOCK ? left : BLOCK;
        status = rs_file_read(store->file, store->path, block->codes, block->count,
                              column->offset + row, error);
    }
    *counts = status == RS_OK && block->codes[row - block->first] !=
                                     (int8_t)store->results->codes.status[RS_RUN_PENDING];
    return status;
}

/* The status of these rows becomes pending. */
static rs_status withdraw(const rs_store *store, const size_t *rows, size_t count, rs_error *error)
{
    const uint64_t column = store->layout->datasets[RS_DATA_STATUS].offset;
    const int8_t pending = (int8_t)store->results->codes.status[RS_RUN_PENDING];
    rs_gather *out = NULL;
    rs_status status = rs_gather_create(&out, store->file, store->path, error);
    for (size_t i = 0; status == RS_OK && i < count; i++) {
        atomic_store(&store->replacing->withdrawn[rows[i]], true);
        status = rs_gather_write(out, &pending, 1, column + rows[i], error);
    }
    if (status == RS_OK)
        status = rs_gather_flush(out, error);
    rs_gather_free(out);
    if (status == RS_OK && fdatasync(store->file) != 0)
        status = rs_fail(error, RS_IO, "%s: cannot sync: %s", store->path, strerror(errno));
    return status;
}

static void note_written(const rs_store *store, const rs_record *record)
{
    const rs_row_format *format = rs_store_format(store, record->row);
    const rs_piece *status = &format->pieces[format->root[RS_DATA_STATUS]];
    store->replacing->written[record->row] =
        (written_state){.reached = rs_row_rungs_reached(format, record->bytes),
                        .code = (int8_t)record->bytes[status->start]};
}

rs_status rs_replacing_prepare(const void *context, const rs_record *records, size_t count,
                               rs_error *error)
{
    const rs_store *store = context;
    status_block *block = NULL;
    size_t *rows = NULL, total = 0;
    rs_status status = rs_allocate((void **)&block, 1, sizeof *block, error);
    if (status == RS_OK)
        status = rs_allocate((void **)&rows, count, sizeof *rows, error);
    for (size_t i = 0; status == RS_OK && i < count; i++) {
        bool counts;
        status = counts_in_file(store, block, records[i].row, &counts, error);
        if (counts)
            rows[total++] = records[i].row;
        note_written(store, &records[i]);
    }
    if (status == RS_OK && total > 0)
        status = withdraw(store, rows, total, error);
    free(block);
    free(rows);
    return status;
}
