/* The last part of a new results file: its directory (directory.h). */
#ifndef RS_FINISH_H
#define RS_FINISH_H

#include "results.h"

/* Writes the directory of the file `path`, whose datasets are all there and, but for results, hold
 * what they will always hold, and syncs it. The checksums of these are computed from the file, or,
 * with `like`, taken from that file of the same contents. RS_CANNOT_CREATE, RS_NO_MEMORY. Not at
 * the same time as another call of this layer. */
rs_status rs_finish_file(const char *path, const rs_results *like, rs_error *error);

#endif
