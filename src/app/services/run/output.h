/* The results file that a sweep goes into: created, gone on with, or moved aside. */
#ifndef RS_OUTPUT_H
#define RS_OUTPUT_H

#include "provenance.h"

/* Opens `path` for these runs, and creates it when there is none. With `fresh` an existing file is
 * first moved to the first free of path.1, path.2, ...: never onto another file. When the
 * file's runs are all among these, but are fewer, it is made anew with its finished rows carried
 * over. RS_BAD_DATA, with what to do, when the file holds another sweep; then nothing is changed.
 */
rs_status rs_output_open(rs_store **store, const char *path, bool fresh, const rs_store_runs *runs,
                         const rs_provenance *provenance, rs_error *error);

/* Takes finished rows of the files over into the pending ones of an open store, and says how many.
 * Runs that the store does not have are left aside. Errors as of rs_adopt_files. */
rs_status rs_output_take_over(rs_store *store, const rs_store_runs *runs, size_t file_count,
                              const char *const files[], rs_error *error);

#endif
