/* What an HDF5 file contains, as plain data: its datasets with type, extents and place, and the
 * text attributes of its root. Everything that HDF5 must parse to read a results file is behind
 * this one call, in a process of its own (isolate.h); rows are then read by offset. */
#ifndef RS_CATALOGUE_H
#define RS_CATALOGUE_H

#include "listing.h"

typedef struct rs_catalogue rs_catalogue;

/* RS_IO when the file cannot be opened, RS_BAD_DATA when HDF5 cannot read it. */
rs_status rs_catalogue_read(rs_catalogue **catalogue, const char *path, rs_error *error);
void rs_catalogue_free(rs_catalogue *catalogue); /* accepts NULL */

/* The version of the layout that the file claims, 0 without one. */
int32_t rs_catalogue_layout_version(const rs_catalogue *catalogue);

/* NULL when there is none. An entry lies within the file with all its bytes. */
const rs_entry *rs_catalogue_find(const rs_catalogue *catalogue, const char *path);
const char *rs_catalogue_attribute(const rs_catalogue *catalogue, const char *name);

/* Attribute `index` in the order of the file; false past the last. */
bool rs_catalogue_attribute_at(const rs_catalogue *catalogue, size_t index, const char **name,
                               const char **value);

#endif
