/* Checks of open results. The first two mark damaged finished rows, which then count as pending
 * (results.h).
 *
 * Whether a file, its rows aside, is as it was written: what never changes has the checksums of the
 * directory, and so have the bytes outside of all datasets; HDF5's attributes are those of the
 * directory, and the directory itself is intact.
 * Files of layout 1 have no directory, and nothing to compare with. */
#ifndef RS_CHECK_H
#define RS_CHECK_H

#include "results.h"

/* Called with each fault: "/step is not what was written". */
typedef void rs_check_found(void *context, const char *what);

/* `results` are from rs_results_open_to_verify. RS_IO, RS_NO_MEMORY. */
rs_status rs_check_file(const rs_results *results, rs_check_found *found, void *context,
                        rs_error *error);

/* Checks what tables show: the numbers of which a run has one, by crc32c_head; 0.2 microseconds a
 * run. *checked is false for layout 1, which has no such checksum. RS_IO, RS_NO_MEMORY. */
rs_status rs_check_heads(rs_results *results, bool *checked, rs_error *error);

/* Checks every finished row as a whole. RS_IO, RS_NO_MEMORY. */
rs_status rs_check_rows(rs_results *results, rs_error *error);

#endif
