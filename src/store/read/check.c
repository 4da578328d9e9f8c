#include "check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "memory.h"
#include "reader.h"
#include "results_file.h"

enum { WHAT = 1024, BLOCK_BYTES = 1 << 18 };

typedef struct reporter {
    rs_check_found *found;
    void *context;
} reporter;

static void report_attribute(void *context, const char *path, const char *name)
{
    const reporter *to = context;
    char what[WHAT];
    snprintf(what, sizeof what, "attribute %.200s of %.300s is not what was written", name, path);
    to->found(to->context, what);
}

static void report_directory(const rs_results *results, const reporter *to)
{
    char what[WHAT];
    switch (rs_catalogue_directory(results->catalogue)) {
    case RS_DIRECTORY_ABSENT:
        if (results->layout->version > RS_LAYOUT_FIRST)
            to->found(to->context, RS_DIRECTORY_PATH " is missing");
        break;
    case RS_DIRECTORY_INTACT:
        break;
    case RS_DIRECTORY_DAMAGED:
        to->found(to->context, RS_DIRECTORY_PATH " is damaged");
        break;
    case RS_DIRECTORY_STALE:
        to->found(to->context, "another program has moved or removed datasets");
        break;
    case RS_DIRECTORY_ALONE:
        snprintf(what, sizeof what,
                 "HDF5 cannot read it, but " RS_DIRECTORY_PATH " is intact: %.700s",
                 rs_catalogue_trouble(results->catalogue));
        to->found(to->context, what);
        break;
    }
}

static rs_status sum_up(const rs_results *results, const rs_entry *entry, void *block,
                        uint32_t *sum, rs_error *error)
{
    const uint64_t row_bytes = rs_entry_row_bytes(entry), total = entry->extents[0];
    const uint64_t at_once = row_bytes > 0 && row_bytes < BLOCK_BYTES ? BLOCK_BYTES / row_bytes : 1;
    rs_status status = RS_OK;
    *sum = 0;
    for (uint64_t row = 0; status == RS_OK && row < total; row += at_once) {
        const uint64_t count = total - row < at_once ? total - row : at_once;
        status = rs_rows_read(results->rows, entry, row, count, block, error);
        if (status == RS_OK)
            *sum = rs_checksum(*sum, block, count * row_bytes);
    }
    return status;
}

/* The same of a column that was read when the file was opened. */
static uint32_t sum_up_constant(const rs_results *results, size_t column, void *block)
{
    const size_t size = rs_type_size(results->types[column]), at_once = BLOCK_BYTES / size;
    uint32_t sum = 0;
    for (size_t i = 0; i < at_once && i < results->runs; i++)
        memcpy((char *)block + i * size, results->columns[column], size);
    for (size_t row = 0; row < results->runs; row += at_once) {
        const size_t left = results->runs - row;
        sum = rs_checksum(sum, block, (left < at_once ? left : at_once) * size);
    }
    return sum;
}

/* SIZE_MAX when it is none that was found constant. */
static size_t find_constant(const rs_results *results, const rs_entry *entry)
{
    for (size_t column = RS_DATA_PARAMETERS; column <= RS_DATA_SEED; column++)
        if (results->entries[column] == entry && rs_results_is_constant(results, column))
            return column;
    return SIZE_MAX;
}

static rs_status check_sum(const rs_results *results, const rs_entry *entry, void *block,
                           const reporter *to, rs_error *error)
{
    uint32_t wanted, sum = 0;
    char what[WHAT];
    if (!rs_catalogue_sum(results->catalogue, entry, &wanted) ||
        rs_entry_row_bytes(entry) > BLOCK_BYTES)
        return RS_OK;
    rs_status status = RS_OK;
    const size_t constant = find_constant(results, entry);
    if (constant != SIZE_MAX)
        sum = sum_up_constant(results, constant, block);
    else
        status = sum_up(results, entry, block, &sum, error);
    if (status == RS_BAD_DATA || (status == RS_OK && sum != wanted)) {
        snprintf(what, sizeof what, "%.300s is not what was written",
                 rs_catalogue_path(results->catalogue, entry));
        to->found(to->context, what);
        status = RS_OK;
    }
    return status;
}

static rs_status check_structure(const rs_results *results, const reporter *to, rs_error *error)
{
    bool intact;
    rs_status status = rs_catalogue_check_structure(results->catalogue, results->file,
                                                    results->path, &intact, error);
    if (status == RS_OK && !intact)
        to->found(to->context,
                  "HDF5's own structure or a text of it is not what was written, by damage or "
                  "another program");
    return status;
}

rs_status rs_check_file(const rs_results *results, rs_check_found *found, void *context,
                        rs_error *error)
{
    const reporter to = {found, context};
    void *block = NULL;
    rs_status status = rs_allocate(&block, BLOCK_BYTES, 1, error);
    if (status != RS_OK)
        return status;
    report_directory(results, &to);
    rs_catalogue_compare(results->catalogue, report_attribute, (void *)&to);
    for (size_t i = 0; status == RS_OK && i < rs_catalogue_count(results->catalogue); i++)
        status = check_sum(results, rs_catalogue_entry(results->catalogue, i), block, &to, error);
    if (status == RS_OK)
        status = check_structure(results, &to, error);
    free(block);
    return status;
}

/* ---- Rows ------------------------------------------------------------------------------------ */

static void mark_damaged(rs_results *results, size_t row)
{
    int8_t *outcomes = results->columns[RS_DATA_STATUS];
    if (!rs_results_is_replaced(results, row))
        results->marks[row] |= RS_ROW_DAMAGED | RS_ROW_FINISHED;
    outcomes[row] = RS_RUN_PENDING;
}

static bool is_to_be_checked(const rs_results *results, size_t row)
{
    return ((const int8_t *)results->columns[RS_DATA_STATUS])[row] != RS_RUN_PENDING;
}

/* Rows that are read together, and of these that are put together; a divisor. */
enum { HEAD_ROWS = 1024, HEAD_BLOCK = 32 };

/* The heads of some rows: arranged by dataset, then by row. */
typedef struct heads {
    const rs_row_format *format; /* the same in all groups */
    size_t first, count;         /* pieces */
    char *columns;               /* [HEAD_ROWS * head_size] */
    char *rows;                  /* [HEAD_BLOCK * head_size] */
    int32_t sums[HEAD_ROWS];
} heads;

/* The pieces of a head are adjacent. */
static void find_heads(heads *all, const rs_row_format *format)
{
    size_t piece = 0;
    all->format = format;
    while (format->pieces[piece].start < format->covered || format->pieces[piece].size == 0)
        piece++;
    all->first = piece;
    while (piece < format->root_total && format->pieces[piece].dataset->rank == 1)
        piece++;
    all->count = piece - all->first;
}

static rs_status read_heads(const rs_results *results, heads *all, size_t row, size_t count,
                            rs_error *error)
{
    rs_status status = rs_results_read_rows(results, results->entries[RS_DATA_CRC32C_HEAD], row,
                                            count, all->sums, NULL, NULL, error);
    for (size_t i = all->first; status == RS_OK && i < all->first + all->count; i++) {
        const rs_piece *piece = &all->format->pieces[i];
        status = rs_results_read_rows(
            results, results->entries[piece->index], row, count,
            all->columns + (piece->start - all->format->covered) * HEAD_ROWS, NULL, NULL, error);
    }
    return status;
}

/* Puts the heads of `count` rows, at most HEAD_BLOCK, together as the checksum takes them. */
static void put_together(const heads *all, size_t first, size_t count)
{
    const size_t stride = all->format->head_size;
    for (size_t i = all->first; i < all->first + all->count; i++) {
        const rs_piece *piece = &all->format->pieces[i];
        const size_t at = piece->start - all->format->covered;
        rs_row_spread(all->rows + at, stride, all->columns + at * HEAD_ROWS + first * piece->size,
                      piece->size, count);
    }
}

/* `row`: the first of HEAD_ROWS that were read; `index`: one of them, of which the block begins at
 * `first`. */
static bool head_is_intact(const heads *all, size_t row, size_t first, size_t index)
{
    const uint64_t place = row + index;
    const size_t size = all->format->head_size;
    const uint32_t sum = rs_checksum(0, all->rows + (index - first) * size, size);
    return rs_checksum(sum, &place, sizeof place) == (uint32_t)all->sums[index];
}

static void check_heads(rs_results *results, const heads *all, size_t row, size_t count)
{
    for (size_t first = 0; first < count; first += HEAD_BLOCK) {
        const size_t end = count - first < HEAD_BLOCK ? count : first + HEAD_BLOCK;
        put_together(all, first, end - first);
        for (size_t i = first; i < end; i++)
            if (is_to_be_checked(results, row + i) && !head_is_intact(all, row, first, i))
                mark_damaged(results, row + i);
    }
}

rs_status rs_check_heads(rs_results *results, bool *checked, rs_error *error)
{
    heads *all = NULL;
    *checked = results->layout->version > RS_LAYOUT_FIRST && results->layout->group_total > 0;
    if (!*checked)
        return RS_OK;
    rs_status status = rs_allocate((void **)&all, 1, sizeof *all, error);
    if (status != RS_OK)
        return status;
    find_heads(all, &results->formats[0]);
    if ((status = rs_allocate((void **)&all->columns, HEAD_ROWS, all->format->head_size, error)) ==
        RS_OK)
        status = rs_allocate((void **)&all->rows, HEAD_BLOCK, all->format->head_size, error);
    for (size_t row = 0; status == RS_OK && row < results->runs; row += HEAD_ROWS) {
        const size_t left = results->runs - row, count = left < HEAD_ROWS ? left : HEAD_ROWS;
        status = read_heads(results, all, row, count, error);
        if (status == RS_OK)
            check_heads(results, all, row, count);
    }
    free(all->rows);
    free(all->columns);
    free(all);
    return status;
}

rs_status rs_check_rows(rs_results *results, rs_error *error)
{
    rs_reader *reader = NULL;
    rs_status status = rs_reader_create(&reader, results, 1, error);
    for (size_t row = 0; status == RS_OK && row < results->runs; row++) {
        const void *bytes;
        bool intact = true;
        if (is_to_be_checked(results, row))
            status = rs_reader_read_bytes(reader, row, &bytes, &intact, error);
        if (status == RS_OK && !intact)
            mark_damaged(results, row);
    }
    rs_reader_free(reader);
    return status;
}
