/* When another program takes away the name or the bytes of a file that is being written.
 *
 * A file that is moved, removed or replaced lives on behind its descriptor, and everything goes on
 * into it; at the end it is given a name again. A file whose bytes are overwritten in place is not
 * written to any more: what it held is gone, and rows that are not written yet go into a new file.
 */
#ifndef RS_RESCUE_H
#define RS_RESCUE_H

#include "store_file.h"

/* Notes what the file of a freshly opened store is, to tell later whether it still is. RS_IO,
 * RS_NO_MEMORY. */
rs_status rs_rescue_note(rs_store *store, const rs_results *results, rs_error *error);

/* RS_IO when the bytes that no run changes are not what they were. `context` is the rs_store. Any
 * thread. */
rs_status rs_rescue_check_contents(const void *context, rs_error *error);

/* The same, or when rows that were committed are not, or the path leads to another file or none. */
rs_status rs_rescue_check(const rs_store *store, rs_error *error);

/* After rs_rescue_check has failed: finds or makes a name for all rows that the store still has.
 * Always RS_IO, with what happened, where the rows are and what to do. */
rs_status rs_rescue_rows(rs_store *store, rs_error *error);

#endif
