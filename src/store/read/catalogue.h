/* The contents of an HDF5 file as plain data: its datasets with type, extents and place, and their
 * and the root's attributes. All parsing by HDF5 happens within one call, in a separate process
 * (isolate.h); rows are then read by offset.
 *
 * Files of layout 2 have a directory (directory.h) beside HDF5's metadata. Where it is intact, the
 * attributes that it has count, since HDF5 does not notice damage in texts. */
#ifndef RS_CATALOGUE_H
#define RS_CATALOGUE_H

#include "listing.h"

typedef struct rs_catalogue rs_catalogue;

typedef enum rs_catalogue_mode {
    RS_CATALOGUE_READ,   /* what HDF5 reads */
    RS_CATALOGUE_RESCUE, /* or, if that fails or differs by one changed bit, what the directory
                            lists */
    RS_CATALOGUE_VERIFY  /* the same with all attributes, to compare both */
} rs_catalogue_mode;

/* `file` is open on `path`. RS_BAD_DATA when HDF5 cannot read it, RS_IO, RS_NO_MEMORY. */
rs_status rs_catalogue_read(rs_catalogue **catalogue, int file, const char *path,
                            rs_catalogue_mode mode, rs_error *error);
void rs_catalogue_free(rs_catalogue *catalogue); /* accepts NULL */

/* The layout version that the file states, 0 without one. */
int32_t rs_catalogue_layout_version(const rs_catalogue *catalogue);

/* NULL if there is none. All bytes of an entry are within the file; the chunks of a compressed one
 * have a plausible size. */
const rs_entry *rs_catalogue_find(const rs_catalogue *catalogue, const char *path);
const char *rs_catalogue_path(const rs_catalogue *catalogue, const rs_entry *entry);
/* Name of the scale of an axis, or NULL. */
const char *rs_catalogue_dimension(const rs_catalogue *catalogue, const rs_entry *entry, int axis);
const rs_attribute *rs_catalogue_attributes(const rs_catalogue *catalogue, const rs_entry *entry,
                                            size_t *count);
const rs_attribute *rs_catalogue_find_attribute(const rs_catalogue *catalogue,
                                                const rs_entry *entry, const char *name);

/* Text attribute of the root, or NULL. */
const char *rs_catalogue_attribute(const rs_catalogue *catalogue, const char *name);
const rs_attribute *rs_catalogue_root_attributes(const rs_catalogue *catalogue, size_t *count);

/* Datasets in all, sorted by path; one of them, from 0; the reverse; its chunks, when it is
 * compressed. */
size_t rs_catalogue_count(const rs_catalogue *catalogue);
const rs_entry *rs_catalogue_entry(const rs_catalogue *catalogue, size_t index);
size_t rs_catalogue_index(const rs_catalogue *catalogue, const rs_entry *entry);
const rs_chunk *rs_catalogue_chunks(const rs_catalogue *catalogue, const rs_entry *entry);

/* ---- Both lists ------------------------------------------------------------------------------ */

typedef enum rs_directory_state {
    RS_DIRECTORY_ABSENT, /* as in files of layout 1 */
    RS_DIRECTORY_INTACT,
    RS_DIRECTORY_DAMAGED,
    RS_DIRECTORY_STALE, /* intact, but the file's datasets are not those: another program changed it
                         */
    RS_DIRECTORY_ALONE  /* HDF5 cannot read the file, or reads it wrongly since one bit has changed
                         */
} rs_directory_state;

rs_directory_state rs_catalogue_directory(const rs_catalogue *catalogue);

/* Why the directory stands alone, else "". */
const char *rs_catalogue_trouble(const rs_catalogue *catalogue);

/* *sum: CRC-32C of all bytes of a dataset, as the directory has it; false when it has none. */
bool rs_catalogue_sum(const rs_catalogue *catalogue, const rs_entry *entry, uint32_t *sum);

/* *intact: the bytes outside of all datasets are those that were written; also true where that is
 * not known: without an intact directory that has their checksum, or when another program has added
 * datasets or attributes. RS_IO, RS_NO_MEMORY. */
rs_status rs_catalogue_check_structure(const rs_catalogue *catalogue, int file, const char *path,
                                       bool *intact, rs_error *error);

/* Goes through the attributes of the directory that HDF5 has in another way, or not: calls `found`
 * with the path of the dataset ("/" for the root) and the attribute's name. For
 * RS_CATALOGUE_VERIFY. */
typedef void rs_attribute_found(void *context, const char *path, const char *name);
void rs_catalogue_compare(const rs_catalogue *catalogue, rs_attribute_found *found, void *context);

#endif
