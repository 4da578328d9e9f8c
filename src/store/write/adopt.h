/* Carries finished rows over into an open store from other results files: shards of the sweep, or
 * an earlier file of it. Runs are matched by configuration. The order and number of the files does
 * not matter: a run that comes twice must come with the same bits, its time aside, of which the
 * shortest is kept. */
#ifndef RS_ADOPT_H
#define RS_ADOPT_H

#include "match.h"
#include "results.h"

/* What to do with rows of runs that the store does not have. */
typedef enum rs_adopt_mode {
    RS_ADOPT_ALL, /* an error: the files are parts of what the store is to hold */
    RS_ADOPT_OWN  /* left where they are: the store is one part of many */
} rs_adopt_mode;

/* What became of the rows. */
typedef struct rs_adopted {
    size_t rows;    /* carried over */
    size_t damaged; /* left out, as if never trained: their checksum is wrong */
} rs_adopted;

/* Puts and commits all finished rows of the files that the store, of these runs, did not have
 * before, and adds to *adopted. Nobody else may put or commit meanwhile. The files are open at the
 * same time, as far as the system allows: its limit on open files is raised for the process.
 * RS_BAD_DATA, with both files named, when a run has other results in one file than in another; or
 * when the store has no such run, with RS_ADOPT_ALL. RS_IO, RS_NO_MEMORY. */
rs_status rs_adopt_files(rs_store *store, const rs_store_runs *runs, rs_adopt_mode mode,
                         size_t file_count, const char *const files[], rs_adopted *adopted,
                         rs_error *error);

#endif
