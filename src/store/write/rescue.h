/* Handles the case that another program removes or overwrites a file that is being written.
 *
 * A file that is moved, removed or replaced is still accessible by its descriptor: rows are written
 * to it, and at the end it gets a name again. A file whose bytes are overwritten in place is not
 * written to any more: its contents are lost, and rows not yet written go into a new file. */
#ifndef RS_RESCUE_H
#define RS_RESCUE_H

#include "store_file.h"

/* Records the identity of a freshly opened store's file, for later checks. RS_IO, RS_NO_MEMORY. */
rs_status rs_rescue_note(rs_store *store, const rs_results *results, rs_error *error);

/* RS_IO when the bytes that no run changes are not what they were. `context` is the rs_store. Any
 * thread. */
rs_status rs_rescue_check_contents(const void *context, rs_error *error);

/* Also RS_IO if committed rows have changed, or if the path refers to another file or none. */
rs_status rs_rescue_check(const rs_store *store, rs_error *error);

/* Call it after rs_rescue_check has failed. Finds or makes a name for all rows that the store still
 * has. Always returns RS_IO, with what happened, where the rows are and what to do. */
rs_status rs_rescue_rows(rs_store *store, rs_error *error);

#endif
