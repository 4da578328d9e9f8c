#include "match.h"

#include <stdlib.h>

#include "layout.h"
#include "memory.h"

typedef struct entry {
    rs_hash key;
    size_t row;
} entry;

struct rs_match {
    size_t count;
    entry *entries; /* by rising key */
};

/* Of the values, which unlike the bytes of the struct have no gaps between them. */
static rs_hash key_of(const rs_run_config *config)
{
    double values[RS_PARAMETER_TOTAL + 1];
    for (size_t column = RS_DATA_PARAMETERS; column <= RS_DATA_SEED; column++)
        values[column - RS_DATA_PARAMETERS] = rs_layout_value(column, config) + 0.0; /* no -0 */
    return rs_hash_bytes(values, sizeof values);
}

static int compare_keys(const void *a, const void *b)
{
    const rs_hash *first = &((const entry *)a)->key, *second = &((const entry *)b)->key;
    if (first->high != second->high)
        return first->high < second->high ? -1 : 1;
    return (first->low > second->low) - (first->low < second->low);
}

rs_status rs_match_create(rs_match **match, const rs_store_runs *runs, rs_error *error)
{
    rs_match *fresh = NULL;
    rs_status status = rs_allocate((void **)&fresh, 1, sizeof *fresh, error);
    if (status != RS_OK)
        return status;
    status = rs_allocate((void **)&fresh->entries, runs->count, sizeof *fresh->entries, error);
    if (status != RS_OK) {
        free(fresh);
        return status;
    }
    fresh->count = runs->count;
    for (size_t row = 0; row < runs->count; row++) {
        uint32_t run;
        rs_run_config config;
        runs->row(runs->context, row, &run, &config);
        fresh->entries[row] = (entry){.key = key_of(&config), .row = row};
    }
    qsort(fresh->entries, fresh->count, sizeof *fresh->entries, compare_keys);
    *match = fresh;
    return RS_OK;
}

void rs_match_free(rs_match *match)
{
    if (match == NULL)
        return;
    free(match->entries);
    free(match);
}

size_t rs_match_find(const rs_match *match, const rs_run_config *config)
{
    const entry wanted = {.key = key_of(config)};
    const entry *found =
        bsearch(&wanted, match->entries, match->count, sizeof wanted, compare_keys);
    return found != NULL ? found->row : SIZE_MAX;
}
