/* Whether a file, its rows aside, is as it was written: what never changes has the checksums of the
 * directory, HDF5's attributes are those of the directory, and the directory itself is intact.
 * Files of layout 1 have no directory, and nothing to compare with. */
#ifndef RS_CHECK_H
#define RS_CHECK_H

#include "results.h"

/* Called with what is wrong: "/step is not what was written". */
typedef void rs_check_found(void *context, const char *what);

/* `results` are from rs_results_open_to_verify. RS_IO, RS_NO_MEMORY. */
rs_status rs_check_file(const rs_results *results, rs_check_found *found, void *context,
                        rs_error *error);

#endif
