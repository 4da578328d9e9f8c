/* The results files that a command line names: files, or one folder of `rnnsweep slurm`, which
 * stands for its shards' files and the merged file. */
#ifndef RS_PARTS_H
#define RS_PARTS_H

#include "coverage.h"
#include "frozen_sweep.h"
#include "options.h"

typedef struct rs_parts {
    rs_frozen_sweep frozen; /* of the folder; zero if files were given */
    size_t count;
    char *
        *paths; /* of a folder: the shards in order, then the merged file; any may not exist yet */
} rs_parts;

/* Errors as of rs_frozen_sweep_open. */
rs_status rs_parts_open(rs_parts *parts, const rs_arguments *arguments, rs_error *error);
void rs_parts_free(rs_parts *parts);

/* Whether part `i` exists. Files named one by one must exist, and count as existing. */
bool rs_parts_exists(const rs_parts *parts, size_t i);

/* Begins a coverage, to which the parts are added. */
rs_status rs_parts_coverage(const rs_parts *parts, rs_coverage *coverage, rs_error *error);

#endif
