/* Saves the rows of a file that another program has removed or overwritten while it was written.
 *
 * A file that is moved, removed or replaced is still accessible by its descriptor: rows are written
 * to it, and at the end it gets a name again. A file whose bytes are overwritten in place is not
 * written to any more: its contents are lost, and rows not yet written go into a new file. */
#ifndef RS_RESCUE_H
#define RS_RESCUE_H

#include "store_file.h"

/* Call it after rs_watch_check (watch.h) has failed. Finds or makes a name for all rows that the
 * store still has. Always returns RS_IO, with what happened, where the rows are and what to do. */
rs_status rs_rescue_rows(rs_store *store, rs_error *error);

#endif
