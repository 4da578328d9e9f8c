/* The results of several files of one sweep as one file, for statistics over all of them: the
 * shards of an array that is running. */
#ifndef RS_POOLED_H
#define RS_POOLED_H

#include "overview.h"

/* Results to read, and where they are. */
typedef struct rs_pooled {
    rs_results *results; /* NULL: no file exists yet */
    char folder[64];     /* of the copy; "" if there is none */
} rs_pooled;

/* Opens the only file that exists, or merges all of them into a temporary file, below $TMPDIR or
 * /tmp, that rs_pooled_close deletes. Errors as of rs_import_as_new. */
rs_status rs_pooled_open(rs_pooled *pooled, const rs_overview *overview, rs_error *error);
void rs_pooled_close(rs_pooled *pooled); /* accepts zeros */

#endif
