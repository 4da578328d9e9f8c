#include "watch.h"

#include <stdlib.h>
#include <string.h>

#include "file_io.h"
#include "memory.h"
#include "structure.h"

/* Bytes that are compared at each commit, at most: a file's first ones that belong to no dataset.
 */
enum { FIXED_BYTES_MAX = 1 << 18 };

static rs_status sum_fixed(const rs_store *store, uint64_t size, uint32_t *sum, rs_error *error)
{
    const rs_layout *layout = store->layout;
    rs_stretch *taken = NULL;
    rs_status status = rs_allocate((void **)&taken, layout->dataset_total, sizeof *taken, error);
    for (size_t i = 0; status == RS_OK && i < layout->dataset_total; i++) {
        const rs_dataset *dataset = &layout->datasets[i];
        taken[i] = (rs_stretch){dataset->offset, dataset->offset + rs_dataset_bytes(dataset)};
    }
    if (status == RS_OK)
        status = rs_structure_sum(store->file, store->path, size, taken, layout->dataset_total,
                                  FIXED_BYTES_MAX, sum, error);
    free(taken);
    return status;
}

static rs_status copy_attributes(rs_store *store, const rs_results *results, rs_error *error)
{
    const char *name, *value;
    for (size_t i = 0; rs_results_attribute_at(results, i, &name, &value); i++) {
        void *list = store->attributes;
        if (strcmp(name, RS_ATTRIBUTE_CONVENTIONS) == 0 || strcmp(name, RS_ATTRIBUTE_SWEEP) == 0 ||
            strcmp(name, RS_ATTRIBUTE_RUNS) == 0)
            continue; /* which every new file is given */
        rs_status status = rs_grow(&list, &store->attribute_room, store->attribute_count + 1,
                                   sizeof *store->attributes, error);
        store->attributes = list;
        if (status != RS_OK)
            return status;
        rs_store_attribute *copy = &store->attributes[store->attribute_count++];
        *copy = (rs_store_attribute){.name = strdup(name), .value = strdup(value)};
        if (copy->name == NULL || copy->value == NULL)
            return rs_fail(error, RS_NO_MEMORY, "out of memory for attributes");
    }
    return RS_OK;
}

rs_status rs_watch_begin(rs_store *store, const rs_results *results, rs_error *error)
{
    rs_status status;
    if ((status = rs_file_look_at_open(store->file, store->path, &store->state, error)) != RS_OK ||
        store->complete)
        return status;
    if ((status = copy_attributes(store, results, error)) != RS_OK)
        return status;
    return sum_fixed(store, store->state.size, &store->fixed, error);
}

rs_status rs_watch_contents(const void *context, rs_error *error)
{
    const rs_store *store = context;
    rs_file_state now;
    uint32_t fixed;
    rs_status status;
    if ((status = rs_file_look_at_open(store->file, store->path, &now, error)) != RS_OK)
        return status;
    /* A file that grew at its end, by an attribute for example, still has its old bytes in
     * place. */
    if (now.size < store->state.size ||
        sum_fixed(store, store->state.size, &fixed, NULL) != RS_OK || fixed != store->fixed)
        return rs_fail(error, RS_IO, "%s: was overwritten by another program while it was written",
                       store->path);
    return RS_OK;
}

/* An earlier copy of the file that overwrote it differs only in this. */
static rs_status check_outcomes(const rs_store *store, rs_error *error)
{
    const uint64_t column = store->layout->datasets[RS_DATA_STATUS].offset;
    int8_t block[1 << 16];
    for (size_t row = 0; row < store->layout->runs; row += sizeof block) {
        const size_t left = store->layout->runs - row;
        const size_t count = left < sizeof block ? left : sizeof block;
        rs_status status =
            rs_file_read(store->file, store->path, block, count, column + row, error);
        if (status != RS_OK)
            return status;
        for (size_t i = 0; i < count; i++)
            if (store->outcomes[row + i] != RS_RUN_PENDING && block[i] == RS_RUN_PENDING &&
                (store->replacing == NULL || !rs_replacing_is_withdrawn(store->replacing, row + i)))
                return rs_fail(error, RS_IO,
                               "%s: was overwritten by another program while it was written",
                               store->path);
    }
    return RS_OK;
}

rs_status rs_watch_name(const rs_store *store, rs_error *error)
{
    const rs_file_state now = rs_file_look_at(store->path);
    if (rs_file_is_same(&now, &store->state))
        return RS_OK;
    return rs_fail(error, RS_IO, "%s: was %s by another program while it was written", store->path,
                   now.exists ? "replaced" : "moved or removed");
}

rs_status rs_watch_rows(const rs_store *store, rs_error *error)
{
    rs_status status = rs_watch_contents(store, error);
    return status == RS_OK ? check_outcomes(store, error) : status;
}

rs_status rs_watch_check(const rs_store *store, rs_error *error)
{
    if (store->complete)
        return RS_OK;
    rs_status status = rs_watch_rows(store, error);
    return status == RS_OK ? rs_watch_name(store, error) : status;
}
