/* New results files, before they have their name. */
#ifndef RS_CREATE_H
#define RS_CREATE_H

#include "file_io.h"
#include "store.h"

/* What a new file is for. */
typedef enum rs_create_purpose {
    RS_CREATE_TO_RUN,   /* complete, all its room taken from the disk, and synced */
    RS_CREATE_TO_IMPORT /* without results, which rs_import_files and rs_store_fill_pending write,
                           and without what rs_finish_file adds then */
} rs_create_purpose;

/* What rs_store_create does but the last steps: the file gets a temporary name beside `path`, put
 * into `beside`. It is the caller's to publish, replace with or unlink. It has the rights of `old`,
 * the file that it is to replace, if that exists. */
rs_status rs_create_beside(const char *path, const rs_file_state *old, const rs_store_runs *runs,
                           const rs_store_attribute *attributes, size_t attribute_count,
                           rs_create_purpose purpose, char beside[RS_PATH_MAX], rs_error *error);

#endif
