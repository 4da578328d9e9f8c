#include "rows.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "file_io.h"
#include "memory.h"

/* A chunk of a dataset, decompressed. */
typedef struct shown_chunk {
    void *bytes; /* NULL: none yet */
    uint64_t number;
    bool intact; /* do not try again if not */
} shown_chunk;

struct rs_rows {
    int file;
    const char *path;
    const rs_catalogue *catalogue;
    rs_chunk_coder *coder;
    shown_chunk *shown; /* [entries of the catalogue] */
    void *packed;
    size_t packed_room;
};

rs_status rs_rows_create(rs_rows **rows, int file, const char *path, const rs_catalogue *catalogue,
                         rs_error *error)
{
    rs_rows *fresh = NULL;
    rs_status status = rs_allocate((void **)&fresh, 1, sizeof *fresh, error);
    if (status != RS_OK)
        return status;
    fresh->file = file;
    fresh->path = path;
    fresh->catalogue = catalogue;
    if ((status = rs_chunk_coder_create(&fresh->coder, error)) != RS_OK ||
        (status = rs_allocate((void **)&fresh->shown, rs_catalogue_count(catalogue),
                              sizeof *fresh->shown, error)) != RS_OK) {
        rs_rows_free(fresh);
        return status;
    }
    *rows = fresh;
    return RS_OK;
}

void rs_rows_free(rs_rows *rows)
{
    if (rows == NULL)
        return;
    for (size_t i = 0; rows->shown != NULL && i < rs_catalogue_count(rows->catalogue); i++)
        free(rows->shown[i].bytes);
    free(rows->shown);
    free(rows->packed);
    rs_chunk_coder_free(rows->coder);
    free(rows);
}

static rs_status damaged_chunk(const rs_rows *rows, const rs_entry *entry, uint64_t number,
                               rs_error *error)
{
    const uint64_t first = number * entry->chunk_rows, after = first + entry->chunk_rows;
    return rs_fail(error, RS_BAD_DATA,
                   "%s: is damaged: rows %" PRIu64 " to %" PRIu64
                   " of %s cannot be decompressed. `rnnsweep merge NEW FILE` saves the others",
                   rows->path, first, (after < entry->extents[0] ? after : entry->extents[0]) - 1,
                   rs_catalogue_path(rows->catalogue, entry));
}

static rs_status load_chunk(rs_rows *rows, const rs_entry *entry, uint64_t number,
                            shown_chunk *shown, rs_error *error)
{
    const rs_chunk *chunk = &rs_catalogue_chunks(rows->catalogue, entry)[number];
    const size_t size = (size_t)(entry->chunk_rows * rs_entry_row_bytes(entry));
    rs_status status;
    if (shown->bytes == NULL && (status = rs_allocate(&shown->bytes, size, 1, error)) != RS_OK)
        return status;
    shown->number = UINT64_MAX;
    if ((status = rs_grow(&rows->packed, &rows->packed_room, chunk->size, 1, error)) != RS_OK ||
        (status = rs_file_read(rows->file, rows->path, rows->packed, chunk->size, chunk->offset,
                               error)) != RS_OK ||
        (status = rs_chunk_unpack(rows->coder, (rs_type)entry->type, rows->packed, chunk->size,
                                  shown->bytes, size, &shown->intact, error)) != RS_OK)
        return status;
    shown->number = number;
    return RS_OK;
}

static rs_status show_chunk(rs_rows *rows, const rs_entry *entry, uint64_t number,
                            const char **bytes, rs_error *error)
{
    shown_chunk *shown = &rows->shown[rs_catalogue_index(rows->catalogue, entry)];
    rs_status status = RS_OK;
    if (shown->bytes == NULL || shown->number != number)
        status = load_chunk(rows, entry, number, shown, error);
    if (status == RS_OK && !shown->intact)
        status = damaged_chunk(rows, entry, number, error);
    *bytes = shown->bytes;
    return status;
}

rs_status rs_rows_read(rs_rows *rows, const rs_entry *entry, uint64_t first, uint64_t count,
                       void *bytes, rs_error *error)
{
    const uint64_t size = rs_entry_row_bytes(entry);
    if (entry->chunk_rows == 0)
        return rs_file_read(rows->file, rows->path, bytes, count * size,
                            entry->offset + first * size, error);
    for (uint64_t done = 0; done < count;) {
        const char *chunk;
        const uint64_t start = (first + done) % entry->chunk_rows, left = count - done;
        const uint64_t room = entry->chunk_rows - start, here = left < room ? left : room;
        rs_status status =
            show_chunk(rows, entry, (first + done) / entry->chunk_rows, &chunk, error);
        if (status != RS_OK)
            return status;
        memcpy((char *)bytes + done * size, chunk + start * size, here * size);
        done += here;
    }
    return RS_OK;
}
