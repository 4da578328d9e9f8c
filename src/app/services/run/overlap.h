/* The runs of a results file compared with those of a sweep, as sets: a run is identified by its
 * configuration and seed, not by its position. */
#ifndef RS_OVERLAP_H
#define RS_OVERLAP_H

#include "results.h"
#include "store.h"

typedef struct rs_overlap {
    rs_results *results; /* the file's, open */
    /* The file's own runs, in its order and with its numbers; `wanted` marks those of the sweep.
     * Valid as long as the overlap. */
    rs_store_runs runs;
    bool *wanted;   /* [runs.count] */
    size_t shared;  /* runs of both */
    size_t missing; /* runs of the sweep that the file lacks */
    size_t damaged; /* rows of the file that are damaged, and so no run */
    bool in_place;  /* all runs of both are in the same rows, with the same numbers */
} rs_overlap;

/* RS_BAD_DATA when `path` is no results file, RS_IO, RS_NO_MEMORY. */
rs_status rs_overlap_find(rs_overlap *overlap, const char *path, const rs_store_runs *sweep,
                          rs_error *error);
void rs_overlap_free(rs_overlap *overlap); /* also one that is all zero */

/* A file's own runs, in its order and with its numbers. Valid as long as the results. RS_BAD_DATA
 * if the file does not record the hash of its sweep. */
rs_status rs_overlap_runs(rs_store_runs *runs, const rs_results *results, const char *path,
                          rs_error *error);

/* Describes the difference: "momentum (0 only in the file; 0.8, 0.9 only in the sweep), seed
 * (...)", or that both combine the same values differently. */
enum { RS_OVERLAP_TEXT = 1024 };
void rs_overlap_describe(const rs_overlap *overlap, const rs_store_runs *sweep,
                         char text[RS_OVERLAP_TEXT]);

#endif
