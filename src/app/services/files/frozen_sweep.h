/* A sweep as submitted: a folder with sweep.yaml, a copy of the sweep file, and plan.json, which
 * holds the overrides, the number of shards, the results file and the hash of all runs. */
#ifndef RS_FROZEN_SWEEP_H
#define RS_FROZEN_SWEEP_H

#include <stdbool.h>

#include "plan.h"

typedef struct rs_frozen_sweep {
    rs_plan *plan;
    char *results;   /* path of the merged file, absolute */
    unsigned shards; /* each has a file beside it, rs_shard_path */
} rs_frozen_sweep;

/* Whether `path` is a folder: a frozen sweep rather than a results file. */
bool rs_frozen_sweep_is_folder(const char *path);

/* Reads a folder. RS_BAD_DATA when sweep.yaml does not expand to the runs it was frozen with.
 * RS_IO, RS_NO_MEMORY. */
rs_status rs_frozen_sweep_open(rs_frozen_sweep *frozen, const char *folder, rs_error *error);
void rs_frozen_sweep_free(rs_frozen_sweep *frozen);

/* RS_OK if the folder holds no sweep, or one with the runs of this hash. Else RS_CANNOT_CREATE:
 * tasks that wait in the queue would find another sweep. */
rs_status rs_frozen_sweep_check(const char *folder, rs_hash hash, rs_error *error);

/* The text of plan.json, which the caller frees. RS_NO_MEMORY. */
rs_status rs_frozen_sweep_describe(const rs_frozen_sweep *frozen, char **text, rs_error *error);

#endif
