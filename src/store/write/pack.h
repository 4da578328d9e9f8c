/* A compressed copy of a results file. */
#ifndef RS_PACK_H
#define RS_PACK_H

#include "file_io.h"
#include "store.h"

/* Writes the results file `plain`, of these runs and not compressed, with compressed datasets and
 * these attributes to a file with a temporary name beside `path`, put into `beside`, and syncs it.
 * It is the caller's to publish, replace with or unlink. What is written depends on the bytes of
 * the datasets and on the attributes alone. Errors as of rs_store_create; then there is no such
 * file. */
rs_status rs_pack_beside(const char *path, const char *plain, const rs_store_runs *runs,
                         const rs_store_attribute *attributes, size_t attribute_count,
                         char beside[RS_PATH_MAX], rs_error *error);

#endif
