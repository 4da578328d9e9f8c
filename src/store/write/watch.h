/* Notices when another program removes, replaces or overwrites a file that is being written. */
#ifndef RS_WATCH_H
#define RS_WATCH_H

#include "store_file.h"

/* Records the identity of a freshly opened store's file, for later checks. RS_IO, RS_NO_MEMORY. */
rs_status rs_watch_begin(rs_store *store, const rs_results *results, rs_error *error);

/* RS_IO when the bytes that no run changes are not what they were. `context` is the rs_store. Any
 * thread. */
rs_status rs_watch_contents(const void *context, rs_error *error);

/* Also when a run that was committed is finished no more, as in an earlier copy of the file. */
rs_status rs_watch_rows(const rs_store *store, rs_error *error);

/* RS_IO when the path refers to another file or none. */
rs_status rs_watch_name(const rs_store *store, rs_error *error);

/* The last two, for a store that rows are written to. */
rs_status rs_watch_check(const rs_store *store, rs_error *error);

#endif
