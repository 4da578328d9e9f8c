/* What an HDF5 file contains, as plain data: its datasets with type, extents and place, and the
 * text attributes of its root. Everything that HDF5 must parse to read a results file is behind
 * this one call; rows are then read by offset. */
#ifndef RS_CATALOGUE_H
#define RS_CATALOGUE_H

#include "layout.h"

typedef struct rs_entry {
    char path[RS_DATASET_PATH];
    bool usable; /* one of the four types, contiguous, wholly within the file */
    rs_type type;
    int rank;
    uint64_t extents[RS_RANK_MAX];
    uint64_t offset;
} rs_entry;

typedef struct rs_catalogue {
    size_t entry_count;
    rs_entry *entries;      /* sorted by path */
    int32_t layout_version; /* the attribute rnnsweep_layout, 0 without one */
    size_t attribute_count;
    struct {
        char *name, *value;
    } * attributes;
} rs_catalogue;

/* RS_IO when the file cannot be opened, RS_BAD_DATA when HDF5 cannot read it. Not at the same time
 * as another call of this layer. */
rs_status rs_catalogue_read(rs_catalogue **catalogue, const char *path, rs_error *error);
void rs_catalogue_free(rs_catalogue *catalogue); /* accepts NULL */

/* NULL when there is none. */
const rs_entry *rs_catalogue_find(const rs_catalogue *catalogue, const char *path);
const char *rs_catalogue_attribute(const rs_catalogue *catalogue, const char *name);

#endif
