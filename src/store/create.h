/* New results files, before they have their name. */
#ifndef RS_CREATE_H
#define RS_CREATE_H

#include "file_io.h"
#include "store.h"

/* What rs_store_create does but the last steps: the complete file gets a temporary name beside
 * `path`, put into `beside`. It is the caller's to publish, replace with or unlink, and to sync
 * unless `sync`. */
rs_status rs_create_beside(const char *path, const rs_store_runs *runs,
                           const rs_store_attribute *attributes, size_t attribute_count, bool sync,
                           char beside[RS_PATH_MAX], rs_error *error);

#endif
