#include "check.h"

#include <stdio.h>
#include <stdlib.h>

#include "memory.h"
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

static rs_status check_sum(const rs_results *results, const rs_entry *entry, void *block,
                           const reporter *to, rs_error *error)
{
    uint32_t wanted, sum = 0;
    char what[WHAT];
    if (!rs_catalogue_sum(results->catalogue, entry, &wanted) ||
        rs_entry_row_bytes(entry) > BLOCK_BYTES)
        return RS_OK;
    rs_status status = sum_up(results, entry, block, &sum, error);
    if (status == RS_BAD_DATA || (status == RS_OK && sum != wanted)) {
        snprintf(what, sizeof what, "%.300s is not what was written",
                 rs_catalogue_path(results->catalogue, entry));
        to->found(to->context, what);
        status = RS_OK;
    }
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
    free(block);
    return status;
}
