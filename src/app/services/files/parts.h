/* The results files that a command line names: files, or one folder of `rnnsweep slurm`, which
 * stands for the file of each of its shards and for the merged file. */
#ifndef RS_PARTS_H
#define RS_PARTS_H

#include "coverage.h"
#include "frozen_sweep.h"
#include "options.h"

typedef struct rs_parts {
    rs_frozen_sweep frozen; /* of the folder; zero when files were given */
    size_t count;
    char *
        *paths; /* of a folder: the shards in order, then the merged file; any may not exist yet */
} rs_parts;

/* Errors as of rs_frozen_sweep_open. */
rs_status rs_parts_open(rs_parts *parts, const rs_arguments *arguments, rs_error *error);
void rs_parts_free(rs_parts *parts);

/* Whether part `i` is there; what was named one by one must be, and counts as such. */
bool rs_parts_exists(const rs_parts *parts, size_t i);

/* A coverage to add the parts to. */
rs_status rs_parts_coverage(const rs_parts *parts, rs_coverage *coverage, rs_error *error);

#endif
