/* What an HDF5 file contains, as plain data: its datasets with type, extents and place, and the
 * text attributes of its root. Everything that HDF5 must parse to read a results file is behind
 * this one call, in a process of its own (isolate.h); rows are then read by offset. */
#ifndef RS_CATALOGUE_H
#define RS_CATALOGUE_H

#include "listing.h"

typedef struct rs_catalogue rs_catalogue;

/* Reads the file behind the descriptor `file`, which is open for reading; `path` is for messages.
 * RS_IO when it cannot be read, RS_BAD_DATA when HDF5 cannot read it. */
rs_status rs_catalogue_read(rs_catalogue **catalogue, int file, const char *path, rs_error *error);
void rs_catalogue_free(rs_catalogue *catalogue); /* accepts NULL */

/* The version of the layout that the file claims, 0 without one. */
int32_t rs_catalogue_layout_version(const rs_catalogue *catalogue);

/* NULL when there is none. An entry lies within the file with all its bytes; the chunks of one that
 * is compressed may be its compressed bytes, as far as their number goes. */
const rs_entry *rs_catalogue_find(const rs_catalogue *catalogue, const char *path);
const char *rs_catalogue_attribute(const rs_catalogue *catalogue, const char *name);

/* Datasets in all; the number of one of them, from 0; its chunks, when it is compressed. */
size_t rs_catalogue_count(const rs_catalogue *catalogue);
size_t rs_catalogue_index(const rs_catalogue *catalogue, const rs_entry *entry);
const rs_chunk *rs_catalogue_chunks(const rs_catalogue *catalogue, const rs_entry *entry);

uint64_t rs_entry_row_bytes(const rs_entry *entry);

/* Attribute `index` in the order of the file; false past the last. */
bool rs_catalogue_attribute_at(const rs_catalogue *catalogue, size_t index, const char **name,
                               const char **value);

#endif
