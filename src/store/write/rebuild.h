/* A results file made anew out of the finished rows of others: the merge of shards, and the growth
 * of a file whose sweep has grown. */
#ifndef RS_REBUILD_H
#define RS_REBUILD_H

#include "adopt.h"

/* What a file has of a sweep's runs. */
typedef struct rs_covered {
    size_t rows;
    bool all; /* every row's run, finished or not, is one of those matched */
} rs_covered;

/* RS_IO, RS_BAD_DATA when the file `path` is no results file. */
rs_status rs_rebuild_covered(const char *path, const rs_match *match, rs_covered *covered,
                             rs_error *error);

/* How the new file is stored: ready to be gone on with, or smaller. */
typedef enum rs_rebuild_form { RS_REBUILD_PLAIN, RS_REBUILD_COMPRESSED } rs_rebuild_form;

/* Puts a file of `runs` with finished rows of `files` in the place of `path`, which may be one of
 * them or not exist. A symbolic link stays one, and the mode and group of a file that is replaced
 * are kept; one that is write-protected, or that another program replaces meanwhile, is not
 * replaced. It is written beside and takes the name at the end, synced: whatever happens before,
 * `path` is as it was. Nothing else is removed. A compressed file is made out of a plain one beside
 * it, which needs room, too, meanwhile. Errors as of rs_store_create and rs_adopt_files. */
rs_status rs_rebuild(const char *path, rs_rebuild_form form, const rs_store_runs *runs,
                     const rs_store_attribute *attributes, size_t attribute_count,
                     size_t file_count, const char *const files[], rs_adopted *adopted,
                     rs_error *error);

/* Creates `path`, ready to be written to, with those finished rows of `files` that it has a place
 * for. Errors as of rs_store_create and rs_adopt_files; then there is no such file. */
rs_status rs_rebuild_new(const char *path, const rs_store_runs *runs,
                         const rs_store_attribute *attributes, size_t attribute_count,
                         size_t file_count, const char *const files[], rs_adopted *adopted,
                         rs_error *error);

#endif
