/* The runs of a results file beside those of a sweep. Both are sets: a run is what it is by its
 * configuration and seed, in whatever place it stands. */
#ifndef RS_OVERLAP_H
#define RS_OVERLAP_H

#include "results.h"
#include "store.h"

typedef struct rs_overlap {
    rs_results *results; /* the file's, open */
    /* The file's own runs, in its order and with its numbers; `wanted` are those of the sweep. They
     * hold as long as the overlap. */
    rs_store_runs runs;
    bool *wanted;   /* [runs.count] */
    size_t shared;  /* runs that both have */
    size_t missing; /* runs of the sweep that the file does not have */
    size_t damaged; /* rows of the file that are no run for that reason */
    bool in_place;  /* all runs of both stand in the same rows, under the same numbers */
} rs_overlap;

/* RS_BAD_DATA when `path` is no results file, RS_IO, RS_NO_MEMORY. */
rs_status rs_overlap_find(rs_overlap *overlap, const char *path, const rs_store_runs *sweep,
                          rs_error *error);
void rs_overlap_free(rs_overlap *overlap); /* also one that is all zero */

/* A file's own runs, in its order and with its numbers. They hold as long as the results.
 * RS_BAD_DATA when it does not say of which sweep it is. */
rs_status rs_overlap_runs(rs_store_runs *runs, const rs_results *results, const char *path,
                          rs_error *error);

/* What sets them apart: "momentum (0 only in the file; 0.8, 0.9 only in the sweep), seed (...)", or
 * that they combine the same values otherwise. */
enum { RS_OVERLAP_TEXT = 1024 };
void rs_overlap_describe(const rs_overlap *overlap, const rs_store_runs *sweep,
                         char text[RS_OVERLAP_TEXT]);

#endif
