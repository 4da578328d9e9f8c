/* A results file made anew out of the finished rows of others: the merge of shards, and the growth
 * of a file whose sweep has grown. */
#ifndef RS_REBUILD_H
#define RS_REBUILD_H

#include "adopt.h"

/* *covered: every run of the results file `path`, finished or not, is one of those matched. RS_IO,
 * RS_BAD_DATA when the file is no results file. */
rs_status rs_rebuild_covered(const char *path, const rs_match *match, bool *covered,
                             rs_error *error);

/* Puts a file of `runs` with all finished rows of `files` in the place of `path`, which may be one
 * of them or not exist. It is written beside and takes the name at the end, synced: whatever
 * happens before, `path` is as it was. Nothing else is removed. Errors as of rs_store_create and
 * rs_adopter_take. */
rs_status rs_rebuild(const char *path, const rs_store_runs *runs,
                     const rs_store_attribute *attributes, size_t attribute_count,
                     size_t file_count, const char *const files[], rs_adopted *adopted,
                     rs_error *error);

#endif
