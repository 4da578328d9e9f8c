/* Shards: a sweep cut into N parts of equal predicted work, for N independent processes. The runs
 * of a shard follow from the sweep and N alone, never from the machine. */
#ifndef RS_SHARD_H
#define RS_SHARD_H

#include "plan.h"
#include "store.h"

enum { RS_SHARDS_MAX = 4096 };

typedef struct rs_shard {
    unsigned index, count; /* index 1..count */
    const rs_plan *plan;
    uint32_t *runs; /* [run_count], ascending; may be none if there are more shards than runs */
    size_t run_count;
} rs_shard;

/* Reads "2/16" into index and count, and clears the other fields. RS_USAGE. */
rs_status rs_shard_parse(rs_shard *shard, const char *text, rs_error *error);

/* *owners = the shard of each run of the plan, 1..count, by run number, which the caller frees.
 * Takes some tenths of a second for a million runs. RS_NO_MEMORY. */
rs_status rs_shard_assign(uint16_t **owners, const rs_plan *plan, unsigned count, rs_error *error);

/* Finds the shard's runs and makes them the rows of a results file, valid as long as the plan and
 * the shard. RS_BAD_DATA if the plan has more runs than a file can number, RS_NO_MEMORY. */
rs_status rs_shard_select(rs_shard *shard, const rs_plan *plan, rs_store_runs *runs,
                          rs_error *error);
void rs_shard_free(rs_shard *shard);

/* The path of a shard's file: "results/a.h5" becomes "results/a.2-of-16.h5". The caller frees
 * it. */
rs_status rs_shard_path(const rs_shard *shard, const char *whole, char **path, rs_error *error);

#endif
