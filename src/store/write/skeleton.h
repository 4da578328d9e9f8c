/* The HDF5 side of a new results file: every dataset with its place, nothing in it yet. */
#ifndef RS_SKELETON_H
#define RS_SKELETON_H

#include "layout.h"

/* How datasets are stored: each in one piece with a place of its own, or, but for small ones,
 * compressed as rs_chunk_rows says. */
typedef enum rs_skeleton_form { RS_SKELETON_PLAIN, RS_SKELETON_COMPRESSED } rs_skeleton_form;

/* Creates `path` with all datasets of the layout and all attributes, and sets the offsets in the
 * layout of those that have one. The datasets' bytes are left unwritten, and no compressed dataset
 * has chunks yet: the caller fills them. The attributes of the root
 * come last, so that no dataset's offset depends on their lengths. RS_CANNOT_CREATE. Not at the
 * same time as another call of this layer. */
rs_status rs_skeleton_write(rs_layout *layout, const char *path, rs_skeleton_form form,
                            const rs_store_runs *runs, const rs_store_attribute *attributes,
                            size_t attribute_count, rs_error *error);

/* Bytes the skeleton takes at most, beyond the datasets and the texts of the attributes. */
uint64_t rs_skeleton_bytes(const rs_layout *layout);

#endif
